"""Who must have cosigned a checkpoint before it is believed (C2SP tlog-policy).

A policy is text, a line each: `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME K|any|all MEMBER…`,
`quorum NAME|none`.  A group counts as a witness once K of its members do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pakta.core import cosignature, note
from pakta.core.errors import Reason, Refusal

LONGEST = 65_536  # bytes
MOST = 32  # logs, witnesses, groups each
NONE = "none"
SPACE = re.compile(r"[ \t]+")
ALLOWED = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
COUNT = re.compile(r"[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its name within the policy, its verifier key (C2SP text), and where it takes checkpoints."""

    name: str
    vkey: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these members must have cosigned; members are names of witnesses and groups."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy.  logs: their verifier keys; quorum: a name, or None where nobody must cosign."""

    logs: tuple[str, ...]
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str | None


@dataclass(frozen=True, slots=True)
class Cosigned:
    """Whose cosignatures a checkpoint carries (name to seconds since 1970), and since when they are a quorum."""

    times: Mapping[str, int]
    at: int


def parse(text: bytes) -> Policy:
    """Read a policy; refuses with POLICY_MALFORMED, its detail the number of the line, 0 for the whole."""
    if len(text) > LONGEST or not ALLOWED.fullmatch(text):
        raise Refusal(Reason.POLICY_MALFORMED, "0")
    reading = _Reading()
    for number, line in enumerate(text.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = SPACE.split(line.strip(" \t"))
        if words == [""] or words[0].startswith("#"):
            continue
        try:
            reading.line(words)
        except (Refusal, ValueError) as error:
            raise Refusal(Reason.POLICY_MALFORMED, str(number)) from error
    return reading.whole()


def verify(text: bytes, *, policy: Policy) -> Cosigned:
    """Return who cosigned a checkpoint's note, and the time from which on they are a quorum.

    A signature that claims to be of a witness of the policy must hold, or the note is refused.
    The log's own signature is not looked at: see `note.verify`.

    Refuses with NOTE_MALFORMED, NOTE_SIGNATURE or WITNESSES_TOO_FEW.
    """
    times = {each.name: at for each in policy.witnesses.values() if (at := _time_of(text, each)) is not None}
    at = since(policy, times=times)
    if at is None:
        raise Refusal(Reason.WITNESSES_TOO_FEW, str(len(times)))
    return Cosigned(times, at)


def since(policy: Policy, *, times: Mapping[str, int]) -> int | None:
    """Return since when those who cosigned at these times, by name, are a quorum; None while they are none."""
    return 0 if policy.quorum is None else _since(policy, policy.quorum, times)


def _time_of(text: bytes, witness: Witness) -> int | None:
    try:
        return cosignature.verify(text, verifier_key=witness.vkey)
    except Refusal as refusal:
        if refusal.reason is Reason.NOTE_UNSIGNED:
            return None
        raise


def _since(policy: Policy, name: str, times: Mapping[str, int]) -> int | None:
    """Return when the witness or group with this name counted as having cosigned, or None."""
    group = policy.groups.get(name)
    if group is None:
        return times.get(name)
    each = sorted(at for member in group.members if (at := _since(policy, member, times)) is not None)
    return each[group.least - 1] if len(each) >= group.least else None


class _Reading:
    """A policy while its lines are read; ValueError where a line is not to be had."""

    def __init__(self) -> None:
        self.logs: list[str] = []
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.decided = False
        self.keys: set[bytes] = set()
        self.grouped: set[str] = set()

    def line(self, words: Sequence[str]) -> None:
        known: dict[str, Callable[[Sequence[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in known:
            raise ValueError(words[0])
        known[words[0]](words[1:])

    def whole(self) -> Policy:
        if not self.decided or max(len(self.logs), len(self.witnesses), len(self.groups)) > MOST:
            raise Refusal(Reason.POLICY_MALFORMED, "0")
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _log(self, words: Sequence[str]) -> None:
        vkey, *_url = self._words(words, 1, 2)
        self._fresh_key(note.parse_vkey(vkey).public_key)
        self.logs.append(vkey)

    def _witness(self, words: Sequence[str]) -> None:
        name, vkey, *url = self._words(words, 2, 3)
        self._fresh_name(name)
        self._fresh_key(cosignature.parse_vkey(vkey).public_key)
        self.witnesses[name] = Witness(name, vkey, url[0] if url else "")

    def _group(self, words: Sequence[str]) -> None:
        name, least, *members = self._words(words, 3, 2 + 2 * MOST)
        self._fresh_name(name)
        if any(each in self.grouped or not self._known(each) for each in members) or len(set(members)) < len(members):
            raise ValueError(name)
        count = {"any": 1, "all": len(members)}.get(least) or (int(least) if COUNT.fullmatch(least) else 0)
        if not 1 <= count <= len(members):
            raise ValueError(least)
        self.grouped.update(members)
        self.groups[name] = Group(count, tuple(members))

    def _quorum(self, words: Sequence[str]) -> None:
        (name,) = self._words(words, 1, 1)
        if self.decided or not (name == NONE or self._known(name)):
            raise ValueError(name)
        self.decided, self.quorum = True, None if name == NONE else name

    def _words(self, words: Sequence[str], least: int, most: int) -> Sequence[str]:
        if not least <= len(words) <= most:
            raise ValueError(len(words))
        return words

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _fresh_name(self, name: str) -> None:
        if name == NONE or self._known(name):
            raise ValueError(name)

    def _fresh_key(self, public_key: bytes) -> None:
        if public_key in self.keys:
            raise ValueError("the same key twice")
        self.keys.add(public_key)
