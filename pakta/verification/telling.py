"""What a command says of an address or a file: the same lines, and the same facts as JSON, whoever runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pakta.core.errors import Refusal
from pakta.verification import presentation, words
from pakta.verification.document import Finding
from pakta.verification.presentation import Shown
from pakta.verification.publicfiles import Files
from pakta.web import wording

SIGNS = {"yes": "[ya]", "no": "[TIDAK]", "unchecked": "[belum]"}
VERSION = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command prints, the same for programs, and whether every verdict is one of the two SAH."""

    lines: tuple[str, ...]
    good: bool
    told: Mapping[str, Any]


def found(findings: Sequence[Finding], *, published: Files, where: str, host: str, guarded: bool) -> Outcome:
    """Return what is said of findings.

    where    in words, where the published files came from
    guarded  whether a policy of witnesses is in force, or may be: of another site's policy we know nothing
    """
    shown = [presentation.show(each.verdict, host=host, guarded=guarded) for each in findings]
    whys = [presentation.why(each.verdict, listed=published.changes) for each in findings]
    demo = published.demo()
    good = all(each.verdict.good for each in findings)
    told = list(zip(findings, shown, whys, strict=True))
    lines = [line for each, said, why in told for line in _lines(each, said, why)]
    members = {"findings": [_members(*each) for each in told], "demo": demo, "data": where}
    marks = (words.DEMO,) if demo else ()
    return Outcome((*lines, *marks, f"Data: {where}"), good, _whole(good, **members))


def as_json(outcome: Outcome, target: str) -> str:
    """Return an outcome as one line of JSON."""
    return json.dumps({"target": target, **outcome.told}, ensure_ascii=False)


def refused(refusal: Refusal) -> Outcome:
    """Return what is said where nothing could be judged."""
    said, reason = wording.sentence(refusal), refusal.reason.value
    return _nothing(f"{said} Kode: {reason}", sentence=said, reason=reason)


def unreadable(error: OSError) -> Outcome:
    """Return what is said of a file that cannot be read."""
    return nothing(f"Berkas tidak dapat dibaca: {error.strerror}")


def nothing(sentence: str) -> Outcome:
    """Return what is said where the question itself is at fault."""
    return _nothing(sentence, sentence=sentence, reason="")


def _nothing(line: str, *, sentence: str, reason: str) -> Outcome:
    error = {"reason": reason, "sentence": sentence}
    return Outcome((line,), False, _whole(False, findings=[], demo=False, data="", error=error))


def _whole(good: bool, **members: Any) -> Mapping[str, Any]:
    return {"v": VERSION, "good": good, "error": None, **members}


def _lines(finding: Finding, shown: Shown, why: str) -> Iterator[str]:
    yield shown.word
    yield shown.sentence + (f" Kode: {shown.reason}" if shown.reason else "")
    if why:
        yield why
    if shown.name:
        yield f"{shown.name}, {shown.unit}"
        yield f"Pakta {shown.edition}. " + ". ".join(f"{term}: {value}" for term, value in shown.facts)
    for mark, text in (*finding.facts, *shown.checks):
        yield f"  {SIGNS[mark]} {text}"


def _members(finding: Finding, shown: Shown, why: str) -> Mapping[str, Any]:
    """Return a finding for programs: `checks` holds what was checked and what not, in the order of the lines."""
    return {
        "verdict": shown.word,
        "reason": shown.reason,
        "sentence": shown.sentence,
        "why": why,
        "name": shown.name,
        "unit": shown.unit,
        "edition": shown.edition,
        "facts": dict(shown.facts),
        "checks": [{"mark": str(mark), "text": text} for mark, text in (*finding.facts, *shown.checks)],
    }
