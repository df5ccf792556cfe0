"""`pakta-verify`: the same verdict for whoever has none of our server, by the site or by a folder of its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from pakta.core.errors import Refusal
from pakta.core.policy import Policy
from pakta.verification import judging, publicfiles, savedfiles, sealroots, telling
from pakta.verification.judging import Terms
from pakta.verification.publicfiles import Files
from pakta.verification.telling import Outcome
from pakta.web import display


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an auditor brings along.

    roots        whose seals count, and which were lost; None: those that the site names
    policy       the witnesses that must have cosigned; None: nobody
    authorities  the roots under which a timestamp counts
    """

    roots: tuple[sealroots.Roots, sealroots.Roots] | None = None
    policy: Policy | None = None
    authorities: Sequence[x509.Certificate] = ()


def verify(target: str, *, source: str, wishes: Wishes, now: datetime) -> Outcome:
    """Check an address or a file.

    source  an origin, which is asked, or a folder of its files, and then nobody is asked
    """
    try:
        content = judging.content_of(target)
        with _published(source) as (origin, published, where):
            roots, lost = _roots(published, wishes, sealed=content is not None)
            terms = Terms(origin, roots, lost, wishes.policy, wishes.authorities, carried=True)
            findings = judging.findings(target, content, published, terms=terms, now=now)
            host = judging.host_of(origin)
            return telling.found(findings, published=published, where=where, host=host, guarded=True)
    except OSError as error:
        return telling.unreadable(error)
    except Refusal as refusal:
        return telling.refused(refusal)
    except _NoSource:
        return telling.nothing(
            f"{source} bukan alamat situs, misalnya https://pakta.kota.go.id, dan bukan folder dari --simpan."
        )


class _NoSource(Exception):
    """Neither an origin nor a folder of saved files."""


def _roots(published: Files, wishes: Wishes, *, sealed: bool) -> tuple[sealroots.Roots, sealroots.Roots]:
    if wishes.roots is not None:
        return wishes.roots
    return sealroots.read(published.seal()) if sealed else ((), ())


@contextmanager
def _published(source: str) -> Iterator[tuple[str, Files, str]]:
    """Give the origin, its published files, and where they come from."""
    if source.startswith(("http://", "https://")):
        origin = source.rstrip("/")
        if not judging.host_of(origin):
            raise _NoSource
        with publicfiles.from_origin(origin) as found:
            yield origin, found, publicfiles.told(found, origin)
        return
    folder = Path(source)
    try:
        saved = savedfiles.read_site(folder)
    except (OSError, ValueError) as error:
        raise _NoSource from error
    where = f"folder {source}, disimpan {display.moment(saved.at)}"
    yield saved.origin, savedfiles.from_folder(folder, demo=saved.demo), where
