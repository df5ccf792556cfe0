"""Every lie that a city can tell, each with the one check that names it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pakta.core import canonical, keyset, ledgerentry, note, policy
from pakta.core.keyset import Compromise
from pakta.core.ledgerentry import EntryKind
from tests.monitor.town import PAGE, SCRIPTS, SHELL, Town, once_garbage
from tests.verification.paper import Issuer, WitnessKey

INSPEKTORAT = WitnessKey("inspektorat.example")


@dataclass(frozen=True)
class Lie:
    """A lie: its word, how it is told over an honest town, the check that names it, and what the others see of it.

    kept    the monitor has seen the honest town before       left  what is named where the check is skipped
    also    what cannot but be named with it
    """

    name: str
    word: str
    check: str
    tell: Callable[[Town], object]
    kept: bool = False
    left: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    wishes: Callable[[Town], Mapping[str, object]] = field(default=lambda _town: {})


def flip(town: Town, path: str, at: int = 10) -> None:
    """Change one bit of a file."""
    content = town.files[path]
    assert isinstance(content, bytes)
    town.files[path] = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def sized(town: Town, name: str, of: int = 0) -> str:
    """Return the address of the last tile or bundle."""
    return f"/log/tile/{name}/000.p/{of or len(town.entries)}"


def of_another_key(town: Town) -> None:
    """Serve a head that somebody else signed."""
    other = Town.ledger_key_of()
    body = town.checkpoint().rpartition(b"\n\n")[0] + b"\n"
    town.files["/log/checkpoint"] = note.sign(
        body, name=f"{town.host}/log", public_key=town.ledger_public, sign=other.sign
    )


def of_another_root(town: Town) -> None:
    """Sign a root that is not that of the entries."""
    honest = town.entries
    town.entries = [*honest[:-1], ledgerentry.entry(EntryKind.KEY_ENROLLED, b"other")]
    head = town.checkpoint()
    town.entries = honest
    town.files["/log/checkpoint"] = head


def swap(town: Town, at: int) -> None:
    """Put another entry of the same kind in the place of one that stood there."""
    town.entries[at] = ledgerentry.entry(EntryKind(town.entries[at][1]), b"another")


def private(town: Town) -> int:
    """Return the index of an entry whose payload nobody fetches."""
    return next(at for at, each in enumerate(town.entries) if each[1] == EntryKind.KEY_ENROLLED)


def fork(town: Town) -> None:
    """Grow over another past."""
    swap(town, private(town))
    town.enrol("198609262015052905")
    town.publish()


def fork_unseen(town: Town) -> None:
    """Grow over another past, and serve garbage once where tiles would show it: honestly when asked again."""
    fork(town)
    once_garbage(town, sized(town, "0"))


def a_waiting_head_of_certificates(town: Town) -> None:
    """Call everything a certificate in the totals of a head that waits for its witnesses."""
    town.enrol("198609262015052905")
    town.files["/log/pending"] = town.checkpoint()
    size = len(town.entries)
    told = town.totals() | {"kinds": {"1": size}, "editions": {"ASN-2026": size}}
    town.files["/log/totals"] = json.dumps(told).encode()


def a_million_more(town: Town) -> None:
    """Publish a million certificates of which no signed head knows."""
    honest = town.totals()
    size, kinds = honest["size"], honest["kinds"]
    assert isinstance(size, int) and isinstance(kinds, dict)
    other_totals(size=size + 10**6, kinds=kinds | {"1": kinds["1"] + 10**6}, editions={"ASN-2026": 10**6})(town)


def equivocate(town: Town) -> None:
    """Sign another tree of the same size."""
    swap(town, private(town))
    town.publish()


def grow_bad(kind: EntryKind, payload: bytes) -> Callable[[Town], object]:
    """Enter a payload that cannot be read."""

    def tell(town: Town) -> None:
        town.enter(kind, payload)
        town.publish()

    return tell


def text_again(town: Town) -> None:
    """Publish another text under a code that is taken."""
    town.enter(EntryKind.TEXT_PUBLISHED, canonical.encode({"code": "ASN-2026", "v": 1, "title": "lain"}))
    town.publish()


def of_no_form(town: Town) -> None:
    """Enter something of an unknown version."""
    town.entries.append(b"\2" + ledgerentry.entry(EntryKind.KEY_ENROLLED, b"x")[1:])
    town.publish()


def old_list(town: Town) -> None:
    """Enter an older status list, then a newer one."""
    town.list_statuses(later=-100)
    town.list_statuses(later=200)
    town.publish()


def quiet_mark(places: Mapping[int, int]) -> Callable[[Town], object]:
    """Publish a status list that says what no entry says."""

    def tell(town: Town) -> None:
        town.marks = {at: value for at, value in {**town.marks, **places}.items() if value}
        town.list_statuses()
        town.publish()

    return tell


def behind_a_revocation(town: Town) -> None:
    """Revoke a certificate, and lift a suspension in the same list."""
    town.marks[1] = 0
    town.change(EntryKind.REVOKED, 2)
    town.publish()


def same_version(town: Town) -> None:
    """Publish a key set whose version does not grow."""
    town.version -= 1
    town.set_keys()
    town.publish()


def unvouched(town: Town) -> None:
    """Go on with a key that nobody vouches for."""
    town.issuer = Issuer()
    town.set_keys()
    town.list_statuses()
    town.publish()


def lose_a_key(town: Town, *, root: bytes | None = None, size: int = 3) -> None:
    """Rotate, and mark the old key as lost after the head of three entries."""
    old, new = town.issuer, Issuer()
    town.set_keys(more=(new,))
    said = town.compromise(size)
    town.issuer = new
    town.set_keys(more=(old,), lost={old.kid: Compromise(said.at, size, root or said.root)})
    town.list_statuses()
    town.publish()


def old_keys(town: Town) -> None:
    """Serve the key set before the newest."""
    before = town.keys_text
    town.set_keys()
    town.publish()
    town.files["/.well-known/pakta-keys.json"] = before


def other_log(town: Town) -> None:
    """Tell phones of another log key, by a key set that is in the ledger."""
    own = town.ledger_key
    town.ledger_key = Town.ledger_key_of()
    town.set_keys()
    town.ledger_key = own
    town.publish()


def old_status(town: Town) -> None:
    """Serve the status list before the newest."""
    before = town.token
    town.list_statuses()
    town.publish()
    town.files["/s/0"] = before


def unentered_status(town: Town) -> None:
    """Serve a status list that is not in the ledger."""
    town.files["/s/0"] = town.status_list({}, issued_at=town.issued + 5)


def forged_status(town: Town) -> None:
    """Serve a status list that another key signed."""
    own, town.issuer = town.issuer, Issuer()
    town.files["/s/0"] = town.status_list(town.marks, issued_at=town.issued)
    town.issuer = own


def other_totals(**changes: object) -> Callable[[Town], object]:
    """Publish totals with some members changed."""

    def tell(town: Town) -> None:
        town.files["/log/totals"] = json.dumps({**town.totals(), **changes}).encode()

    return tell


def other_kinds(town: Town) -> None:
    """Say that one more key was enrolled and one fewer revoked."""
    kinds = dict(town.totals()["kinds"])  # type: ignore[call-overload]
    town.files["/log/totals"] = json.dumps(
        {**town.totals(), "kinds": {**kinds, "2": kinds["2"] + 1, "10": kinds["10"] - 1}}
    ).encode()


def without(path: str) -> Callable[[Town], object]:
    """Serve everything but one file."""
    return lambda town: town.files.pop(path)


def with_file(path: str, content: bytes) -> Callable[[Town], object]:
    """Serve another file in the place of one."""
    return lambda town: town.files.__setitem__(path, content)


def a_quorum(town: Town) -> Mapping[str, object]:
    """Ask for the inspectorate's cosignature."""
    text = f"log {town.vkey}\nwitness i {INSPEKTORAT.vkey}\nquorum i\n"
    return {"rules": policy.parse(text.encode())}


def own_key(town: Town) -> Mapping[str, object]:
    """Name the log's key."""
    return {"vkey": town.vkey}


def pad(town: Town) -> None:
    """Let the tree have more than one level of tiles."""
    town.pad(300)
    town.publish()


def wide(tell: Callable[[Town], object]) -> Callable[[Town], object]:
    """Tell a lie in a tree of several bundles."""

    def told(town: Town) -> None:
        pad(town)
        tell(town)

    return told


def keys_of_nobody(town: Town) -> None:
    """Serve a key set whose signature does not hold."""
    found = keyset.parse(town.keys_text)
    town.files["/.well-known/pakta-keys.json"] = keyset.sign(found.payload, kid=town.issuer.kid, sign=Issuer().sign)


INLINE = PAGE + b"<script>alert(1)</script>"
FOREIGN = PAGE + b'<script src="https://elsewhere.example/v.js"></script>'
SECOND = PAGE + b'<link rel="modulepreload" href="/v/ba9876543210/v.js">'
RUNNING = SHELL.replace(b'["/v"]', b"alert(1)") + SCRIPTS["v-sw.js"]
ROOT, UNSERVED = frozenset({"ROOT_DIFFERS"}), frozenset({"STATUS_SERVED_DIFFERS"})
LIES = (
    Lie("a head signed by another key", "HEAD_UNSIGNED", "head.signed_body", of_another_key, wishes=own_key),
    Lie("a head of another log", "HEAD_OTHER_LOG", "head.check_origin",
        lambda t: with_file("/log/checkpoint", t.checkpoint(name="other/log"))(t)),
    Lie("a head without a quorum", "WITNESSES_TOO_FEW", "head.check_witnesses", lambda t: None, wishes=a_quorum),
    Lie("fewer entries than before", "LOG_REWOUND", "head.check_not_rewound",
        lambda t: t.publish(len(t.entries) - 2), kept=True, left=frozenset({"TOTALS_OTHER_SIZE"})),
    Lie("two trees of one size", "LOG_EQUIVOCATES", "head.check_not_equivocating", equivocate, kept=True,
        left=frozenset({"LOG_FORKED"})),
    Lie("another past, as tiles show it", "LOG_FORKED", "head.check_not_forked", fork, kept=True,
        left=frozenset({"LOG_FORKED"})),
    Lie("another past", "LOG_FORKED", "tree.compare_old", fork_unseen, kept=True),
    Lie("a changed bundle", "BUNDLE_CHANGED", "tree.compare_leaves",
        lambda t: flip(t, sized(t, "entries"), private(t) * 36 + 20), left=ROOT),
    Lie("a changed bundle among several", "BUNDLE_CHANGED", "tree.compare_leaves",
        wide(lambda t: flip(t, "/log/tile/entries/000", private(t) * 36 + 20)), left=frozenset({"TILE_CHANGED"})),
    Lie("a changed tile", "TILE_CHANGED", "tree.compare_leaves", lambda t: flip(t, sized(t, "0"))),
    Lie("a changed tile of a higher level", "TILE_CHANGED", "tree.compare_partial",
        wide(lambda t: flip(t, "/log/tile/1/000.p/1"))),
    Lie("a root of other entries", "ROOT_DIFFERS", "tree.compare_root", of_another_root),
    Lie("an entry of no form", "ENTRY_MALFORMED", "published.kind_of", of_no_form,
        also=frozenset({"TOTALS_DIFFER"})),
    Lie("a payload that is not its entry's", "PAYLOAD_CHANGED", "published.compare_payload",
        with_file("/log/payload/0", canonical.encode({"code": "ASN-2027", "v": 1}))),
    Lie("a missing payload", "PAYLOAD_MISSING", "published.check_present", without("/log/payload/0")),
    Lie("a text that cannot be read", "TEXT_MALFORMED", "published.take_text",
        grow_bad(EntryKind.TEXT_PUBLISHED, b"{}")),
    Lie("a code longer than a certificate has room for", "TEXT_MALFORMED", "published.take_text",
        grow_bad(EntryKind.TEXT_PUBLISHED, canonical.encode({"code": "A" * 13, "v": 1}))),
    Lie("a code for two texts", "TEXT_TWICE", "published.take_text", text_again, kept=True),
    Lie("a release that cannot be read", "SCRIPTS_MALFORMED", "published.take_scripts",
        grow_bad(EntryKind.SCRIPTS_RELEASED, canonical.encode({"v": 1, "scripts": {"../x.js": "00"}}))),
    Lie("a status list that cannot be read", "STATUS_MALFORMED", "published.take_status",
        grow_bad(EntryKind.STATUS_LIST, b"x"), left=UNSERVED),
    Lie("a rolled-back status list", "STATUS_ROLLED_BACK", "published.check_status_time", old_list, kept=True),
    Lie("a revocation without an entry", "STATUS_NOT_RECORDED", "marks.check_revoked", quiet_mark({2: 1})),
    Lie("a revocation undone", "STATUS_NOT_RECORDED", "marks.check_revoked", quiet_mark({0: 0})),
    Lie("a revocation moved to another place", "STATUS_NOT_RECORDED", "marks.check_revoked",
        quiet_mark({0: 0, 2: 1})),
    Lie("a suspension undone", "STATUS_NOT_RECORDED", "marks.check_suspended", quiet_mark({1: 0})),
    Lie("a suspension undone behind a revocation", "STATUS_NOT_RECORDED", "marks.check_suspended",
        behind_a_revocation, kept=True),
    Lie("a suspension moved to others", "STATUS_NOT_RECORDED", "marks.check_suspended",
        quiet_mark({1: 0, 2: 2, 3: 2})),
    Lie("a value that means nothing", "STATUS_NOT_RECORDED", "marks.check_suspended", quiet_mark({2: 3})),
    Lie("a key set that cannot be read", "KEYSET_MALFORMED", "published.take_keys",
        grow_bad(EntryKind.KEY_SET, b"{}"), left=frozenset({"KEYSET_SERVED_DIFFERS"})),
    Lie("a version that does not grow", "KEYSET_ROLLED_BACK", "published.check_version", same_version, kept=True),
    Lie("a key set not continuing", "KEYSET_UNVOUCHED", "published.check_vouched", unvouched, kept=True),
    Lie("a lost key's head that never was", "KEYSET_ROOT_DIFFERS", "published.check_lost_keys",
        lambda t: lose_a_key(t, root=bytes(32))),
    Lie("a lost key's head of the future", "KEYSET_ROOT_DIFFERS", "published.check_lost_keys",
        lambda t: lose_a_key(t, root=bytes(32), size=10**6)),
    Lie("a rolled-back key set served", "KEYSET_SERVED_DIFFERS", "served.check_key_set", old_keys),
    Lie("another log named to phones", "KEYSET_OTHER_LOG", "served.check_log_key", other_log, wishes=own_key),
    Lie("an old status list served", "STATUS_SERVED_OLD", "served.check_status_age", old_status),
    Lie("a status list outside the ledger", "STATUS_SERVED_DIFFERS", "served.check_status_entry", unentered_status),
    Lie("a forged status list", "STATUS_SERVED_DIFFERS", "served.check_status_list", forged_status),
    Lie("a changed script", "SCRIPT_CHANGED", "served.check_script", with_file("/static/js/v.js", b"alert(1)")),
    Lie("a changed script of the shell", "SCRIPT_CHANGED", "served.check_scripts",
        with_file("/v/0123456789ab/verdict.js", b"alert(1)")),
    Lie("a changed worker", "SCRIPT_CHANGED", "served.check_script", with_file("/v-sw.js", SHELL + b"alert(1)")),
    Lie("a worker whose first line runs", "SCRIPT_CHANGED", "served.check_script", with_file("/v-sw.js", RUNNING)),
    Lie("a script that vanished", "SCRIPT_MISSING", "served.check_script_present",
        lambda t: [t.files.pop(f"{where}/verdict.js") for where in ("/static/js", "/v/0123456789ab")]),
    Lie("a script inside the page", "SCRIPT_UNKNOWN", "served.check_page", with_file("/v", INLINE)),
    Lie("a script of elsewhere", "SCRIPT_UNKNOWN", "served.check_page", with_file("/v", FOREIGN)),
    Lie("two versions in one page", "SCRIPT_UNKNOWN", "served.check_page", with_file("/v", SECOND)),
    Lie("totals of other kinds", "TOTALS_DIFFER", "totals.check_kinds", other_kinds),
    Lie("totals that do not add up", "TOTALS_DIFFER", "totals.check_sum", other_totals(size=2),
        left=frozenset({"TOTALS_OTHER_SIZE"}), also=frozenset({"TOTALS_OTHER_SIZE"})),
    Lie("totals of long ago", "TOTALS_OTHER_SIZE", "totals.check_size",
        other_totals(size=0, kinds={}, editions={})),
    Lie("totals of a waiting head that call all certificates", "TOTALS_DIFFER", "totals.check_least",
        a_waiting_head_of_certificates),
    Lie("totals of what no head covers", "TOTALS_OTHER_SIZE", "totals.check_size", a_million_more),
    Lie("a new name that cannot be read", "SUCCESSION_MALFORMED", "succession.check",
        grow_bad(EntryKind.LOG_SUCCEEDED, canonical.encode({"v": 1, "origin": "x"}))),
    Lie("a new name of another log", "SUCCESSION_FALSE", "succession.check_name",
        lambda t: t.succeed(origin="other.example/log/2", previous=t.under("other.example/log").decode())),
    Lie("a new name that this log does not have", "SUCCESSION_FALSE", "succession.check_name",
        lambda t: t.succeed(origin=f"{t.host}/log/3", previous=t.under(f"{t.host}/log/2").decode())),
    Lie("a lost head that our key did not sign", "SUCCESSION_FALSE", "succession.check_previous",
        lambda t: t.succeed(previous=t.under(t.log, by=Town.ledger_key_of()).decode())),
    Lie("a lost head of nothing lost", "SUCCESSION_FALSE", "succession.check_previous",
        lambda t: t.succeed(previous=t.checkpoint().decode())),
    Lie("a lost head of another origin", "SUCCESSION_FALSE", "succession.check_previous",
        lambda t: t.succeed(previous=t.checkpoint(name="other/log").decode())),
    Lie("a wrong number of kept entries", "SUCCESSION_FALSE", "succession.check", lambda t: t.succeed(kept=3)),
    Lie("more certificates than entries", "TOTALS_TOO_MANY", "totals.check_certificates",
        other_totals(editions={"ASN-2026": 3})),
)  # fmt: skip
# Lies about what cannot be skipped: the file itself does not say what it should.
BROKEN = (
    Lie("no bundle", "BUNDLE_MISSING", "", lambda t: t.files.pop(sized(t, "entries"))),
    Lie("no tile", "TILE_MISSING", "", lambda t: t.files.pop(sized(t, "0"))),
    Lie("a bundle cut off", "BUNDLE_MALFORMED", "", lambda t: with_file(sized(t, "entries"), b"\0\x22xx")(t)),
    Lie("a bundle too short", "BUNDLE_MALFORMED", "", lambda t: with_file(sized(t, "entries"), b"\0\0")(t)),
    Lie("an empty bundle", "BUNDLE_MALFORMED", "", lambda t: with_file(sized(t, "entries"), b"")(t)),
    Lie("a tile of odd length", "TILE_MALFORMED", "", lambda t: with_file(sized(t, "0"), bytes(33))(t)),
    Lie("a tile too short", "TILE_MALFORMED", "", lambda t: with_file(sized(t, "0"), bytes(32))(t)),
    Lie("no totals", "TOTALS_MALFORMED", "", without("/log/totals")),
    Lie("totals of no form", "TOTALS_MALFORMED", "", with_file("/log/totals", b'{"v":1,"size":-1}')),
    Lie("totals that are a list", "TOTALS_MALFORMED", "", with_file("/log/totals", b"[]")),
    Lie("a signed head of no form", "HEAD_MALFORMED", "",
        lambda t: with_file("/log/checkpoint", t.signed(b"x\n"))(t)),
    Lie("a key set whose signature fails", "KEYSET_SERVED_DIFFERS", "", keys_of_nobody, wishes=own_key),
    Lie("no key set", "KEYSET_SERVED_DIFFERS", "", without("/.well-known/pakta-keys.json"), wishes=own_key),
    Lie("no status list", "STATUS_SERVED_DIFFERS", "", without("/s/0")),
)  # fmt: skip
