"""`pakta-verify`: the same verdict where there is no server of ours, by the site or by a folder of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from pakta.core import keyset
from pakta.core.errors import Reason, Refusal
from pakta.core.keyset import KeySet
from pakta.core.policy import Policy
from pakta.verification import judging, publicfiles, savedfiles, sealroots, telling
from pakta.verification.judging import Terms
from pakta.verification.publicfiles import Files
from pakta.verification.savedfiles import Saved
from pakta.verification.telling import Outcome
from pakta.web.language import INDONESIAN, Language, Sentence, sentence

AHEAD = timedelta(minutes=10)  # that the clock which saved may be before ours
OTHER_SITE = (
    "Folder {folder} berisi berkas {origin}, bukan {site}. Periksa --situs, atau simpan situs itu ke folder lain."
)
NO_SITE = (
    "Folder {folder} berisi berkas {origin}, dan situs yang Anda maksud belum disebut. Sebut situsnya dengan --situs."
)
OF_THE_FUTURE = (
    "Folder {folder} mengaku disimpan {day}, sesudah sekarang. Periksa jam di mesin ini,"
    " atau simpan lagi dengan --simpan."
)
OTHER_KEYS = (
    "Daftar kunci situs ini ber-SHA-256 {found}, bukan yang Anda sebut dengan --kunci. Periksa yang Anda ketik;"
    " bila sudah benar, jangan percayai situs ini."
)
NEITHER = "{source} bukan alamat situs, misalnya https://pakta.kota.go.id, dan bukan folder dari --simpan."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an auditor brings along.

    roots        whose seals count, and which were lost; None: those that the site names
    policy       the witnesses that must have cosigned; None: nobody
    authorities  the roots under which a timestamp counts
    keys         a key set seen before, from which the site's must follow, or the SHA-256 that it must have;
                 None: the one at hand is believed
    """

    roots: tuple[sealroots.Roots, sealroots.Roots] | None = None
    policy: Policy | None = None
    authorities: Sequence[x509.Certificate] = ()
    keys: KeySet | str | None = None


def verify(
    target: str,
    *,
    source: str,
    site: str | None = None,
    wishes: Wishes,
    now: datetime,
    spoken: Language = INDONESIAN,
) -> Outcome:
    """Check an address or a file.

    source  an origin, which is asked, or a folder of its files, and then nobody is asked
    site    the origin whose files a folder must hold: a folder does not choose for itself whose verdict it gives
    """
    try:
        content = judging.content_of(target)
        with _published(source, site, now) as (published, saved, where):
            _check_keys(published.key_set, host=judging.host_of(saved.origin), wanted=wishes.keys)
            terms = _terms(published, saved, wishes, sealed=content is not None)
            findings = judging.findings(target, content, published, terms=terms, now=now)
            host = judging.host_of(saved.origin)
            return telling.found(findings, published=published, where=where, host=host, guarded=True, spoken=spoken)
    except OSError as error:
        return telling.unreadable(error, spoken)
    except Refusal as refusal:
        return telling.refused(refusal, spoken)
    except _OtherKeys as error:
        return telling.refused(Refusal(Reason.KEYSET_UNVOUCHED), spoken, said=error.args[0])
    except _NoSource as error:
        return telling.nothing(error.args[0], spoken)


class _OtherKeys(Exception):
    """The key set at hand has another SHA-256 than the one that was named; the message says so."""


class _NoSource(Exception):
    """Neither an origin nor a folder of that site's files; the message says what to do."""


def _terms(published: Files, saved: Saved, wishes: Wishes, *, sealed: bool) -> Terms:
    roots, lost = wishes.roots or (sealroots.read(published.seal()) if sealed else ((), ()))
    return Terms(
        saved.origin, roots, lost, wishes.policy, wishes.authorities,
        newest_version=saved.newest_version, newest_status=saved.newest_status, carried=True,
    )  # fmt: skip


def _check_keys(text: bytes | None, *, host: str, wanted: KeySet | str | None) -> None:
    """Hold the key set at hand to the one that the auditor knows; refuses as `keyset.verify_continues` does."""
    if text is None or wanted is None:
        return
    if isinstance(wanted, str):
        if (found := hashlib.sha256(text).hexdigest()) != wanted:
            raise _OtherKeys(sentence(OTHER_KEYS, found=found))
        return
    if wanted.issuer != host:
        raise Refusal(Reason.KEYSET_OTHER)
    keyset.verify_continues(keyset.verify(text, host=host, not_before=wanted.version), known=wanted)


@contextmanager
def _published(source: str, site: str | None, now: datetime) -> Iterator[tuple[Files, Saved, str]]:
    """Give the published files, what is known of whose they are, and in words where they come from."""
    if source.lower().startswith(("http://", "https://")):
        origin = source.rstrip("/")
        if not judging.host_of(origin) or (site is not None and site.rstrip("/") != origin):
            raise _NoSource(_neither(source))
        with publicfiles.from_origin(origin) as found:
            yield found, Saved(origin, now, False, 0, 0), publicfiles.told(found, origin)
        return
    folder = Path(source)
    saved = _of_site(folder, site, now)
    where = sentence("folder {folder}, disimpan {at}", folder=source, at=saved.at)
    yield savedfiles.from_folder(folder, demo=saved.demo), saved, where


def _of_site(folder: Path, site: str | None, now: datetime) -> Saved:
    """Return what a folder says of itself, where that can be and is of the site that was named."""
    try:
        saved = savedfiles.read_site(folder)
    except (OSError, ValueError) as error:
        raise _NoSource(_neither(str(folder))) from error
    if site is None or site.rstrip("/") != saved.origin:
        told = OTHER_SITE if site else NO_SITE
        raise _NoSource(sentence(told, folder=str(folder), origin=saved.origin, site=site))
    if saved.at > now + AHEAD:
        raise _NoSource(sentence(OF_THE_FUTURE, folder=str(folder), day=f"{saved.at:%Y-%m-%d}"))
    return saved


def _neither(source: str) -> Sentence:
    return sentence(NEITHER, source=source)
