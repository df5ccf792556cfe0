"""`python -m pakta verify`: the same verdict, on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from pakta.config import Config
from pakta.core import keyset
from pakta.core.errors import Refusal
from pakta.core.policy import Policy
from pakta.core.verdict import Verdict
from pakta.keyring import folder
from pakta.verification import document, files, presentation, service, words
from pakta.verification.document import Finding, Place
from pakta.verification.files import Files
from pakta.web import wording

OWN = "basis data di mesin ini"
SIGNS = {"yes": "[ya]", "no": "[TIDAK]", "unchecked": "[belum]"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the command prints, and whether every verdict is one of the two SAH."""

    lines: tuple[str, ...]
    good: bool


def verify(target: str, *, source: str | None, config: Config, now: datetime) -> Outcome:
    """Check an address or a file.

    source  the origin to fetch from, or None: our own database where it holds the host's ledger,
            else the configured origin; no other host is ever asked
    """
    origin = (source or config.origin).rstrip("/")
    host = _host(origin)
    if not host:
        return Outcome((f"{origin} bukan alamat situs, misalnya https://pakta.kota.go.id.",), good=False)
    try:
        content = None if target.startswith(("http://", "https://")) else _content(Path(target))
        with _published(origin, local=None if source else config.database_url, policy=config.policy) as (
            published,
            where,
        ):
            findings = _findings(target, content, published, origin=origin, config=config, now=now)
            marks = (words.DEMO,) if published.demo() else ()
            whys = [presentation.why(each.verdict, listed=published.changes) for each in findings]
    except OSError as error:
        return Outcome((f"Berkas tidak dapat dibaca: {error.strerror}",), good=False)
    except Refusal as refusal:
        return Outcome((f"{wording.sentence(refusal)} Kode: {refusal.reason.value}",), good=False)
    guarded = config.policy is not None or where != OWN  # of another site's policy we know nothing
    told = zip(findings, whys, strict=True)
    lines = [line for each, why in told for line in _lines(each, why=why, host=host, guarded=guarded)]
    return Outcome((*lines, *marks, f"Data: {where}"), good=all(each.verdict.good for each in findings))


def _host(origin: str) -> str:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in ("https", "http") else ""


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(document.LARGEST + 1)


def _findings(
    target: str, content: bytes | None, published: Files, *, origin: str, config: Config, now: datetime
) -> list[Finding]:
    def judge(address: str) -> Verdict:
        return service.judge(published, address=address, origin=origin, policy=config.policy, now=now)

    if content is None:
        return [Finding(judge(target))]
    relying_party = urlsplit(origin).hostname or ""
    place = Place(
        origin,
        relying_party,
        published.key_set,
        folder.told_roots(config.keys_dir),
        config.policy,
        lost=folder.told_lost(config.keys_dir),
        authorities=config.authorities,
    )
    return document.examine(content, place=place, judge=judge, now=now)


@contextmanager
def _published(origin: str, *, local: str | None, policy: Policy | None) -> Iterator[tuple[Files, str]]:
    """Give the published files and say where they come from."""
    with ExitStack() as stack:
        if local is not None:
            own = _own(stack, local, host=urlsplit(origin).netloc, policy=policy)
            if own is not None:
                yield own, OWN
                return
        found = stack.enter_context(files.from_origin(origin))
        read = found.key_set or found.status_token or found.checkpoint
        yield found, f"diambil dari {origin}" if read else f"tidak ada; {origin} tidak menjawab"


def _own(stack: ExitStack, url: str, *, host: str, policy: Policy | None) -> Files | None:
    """Return the files of the database at `url` if it is there and holds the ledger of `host`."""
    path = make_url(url).database or ""
    if url.startswith("sqlite") and not Path(path).is_file():
        return None
    engine = create_engine(url)
    stack.callback(engine.dispose)
    try:
        published = files.from_database(stack.enter_context(Session(engine)), policy=policy)
        known = keyset.parse(published.key_set) if published.key_set else None
    except (SQLAlchemyError, Refusal):
        return None
    return published if known is not None and known.issuer == host else None


def _lines(finding: Finding, *, why: str, host: str, guarded: bool) -> Iterator[str]:
    shown = presentation.show(finding.verdict, host=host, guarded=guarded)
    yield shown.word
    yield shown.sentence + (f" Kode: {shown.reason}" if shown.reason else "")
    if why:
        yield why
    if shown.name:
        yield f"{shown.name}, {shown.unit}"
        yield f"Pakta {shown.edition}. " + ". ".join(f"{term}: {value}" for term, value in shown.facts)
    for mark, text in (*finding.facts, *shown.checks):
        yield f"  {SIGNS[mark]} {text}"
