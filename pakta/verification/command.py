"""`python -m pakta verify`: the same verdict, on the command line, by our own database where it is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
from pakta.keyring import folder
from pakta.verification import files, judging, publicfiles, sealroots, telling
from pakta.verification.judging import Terms
from pakta.verification.publicfiles import Files
from pakta.verification.telling import Outcome as Outcome

OWN = "basis data di mesin ini"


def verify(target: str, *, source: str | None, config: Config, now: datetime) -> Outcome:
    """Check an address or a file.

    source  the origin to fetch from, or None: our own database where it holds the host's ledger,
            else the configured origin; no other host is ever asked
    """
    origin = (source or config.origin).rstrip("/")
    host = judging.host_of(origin)
    if not host:
        return telling.nothing(f"{origin} bukan alamat situs, misalnya https://pakta.kota.go.id.")
    try:
        content = judging.content_of(target)
        with _published(origin, local=None if source else config.database_url, policy=config.policy) as (
            published,
            where,
        ):
            terms = _terms(published, origin=origin, config=config, sealed=content is not None)
            findings = judging.findings(target, content, published, terms=terms, now=now)
            guarded = config.policy is not None or where != OWN
            return telling.found(findings, published=published, where=where, host=host, guarded=guarded)
    except OSError as error:
        return telling.unreadable(error)
    except Refusal as refusal:
        return telling.refused(refusal)


def _terms(published: Files, *, origin: str, config: Config, sealed: bool) -> Terms:
    """Return what we demand: our own seals of our own site, of another those that it names."""
    roots, lost = folder.told_roots(config.keys_dir), folder.told_lost(config.keys_dir)
    if sealed and origin != config.origin:
        roots, lost = sealroots.read(published.seal())
    return Terms(origin, roots, lost, config.policy, config.authorities)


@contextmanager
def _published(origin: str, *, local: str | None, policy: Policy | None) -> Iterator[tuple[Files, str]]:
    """Give the published files and say where they come from."""
    with ExitStack() as stack:
        if local is not None:
            own = _own(stack, local, host=urlsplit(origin).netloc, policy=policy)
            if own is not None:
                yield own, OWN
                return
        found = stack.enter_context(publicfiles.from_origin(origin))
        yield found, publicfiles.told(found, origin)


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
