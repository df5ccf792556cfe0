"""What a command says of an address or a file: the same lines, and the same facts as JSON, whoever runs it.

In Indonesian where no other language is `spoken`; the names of the facts, reasons and marks are the same in each.
"""

from __future__ import annotations

import errno
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pakta.core import keyset, number
from pakta.core.errors import Refusal
from pakta.verification import presentation, words
from pakta.verification.document import Finding
from pakta.verification.presentation import Shown
from pakta.verification.publicfiles import Files
from pakta.web import wording
from pakta.web.language import INDONESIAN, Language, Sentence, sentence

SIGNS = {"yes": "[ya]", "no": "[TIDAK]", "unchecked": "[belum]"}
CODE, PACT = "Kode:", "Pakta"
VERSION = 1
UNSEEN = frozenset(
    {"Cc", "Cf", "Cs", "Zl", "Zp"}
)  # what steers a screen, or turns letters round, instead of being read
UNREADABLE = {
    errno.ENOENT: "tidak ada berkas dengan nama itu",
    errno.EACCES: "Anda tidak diizinkan membacanya",
    errno.EISDIR: "itu sebuah folder",
    errno.ENAMETOOLONG: "namanya terlalu panjang",
}
A_NUMBER = (
    "Ini nomor sertifikat, bukan berkas. Perintah ini memeriksa alamat dari QR atau berkas;"
    " nomor diketik di halaman Periksa sertifikat."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command prints, the same for programs, and whether every verdict is one of the two SAH."""

    lines: tuple[str, ...]
    good: bool
    told: Mapping[str, Any]


def found(
    findings: Sequence[Finding],
    *,
    published: Files,
    where: str,
    host: str,
    guarded: bool,
    spoken: Language = INDONESIAN,
) -> Outcome:
    """Return what is said of findings.

    where    in words, where the published files came from
    guarded  whether a policy of witnesses is in force, or may be: of another site's policy we know nothing
    """
    shown = [presentation.show(each.verdict, host=host, guarded=guarded, spoken=spoken) for each in findings]
    whys = [presentation.why(each.verdict, listed=published.changes, spoken=spoken) for each in findings]
    demo = published.demo()
    good = all(each.verdict.good for each in findings)
    told = list(zip(findings, shown, whys, strict=True))
    lines = [line for each, said, why in told for line in _lines(each, said, why, spoken)]
    members = {"findings": [_members(*each, spoken) for each in told], "demo": demo, "data": spoken.text(where)}
    members |= {"host": host, "key_set": _key_set(published.key_set)}
    marks = (spoken.text(words.DEMO),) if demo else ()
    data = sentence("Data: {where}. Situs: {host}, {keys}", where=where, host=host, keys=_whose(published.key_set))
    return _outcome((*lines, *marks, spoken.text(data)), good, **members)


def plain(text: str) -> str:
    """Return a text as it may be printed, whoever wrote it: "\ufffd" stands for what steers the screen."""
    return "".join("\ufffd" if unicodedata.category(each) in UNSEEN else each for each in text)


def as_json(outcome: Outcome, target: str) -> str:
    """Return an outcome as one line of JSON."""
    return json.dumps({"target": plain(target), **outcome.told}, ensure_ascii=False)


def refused(refusal: Refusal, spoken: Language = INDONESIAN, *, said: str = "") -> Outcome:
    """Return what is said where nothing could be judged; `said` in place of the reason's own sentence."""
    said, reason = spoken.text(said or wording.sentence(refusal)), refusal.reason.value
    return _nothing(f"{said} {spoken.text(CODE)} {reason}", said=said, reason=reason)


def unreadable(error: OSError, spoken: Language = INDONESIAN) -> Outcome:
    """Return what is said of a file that cannot be read."""
    if error.errno == errno.ENOENT and _is_number(str(error.filename)):
        return nothing(A_NUMBER, spoken)
    known = UNREADABLE.get(error.errno or 0)
    why = sentence(known) if known else sentence("kesalahan {number}", number=str(error.errno))
    return nothing(
        sentence("Berkas tidak dapat dibaca: {why}. Periksa nama berkasnya, lalu coba lagi.", why=why), spoken
    )


def _is_number(text: str) -> bool:
    try:
        number.parse(text)
    except Refusal:
        return False
    return True


def not_taken(refusal: Refusal, origin: str, safe: Sentence) -> Sentence:
    """Return why what a site serves is not saved; `safe` says what became of the earlier copy."""
    why, reason = wording.sentence(refusal), refusal.reason.value
    text = "Yang disajikan {origin} tidak dipakai. {safe} {why} Kode: {reason}"
    return sentence(text, origin=plain(origin), safe=safe, why=why, reason=reason)


def nothing(said: str, spoken: Language = INDONESIAN) -> Outcome:
    """Return what is said where the question itself is at fault."""
    said = spoken.text(said)
    return _nothing(said, said=said, reason="")


def _nothing(line: str, *, said: str, reason: str) -> Outcome:
    error = {"reason": reason, "sentence": said}
    return _outcome((line,), False, findings=[], demo=False, data="", host="", key_set=None, error=error)


def _outcome(lines: Sequence[str], good: bool, **members: Any) -> Outcome:
    """Return an outcome of which no sign steers the screen that it is printed on."""
    return Outcome(tuple(map(plain, lines)), good, _plain({"v": VERSION, "good": good, "error": None, **members}))


def _plain(value: Any) -> Any:
    """Return JSON of which every text is `plain`."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return plain(value) if isinstance(value, str) else value


def _key_set(text: bytes | None) -> Mapping[str, Any] | None:
    """Return which key set was judged by, so that it can be compared with one from elsewhere."""
    if text is None:
        return None
    try:
        version = keyset.parse(text).version
    except Refusal:
        version = 0
    return {"version": version, "sha256": hashlib.sha256(text).hexdigest()}


def _whose(text: bytes | None) -> str:
    """Say by which key set."""
    known = _key_set(text)
    if known is None:
        return sentence("tanpa daftar kunci")
    version, digest = str(known["version"]), known["sha256"]
    return sentence("daftar kunci versi {version}, SHA-256 {digest}", version=version, digest=digest)


def _lines(finding: Finding, shown: Shown, why: str, spoken: Language) -> Iterator[str]:
    yield shown.word
    yield shown.sentence + (f" {spoken.text(CODE)} {shown.reason}" if shown.reason else "")
    if why:
        yield why
    if shown.name:
        yield f"{shown.name}, {shown.unit}"
        yield f"{spoken.text(PACT)} {shown.edition}. " + ". ".join(f"{term}: {value}" for term, value in shown.facts)
    for mark, text in (*_facts(finding, spoken), *shown.checks):
        yield f"  {spoken.text(SIGNS[mark])} {text}"


def _facts(finding: Finding, spoken: Language) -> list[tuple[str, str]]:
    return [(mark, spoken.text(text)) for mark, text in finding.facts]


def _members(finding: Finding, shown: Shown, why: str, spoken: Language) -> Mapping[str, Any]:
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
        "checks": [{"mark": str(mark), "text": text} for mark, text in (*_facts(finding, spoken), *shown.checks)],
    }
