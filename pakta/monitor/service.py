"""One run of the monitor: the head, the tree, what was published, what is served, the totals, one's own people.

Rules    The order is that of trust: first the signature, then growth, then the entries, and only then what they
         say.  A lie about head or tree ends the run; other findings are gathered.  What is served now may be a
         moment ahead of the head: it is looked at again, with a newer head, before it becomes a finding.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pakta.core import note
from pakta.core.errors import Refusal
from pakta.core.note import Checkpoint
from pakta.core.policy import Policy
from pakta.monitor import head as heads
from pakta.monitor import institution, published, served, state, totals, tree
from pakta.monitor.findings import Finding, Lie, Unread, Word
from pakta.monitor.institution import Comparison, Lists
from pakta.monitor.site import Site
from pakta.monitor.state import Known, State
from pakta.monitor.tree import Edge

ROUNDS = 3  # looks at what is served, until the head covers it

Pause = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the one who watches asked for.

    most   how many entries a run reads at most
    known  word and place of findings that they know of: shown, but no reason to stop at
    """

    vkey: str | None = None
    rules: Policy | None = None
    full: bool = False
    most: int = tree.MOST
    lists: Lists | None = None
    known: frozenset[tuple[str, str]] = frozenset()


@dataclass(slots=True)
class Report:
    """What a run saw.

    trust  where the log's key is from: given, state, policy or site      first  the entry from which on all was read
    """

    origin: str
    vkey: str
    trust: str
    witnessed: bool
    first: int = 0
    head: Checkpoint | None = None
    kinds: dict[int, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    known: list[Finding] = field(default_factory=list)
    evidence: list[Path] = field(default_factory=list)
    people: Comparison | None = None

    def set_aside(self, known: frozenset[tuple[str, str]]) -> None:
        """Move the findings that are known out of those that count."""
        self.known = [each for each in self.findings if (each.word, each.where) in known]
        self.findings = [each for each in self.findings if (each.word, each.where) not in known]

    @property
    def good(self) -> bool:
        """Say whether all agrees."""
        return not self.findings


def once(site: Site, *, path: Path, wishes: Wishes, now: datetime, pause: Pause) -> Report:
    """Do one run with the state at `path`, which moves on only where all agrees; raises Unread."""
    kept = state.load(path)
    vkey, trust = key_of(site, kept, wishes)
    run = _Run(site, kept, wishes, Report(site.origin, vkey, trust, wishes.rules is not None))
    last: list[Finding] = []  # what ended the run cannot be known beforehand
    try:
        run.all(now, pause)
    except Lie as lie:
        last = [lie.finding]
        try:
            run.report.evidence = state.keep_evidence(path, lie)
        except Unread as unread:  # a full disk does not take back what was seen
            last.append(unread.finding)
    except Unread as unread:
        if run.report.good:
            raise
        last = [unread.finding]  # a site that falls silent does not hide what was found before
    except Exception as error:  # nor does one whose answer makes the monitor itself fail
        last = [Finding(Word.UNFORESEEN, type(error).__name__, _place(error))]
    run.report.set_aside(wishes.known)
    run.report.findings += last
    if run.report.good:
        state.save(path, State(site.origin, vkey, run.text, run.edge, run.known))
    return run.report


def key_of(site: Site, kept: State | None, wishes: Wishes) -> tuple[str, str]:
    """Return the log's key and where it is from; raises Unread where two that should be one differ."""
    if kept is not None and kept.origin != site.origin:
        raise Unread(Word.STATE_UNREADABLE, kept.origin)
    if wishes.vkey is not None:
        vkey, trust = wishes.vkey, "given"
    elif kept is not None:
        vkey, trust = kept.vkey, "state"
    else:
        vkey, trust = heads.first_key(site, wishes.rules)
    try:
        name = note.parse_vkey(vkey).name
    except Refusal as refusal:
        raise Unread(Word.KEY_UNREADABLE, vkey[:200], refusal.reason) from refusal
    if trust == "site" and name != f"{site.host}/log" and not name.startswith(f"{site.host}/log/"):
        raise Unread(Word.KEY_UNREADABLE, vkey[:200], site.host)
    if kept is not None and kept.vkey != vkey:
        raise Unread(Word.KEY_UNREADABLE, vkey[:200], kept.vkey)
    if wishes.rules is not None and wishes.rules.logs and vkey not in wishes.rules.logs:
        raise Unread(Word.KEY_UNREADABLE, vkey[:200], "policy")
    return vkey, trust


class _Run:
    """A run while it goes on: what was read so far, and the report that grows."""

    def __init__(self, site: Site, kept: State | None, wishes: Wishes, report: Report) -> None:
        self.site, self.wishes, self.report = site, wishes, report
        again = kept is None or not kept.whole or wishes.full or wishes.lists is not None
        self.text = b"" if kept is None else kept.note
        self.old = None if kept is None else kept.head
        self.edge = Edge() if kept is None or again else kept.edge
        self.known = Known() if kept is None or again else kept.known
        self.read = 0 if kept is None or again else kept.head.size
        self.people = None if wishes.lists is None else Comparison(wishes.lists, report.findings.append)
        self.wanted = 0  # entries, the size at which totals are counted
        self.counted: dict[int, int] | None = None
        report.first, report.people = self.read, self.people

    def all(self, now: datetime, pause: Pause) -> None:
        """Read everything; raises Lie or Unread."""
        head = self.follow(pause)
        found: list[Finding] = []
        for again in range(ROUNDS):
            found = list(served.check(self.site, known=self.known, vkey=self.report.vkey, now=now))
            if not found or again == ROUNDS - 1:
                break
            pause()
            head = self.follow(pause)
        self.report.findings += found
        self.report.findings += self.hold_totals(head, pause)
        if self.people is not None:
            self.people.finish()

    def hold_totals(self, head: Checkpoint, pause: Pause, *, looks: int = ROUNDS) -> list[Finding]:
        """Hold the published totals against the entries at their own size; read on to it where they are ahead."""
        found = totals.read(self.site)
        if found is None:
            return [Finding(Word.TOTALS_MALFORMED, totals.PATH)]
        counted = self.known.kinds if found.size == head.size else None
        if counted is None:
            pause()
            self.wanted, self.counted = found.size, None
            head = self.follow(pause)
            counted = self.counted
        if counted is None and looks > 1:
            return self.hold_totals(head, pause, looks=looks - 1)
        reach = head.size if counted is not None else self.reach(head)
        return list(totals.check(found, counted=counted, least=self.known.kinds, head=head, reach=reach))

    def reach(self, head: Checkpoint) -> int:
        """Return how many entries the newest signed head covers, also one that still waits for its witnesses."""
        text = self.site.get(heads.PENDING_PATH, largest=note.LONGEST)
        return head.size if text is None else max(head.size, heads.judge(text, vkey=self.report.vkey).size)

    def follow(self, pause: Pause) -> Checkpoint:
        """Read on from the last head to the newest one."""
        self.site.forget()
        text, head = heads.fetch(
            self.site, vkey=self.report.vkey, rules=self.wishes.rules, kept=self.old, pause=pause
        )
        if self.old is not None:
            heads.check_not_rewound(self.old, head, (self.text, text))
            heads.check_not_equivocating(self.old, head, (self.text, text))
            heads.check_not_forked(self.site, self.old, head, (self.text, text))
        self.report.head = head
        reader = published.Reader(
            self.site, head=head, vkey=self.report.vkey, known=self.known, found=self.report.findings.append
        )

        def take(index: int, entry: bytes) -> None:
            reader.take(index, entry)
            if index + 1 == self.wanted:
                self.counted = dict(self.known.kinds)
            if self.people is not None:
                self.people.take(index, entry)

        tree.bound(head, edge=self.edge, most=self.wishes.most)
        tree.walk(
            self.site, head=head, edge=self.edge, first=self.read, take=take, old=self.old, notes=(self.text, text)
        )
        self.text, self.old, self.read = text, head, head.size
        self.report.kinds = self.known.kinds
        return head


def _place(error: Exception) -> str:
    """Return where in the code something failed."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def known(path: Path) -> frozenset[tuple[str, str]]:
    """Read a file of known findings, `WORD WHERE` a line; raises Unread."""
    pairs = [line.split(maxsplit=1) for line in institution.read_text(path).splitlines() if line.strip()]
    if any(len(pair) != 2 or pair[0] not in tuple(Word) for pair in pairs):
        raise Unread(Word.FILE_UNREADABLE, str(path))
    return frozenset((word, where.strip()) for word, where in pairs)


def lists(*, export: Path, roster: Path | None, receipts: Path | None, erased: Path | None) -> Lists:
    """Read an institution's own lists; raises Unread."""
    return Lists(
        export=export,
        roster=institution.read_roster(roster) if roster else None,
        receipts=institution.read_receipts(receipts) if receipts else None,
        erased=institution.read_erased(erased) if erased else frozenset(),
    )
