"""What a city has published by entries of the ledger: texts, status lists, key sets, scripts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from pakta.core import canonical, keyset, ledgerentry, merkle, status, tiles
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import KeySet
from pakta.core.ledgerentry import EntryKind
from pakta.core.note import Checkpoint
from pakta.core.status import TokenClaims
from pakta.monitor import marks, succession
from pakta.monitor.findings import Finding, Word
from pakta.monitor.site import Site
from pakta.monitor.state import Known

KINDS = {int(kind): kind for kind in EntryKind}
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,11}")  # of an edition
MOST_TEXTS, MOST_SCRIPTS, LONGEST_KEYS = 10_000, 1_000, 262_144  # what the state keeps of a city stays small
MOST_PAGES = 8  # forms of the page behind the QR
NOBODY = bytes(8)  # a key id of no key
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}\.js")


class Reader:
    """Takes entry after entry; gathers what is known and what does not agree."""

    def __init__(
        self, site: Site, *, head: Checkpoint, vkey: str, known: Known, found: Callable[[Finding], None]
    ) -> None:
        self.site, self.head, self.vkey, self.known, self.found = site, head, vkey, known, found

    def take(self, index: int, entry: bytes) -> None:
        """Judge one entry; where its payload is public, that too."""
        kind = kind_of(entry)
        if kind is None:
            self.found(Finding(Word.ENTRY_MALFORMED, str(index)))
            return
        if kind in ledgerentry.PUBLIC:
            self._public(index, entry, kind)
        self.known.kinds[kind] = self.known.kinds.get(kind, 0) + 1

    def _public(self, index: int, entry: bytes, kind: EntryKind) -> None:
        payload = self.site.get(f"/log/payload/{index}")
        findings = list(check_present(index, kind, payload))
        if payload is not None:
            findings = list(compare_payload(index, entry, kind, payload))
            findings = findings or list(self._content(index, entry, kind, payload))
        for each in findings:
            self.found(each)

    def _content(self, index: int, entry: bytes, kind: EntryKind, payload: bytes) -> Iterator[Finding]:
        if kind is EntryKind.TEXT_PUBLISHED:
            yield from take_text(self.known, index, payload)
        elif kind is EntryKind.STATUS_LIST:
            yield from take_status(self.known, index, entry, payload)
        elif kind is EntryKind.KEY_SET:
            yield from take_keys(self.known, index, payload, site=self.site, head=self.head)
        elif kind is EntryKind.LOG_SUCCEEDED:
            yield from succession.check(index, payload, vkey=self.vkey)
        else:
            yield from take_scripts(self.known, index, payload)


def kind_of(entry: bytes) -> EntryKind | None:
    """Return an entry's kind, or None where it has not the form of an entry."""
    if len(entry) != ledgerentry.LENGTH or entry[0] != ledgerentry.VERSION:
        return None
    return KINDS.get(entry[1])


def check_present(index: int, kind: EntryKind, payload: bytes | None) -> Iterator[Finding]:
    """Check that a public payload is served at all."""
    if payload is None:
        yield Finding(Word.PAYLOAD_MISSING, str(index), str(int(kind)))


def compare_payload(index: int, entry: bytes, kind: EntryKind, payload: bytes) -> Iterator[Finding]:
    """Compare a payload with the entry that should be its hash."""
    if ledgerentry.entry(kind, payload) != entry:
        yield Finding(Word.PAYLOAD_CHANGED, str(index), str(int(kind)))


def take_text(known: Known, index: int, payload: bytes) -> Iterator[Finding]:
    """Read a pact text; a code stands for one text only."""
    try:
        code = canonical.decode_object(payload, reason=Reason.EDITION_FILE).get("code")
    except Refusal:
        code = None
    if not isinstance(code, str) or not CODE.fullmatch(code):
        yield Finding(Word.TEXT_MALFORMED, str(index))
        return
    if code not in known.texts and len(known.texts) >= MOST_TEXTS:
        yield Finding(Word.TEXT_MALFORMED, str(index), str(MOST_TEXTS))
        return
    digest = hashlib.sha256(payload).hexdigest()
    if known.texts.setdefault(code, digest) != digest:
        yield Finding(Word.TEXT_TWICE, str(index), code[:40])


def take_scripts(known: Known, index: int, payload: bytes) -> Iterator[Finding]:
    """Read a release: the names of scripts and their SHA-256, and that of page and style; once told, always told."""
    try:
        members = canonical.decode_object(payload, reason=Reason.EDITION_FILE)
    except Refusal:
        members = {}
    scripts = members.get("scripts")
    if not isinstance(scripts, dict) or len(scripts) > MOST_SCRIPTS or not all(map(_is_hashed, scripts.items())):
        scripts = None
    page = _page_of(members)
    if members.get("v") != 1 or scripts is None or page is None or (known.page and not page):
        yield Finding(Word.SCRIPTS_MALFORMED, str(index))
        return
    known.scripts, known.page, known.css = dict(scripts), page[1:], "".join(page[:1])


def _page_of(members: dict[str, Any]) -> list[str] | None:
    """Return the hash of the style and those of the page; empty of an older release, None of no hashes."""
    if "page" not in members and "css" not in members:
        return []
    page = members.get("page")
    if not isinstance(page, list) or not 0 < len(page) <= MOST_PAGES:
        return None
    found = [members.get("css"), *page]
    return found if all(isinstance(each, str) and SHA256.fullmatch(each) for each in found) else None


def _is_hashed(item: tuple[object, object]) -> bool:
    name, digest = item
    named = isinstance(name, str) and NAME.fullmatch(name)
    return bool(named and isinstance(digest, str) and SHA256.fullmatch(digest))


def take_status(known: Known, index: int, entry: bytes, payload: bytes) -> Iterator[Finding]:
    """Read a status list: never older than the one before it, and marking what entries of the ledger say."""
    try:
        claims = status.read(payload)
        places = status.decode(claims.lst)
        before = status.decode(canonical.from_base64url(known.places)) if known.places else b""
    except Refusal as refusal:
        yield Finding(Word.STATUS_MALFORMED, str(index), refusal.reason)
        return
    moved, entries = marks.moves(before, places), marks.entered(known.listed, known.kinds)
    yield from chain(check_status_time(known, index, claims), marks.check(index, moved, entries))
    known.status = (max(claims.issued_at, known.status[0]), entry.hex())
    known.places = canonical.base64url(claims.lst)
    known.listed = dict(known.kinds)


def check_status_time(known: Known, index: int, claims: TokenClaims) -> Iterator[Finding]:
    """Check that a list is issued later than the one before it."""
    if claims.issued_at < known.status[0]:
        yield Finding(Word.STATUS_ROLLED_BACK, str(index), f"{claims.issued_at} < {known.status[0]}")


def take_keys(known: Known, index: int, payload: bytes, *, site: Site, head: Checkpoint) -> Iterator[Finding]:
    """Read a key set: a higher version than the one before it, vouched for by it, true about lost keys."""
    found = readings(payload)
    if not found:
        yield Finding(Word.KEYSET_MALFORMED, str(index))
        return
    before = readings(known.keys[-1].encode()) if known.keys else []
    if before:
        yield from chain(check_version(index, before[0], found[0]), check_vouched(index, before[0], found))
    yield from check_lost_keys(index, found[0], site=site, head=head)
    known.keys = [*known.keys[-1:], payload.decode()]


def readings(payload: bytes) -> list[KeySet]:
    """Return an unsigned key set as each of its sound keys would have signed it; empty where it is malformed.

    The ledger holds key sets without their signature: who signed one is not known until it is served.
    """
    if len(payload) > LONGEST_KEYS:
        return []
    try:
        canonical.decode_object(payload, reason=Reason.KEYSET_MALFORMED)
        one = keyset.parse(keyset.sign(payload, kid=NOBODY, sign=lambda _: b""))
        signed = [keyset.sign(payload, kid=kid, sign=lambda _: b"") for kid in one.sound_keys]
        return [keyset.parse(each) for each in signed] if one.payload == payload else []
    except (Refusal, ValueError, TypeError):
        return []


def check_version(index: int, before: KeySet, found: KeySet) -> Iterator[Finding]:
    """Check that the version grows."""
    if found.version <= before.version:
        yield Finding(Word.KEYSET_ROLLED_BACK, str(index), f"{found.version} <= {before.version}")


def check_vouched(index: int, before: KeySet, found: list[KeySet]) -> Iterator[Finding]:
    """Check that a key which the set before trusts can have signed this one, or vouches for one that can."""
    for each in found:
        try:
            keyset.verify_continues(each, known=before)
        except Refusal:
            continue
        return
    yield Finding(Word.KEYSET_UNVOUCHED, str(index), f"{found[0].version}")


def check_lost_keys(index: int, found: KeySet, *, site: Site, head: Checkpoint) -> Iterator[Finding]:
    """Check that the head named with each lost key is one that this log really had."""
    for lost in found.compromised.values():
        where = f"{index}"
        if lost.size > index:
            yield Finding(Word.KEYSET_ROOT_DIFFERS, where, f"{lost.size} > {index}")
            continue
        try:
            path = tiles.consistency_path_from_tiles(lost.size, head.size, site.read_tile)
            merkle.verify_consistency(
                old_size=lost.size, new_size=head.size, old_root=lost.root, new_root=head.root, path=path
            )
        except Refusal:
            yield Finding(Word.KEYSET_ROOT_DIFFERS, where, str(lost.size))
