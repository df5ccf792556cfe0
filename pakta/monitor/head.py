"""The newest head: whose signature it carries, who cosigned it, and whether it goes on from the one that was kept."""

from __future__ import annotations

from collections.abc import Callable

from pakta.core import keyset, merkle, note, policy, tiles
from pakta.core.errors import Reason, Refusal
from pakta.core.note import Checkpoint
from pakta.core.policy import Policy
from pakta.monitor import tree
from pakta.monitor.findings import Lie, Unread, Word
from pakta.monitor.site import Site

PATH, PENDING_PATH = "/log/checkpoint", "/log/pending"
KEY_SET_PATH = "/.well-known/pakta-keys.json"
PAUSES = 2  # how often a head below the kept one is asked for again: one behind may still be remembered somewhere


def first_key(site: Site, rules: Policy | None) -> tuple[str, str]:
    """Return the log's key for a first run, and where it is from: the policy, or the site itself."""
    own = [each for each in (rules.logs if rules else ()) if each.startswith(f"{site.host}/log+")]
    if len(own) == 1:
        return own[0], "policy"
    text = site.get(KEY_SET_PATH)
    if text is None:
        raise Unread(Word.KEY_UNREADABLE, KEY_SET_PATH)
    try:
        return keyset.parse(text).log_vkey, "site"
    except Refusal as refusal:
        raise Unread(Word.KEY_UNREADABLE, KEY_SET_PATH, refusal.reason) from refusal


def fetch(
    site: Site, *, vkey: str, rules: Policy | None, kept: Checkpoint | None, pause: Callable[[], None]
) -> tuple[bytes, Checkpoint]:
    """Return the newest head's note and what it says, signed and cosigned."""
    text, head = _newest(site, vkey, rules)
    for _ in range(PAUSES):
        if kept is None or head.size >= kept.size:
            break
        pause()
        text, head = _newest(site, vkey, rules)
    return text, head


def _newest(site: Site, vkey: str, rules: Policy | None) -> tuple[bytes, Checkpoint]:
    text = site.get(PATH, largest=note.LONGEST)
    if text is None:
        raise Unread(Word.NO_HEAD, PATH)
    head = judge(text, vkey=vkey)
    check_witnesses(text, rules)
    return text, head


def judge(text: bytes, *, vkey: str) -> Checkpoint:
    """Return what a note says once its signature was checked."""
    body = signed_body(text, vkey)
    try:
        head = note.parse_checkpoint(body)
    except Refusal as refusal:
        raise Lie(Word.HEAD_MALFORMED, PATH, notes=(text,)) from refusal
    check_origin(head, vkey)
    return head


def signed_body(text: bytes, vkey: str) -> bytes:
    """Return a note's text after checking the log's signature; what is no note at all concludes nothing."""
    try:
        return note.verify(text, verifier_key=vkey)
    except Refusal as refusal:
        if refusal.reason in (Reason.NOTE_UNSIGNED, Reason.NOTE_SIGNATURE):
            raise Lie(Word.HEAD_UNSIGNED, PATH, refusal.reason) from refusal
        word = Word.NOTE_MALFORMED if refusal.reason is Reason.NOTE_MALFORMED else Word.KEY_UNREADABLE
        raise Unread(word, PATH) from refusal


def check_origin(head: Checkpoint, vkey: str) -> None:
    """Check that the head is of the log whose key signed it."""
    if head.origin != note.parse_vkey(vkey).name:
        raise Lie(Word.HEAD_OTHER_LOG, PATH, head.origin[:200])


def check_witnesses(text: bytes, rules: Policy | None) -> None:
    """Check that a quorum of the policy cosigned the head."""
    if rules is None:
        return
    try:
        policy.verify(text, policy=rules)
    except Refusal as refusal:
        raise Lie(Word.WITNESSES_TOO_FEW, PATH, f"{refusal.reason} {refusal.detail}".strip()) from refusal


def check_not_rewound(old: Checkpoint, new: Checkpoint, notes: tuple[bytes, bytes]) -> None:
    """Check that the log did not become shorter."""
    if new.size < old.size:
        raise Lie(Word.LOG_REWOUND, str(new.size), str(old.size), notes=notes)


def check_not_equivocating(old: Checkpoint, new: Checkpoint, notes: tuple[bytes, bytes]) -> None:
    """Check that the log did not sign two trees of one size."""
    if new.size == old.size and new.root != old.root:
        raise Lie(Word.LOG_EQUIVOCATES, str(new.size), notes=notes)


def check_not_forked(site: Site, old: Checkpoint, new: Checkpoint, notes: tuple[bytes, bytes]) -> None:
    """Check that the new tree begins with the old one.

    A first look, by the tiles.  Tiles that do not even lead to the new root say nothing about the old one:
    `tree.walk` compares it once more, with the root of the very entries that lead to the new one.
    """
    if not 0 < old.size < new.size:
        return
    try:
        if tiles.root_from_tiles(new.size, site.read_tile) != new.root:
            return
        path = tiles.consistency_path_from_tiles(old.size, new.size, site.read_tile)
    except Refusal:
        return
    try:
        merkle.verify_consistency(
            old_size=old.size, new_size=new.size, old_root=old.root, new_root=new.root, path=path
        )
    except Refusal as refusal:
        proof = tree.fork_proof(site, size=old.size, head=new)
        raise Lie(Word.LOG_FORKED, str(new.size), str(old.size), notes=notes, proof=proof) from refusal
