"""A verdict as it is shown: its words filled in, the same for the server's pages and the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pakta.certificates.rules import Status
from pakta.core import number
from pakta.core.credential import Claims
from pakta.core.errors import Reason
from pakta.core.verdict import Mark, Step, Verdict, Word
from pakta.verification import changes, words
from pakta.web import display
from pakta.web.language import INDONESIAN, Language

METHODS = {1: display.METHODS["passkey"], 2: display.METHODS["device"], 3: display.METHODS["kiosk"]}
STATUS = {Reason.STATUS_REVOKED: Status.REVOKED, Reason.STATUS_SUSPENDED: Status.SUSPENDED}
SURE = frozenset(Word) - {Word.UNKNOWN}  # verdicts whose claims were signed by a known key
ENDED = frozenset({Word.REVOKED, Word.EXPIRED})  # of these nobody need be matched: they are not to be accepted


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page says of one verdict.

    checks  pairs of a mark and its text, in the order in which they were checked
    steps   all steps, and the last that only people can take wherever a name is told, as programs are promised
    person  whether it is worth while to match the person: not of what has ended or is not to be trusted
    facts   pairs of a term and its value; empty where the claims are not to be trusted
    """

    word: str
    kind: str
    icon: str
    sentence: str
    reason: str
    name: str
    unit: str
    edition: str
    facts: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    person: bool


def show(verdict: Verdict, *, host: str, guarded: bool, spoken: Language = INDONESIAN, served: bool = False) -> Shown:
    """Return what is said of a verdict.

    guarded  whether a policy of witnesses is in force
    served   whether our server checked, and not the reader's own device
    """
    band = words.BANDS[verdict.word]
    claims = verdict.credential.claims if verdict.credential else None
    values = {"host": host, **_values(verdict, claims, spoken)}
    sure = claims if verdict.word in SURE else None
    person = sure is not None and verdict.word not in ENDED
    return Shown(
        word=spoken.text(verdict.word.value),
        kind=band.kind,
        icon=band.icon,
        sentence=words.fill(spoken.text(words.sentence(verdict.word, verdict.reason, served=served)), values),
        reason=verdict.reason.value if verdict.reason else "",
        name=(sure.name or spoken.text(words.NAMELESS)) if sure else "",
        unit=sure.unit if sure else "",
        edition=sure.edition if sure else "",
        facts=_facts(sure, spoken) if sure else (),
        checks=_checks(verdict, values, spoken, person=person, guarded=guarded),
        steps=(*_steps(verdict, values, spoken, guarded=guarded), *((_matching(spoken),) if sure else ())),
        person=person,
    )


def vocabulary(host: str, *, guarded: bool, spoken: Language = INDONESIAN) -> dict[str, list[tuple[str, ...]]]:
    """Return every word that the browser's page may say, the host filled in and the other blanks left."""

    def said(text: str) -> str:
        return spoken.text(text).replace("{host}", host)

    return {
        "bands": [(word, said(b.sentence), b.kind, b.icon) for word, b in words.BANDS.items()],
        "reasons": [
            (word, reason, said(text)) for word, reasons in words.REASONS.items() for reason, text in reasons.items()
        ],
        "steps": [
            *((step, mark, mark, said(text)) for (step, mark), text in words.steps(guarded=guarded).items()),
            *((Step.STATUS, str(int(status)), Mark.NO, said(text)) for status, text in words.LISTED.items()),
        ],
        "methods": [(str(method), said(text)) for method, text in METHODS.items()],
        "classes": [(name, said(text)) for name, text in words.CLASSES.items()],
        "changed": [
            *((str(int(status)), said(text)) for status, text in words.CHANGED.items()),
            ("untold", said(words.UNTOLD)),
        ],
    }


def why(verdict: Verdict, *, listed: Callable[[], bytes | None], spoken: Language = INDONESIAN) -> str:
    """Return when a certificate was revoked or suspended and in which class, or an empty text where it was not.

    listed  gives the public list of changes
    """
    status = STATUS.get(verdict.reason) if verdict.reason else None
    if status is None or verdict.credential is None:
        return ""
    change = changes.find(listed(), index=verdict.credential.claims.status_index, status=status)
    if change is None or change.reason_class not in words.CLASSES:
        return spoken.text(words.UNTOLD)
    told = {"on": spoken.day(change.on), "class": spoken.text(words.CLASSES[change.reason_class])}
    return words.fill(spoken.text(words.CHANGED[status]), told)


def _values(verdict: Verdict, claims: Claims | None, spoken: Language) -> dict[str, str]:
    if claims is None:
        return {}
    return {
        "until": spoken.day(moment(claims.expires_at)),
        "issued": spoken.day(moment(claims.issued_at)),
        "index": spoken.number(claims.ledger_index),
        "size": spoken.number(verdict.ledger_size or 0),
        "status_at": spoken.moment(moment(verdict.status_at or 0)),
        "witnessed_at": spoken.moment(moment(verdict.witnessed_at or 0)),
    }


def _facts(claims: Claims, spoken: Language) -> tuple[tuple[str, str], ...]:
    at, how = spoken.moment(moment(claims.issued_at)), spoken.text(METHODS[claims.method])
    values = (at, how, number.spoken(number.from_cti(claims.cti)))
    return tuple((spoken.text(term), value) for term, value in zip(words.TERMS, values, strict=True))


def _checks(
    verdict: Verdict, values: dict[str, str], spoken: Language, *, person: bool, guarded: bool
) -> tuple[tuple[str, str], ...]:
    """Return the lines of what was checked: of what is no certificate only that, for nothing else could be."""
    every = _steps(verdict, values, spoken, guarded=guarded)
    taken = every[:1] if (Step.ADDRESS, Mark.NO) in verdict.steps else every
    return (*taken, _matching(spoken)) if person else taken


def _steps(
    verdict: Verdict, values: dict[str, str], spoken: Language, *, guarded: bool
) -> tuple[tuple[str, str], ...]:
    """Return mark and text of each step, whether it could be taken or not."""
    texts = words.steps(guarded=guarded)
    status = STATUS.get(verdict.reason) if verdict.reason else None
    if status is not None:
        texts = {**texts, (Step.STATUS, Mark.NO): words.LISTED[status]}
    return tuple((mark.value, words.fill(spoken.text(texts[step, mark]), values)) for step, mark in verdict.steps)


def _matching(spoken: Language) -> tuple[str, str]:
    return Mark.UNCHECKED.value, spoken.text(words.PERSON)


def moment(seconds: int) -> datetime:
    """Return a time of a credential; one past the calendar's end is shown as its last year."""
    return datetime.fromtimestamp(min(seconds, 253_402_200_000), UTC)
