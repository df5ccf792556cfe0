"""A finding as programs are told of it: the same words as on the page, and the marks behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from pakta.config import Config
from pakta.core import number
from pakta.core.credential import Claims
from pakta.core.verdict import Mark, Verdict
from pakta.verification import presentation
from pakta.verification.document import Finding
from pakta.web.language import INDONESIAN, Language

PERSON = "person"  # the step that only people can take: to match the name with an identity card
METHODS = {1: "passkey", 2: "device", 3: "kiosk"}

Answer = dict[str, object]


def of(
    findings: Sequence[Finding],
    *,
    config: Config,
    demo: bool,
    listed: Callable[[], bytes],
    now: datetime,
    spoken: Language = INDONESIAN,
) -> Answer:
    """Return the answer to one question: what was found, one result a certificate.

    listed  gives the public list of changes, for the day and class of a revocation
    spoken  of the sentences; what is for programs alone is the same in each language
    """
    return {
        "host": config.host,
        "demonstration": demo,
        "checked_at": clock_time(now),
        "results": [_result(each, config=config, listed=listed, spoken=spoken) for each in findings],
    }


def clock_time(at: datetime) -> str:
    """Return a time as RFC 3339 in UTC, to the second."""
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _result(finding: Finding, *, config: Config, listed: Callable[[], bytes], spoken: Language) -> Answer:
    verdict = finding.verdict
    guarded = config.policy is not None
    shown = presentation.show(verdict, host=config.host, guarded=guarded, spoken=spoken, served=True)
    return {
        "verdict": verdict.word.value,
        "valid": verdict.good and all(mark != Mark.NO for mark, _ in finding.facts),
        "reason": verdict.reason.value if verdict.reason else None,
        "sentence": shown.sentence,
        "change": presentation.why(verdict, listed=listed, spoken=spoken) or None,
        "certificate": _certificate(verdict),
        "steps": list(_steps(verdict, shown.steps)),
        "facts": [{"mark": str(mark), "text": spoken.text(text)} for mark, text in finding.facts],
        "as_of": _as_of(verdict),
    }


def _steps(verdict: Verdict, steps: Sequence[tuple[str, str]]) -> Iterator[Answer]:
    """Yield every step, taken or not: programs look them up by name, and within v1 none goes away."""
    names = [*(step.value for step, _ in verdict.steps), PERSON]
    for name, (mark, text) in zip(names, steps, strict=False):  # no person is named where nothing is sure
        yield {"step": name, "mark": mark, "text": text}


def _certificate(verdict: Verdict) -> Answer | None:
    """Return what the certificate says, or None where its claims are not to be trusted."""
    claims = verdict.credential.claims if verdict.credential else None
    if claims is None or verdict.word not in presentation.SURE:
        return None
    return _claims(claims)


def _claims(claims: Claims) -> Answer:
    return {
        "number": number.spoken(number.from_cti(claims.cti)),
        "name": claims.name,
        "unit": claims.unit,
        "edition": claims.edition,
        "method": METHODS[claims.method],
        "issued_at": _seconds(claims.issued_at),
        "expires_at": _seconds(claims.expires_at),
        "ledger_index": claims.ledger_index,
    }


def _as_of(verdict: Verdict) -> Answer:
    """Return how old what was looked at is; None of what was not looked at."""
    return {
        "status_at": _seconds(verdict.status_at),
        "witnessed_at": _seconds(verdict.witnessed_at),
        "ledger_size": verdict.ledger_size,
    }


def _seconds(since_1970: int | None) -> str | None:
    return None if since_1970 is None else clock_time(presentation.moment(since_1970))
