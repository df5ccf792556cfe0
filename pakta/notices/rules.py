"""What there is to tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happened; templates/notices/_words.html has words for each, and a test compares.

    The facts of each:
    CERTIFICATE_…  certificate (number), class (why), key (id: whose "Bukan saya" is one tap away)
    KEY_…          index (of the enrolment in the ledger), key (id)
    RECOVERY_…     none      REPORT_ANSWERED, DATA_CORRECTED, OBJECTION_ANSWERED  none
    DEPARTURE_ANSWERED  what ("diubah", "ditolak" or "dikembalikan": what was changed is given back)
    CERTIFICATE_REPLACED  certificate (the old one's number), by (the new one's)
    ROLE_…         role, unit (its name), title (how a delegate is called), until (its last day, ISO), if any, by
                   ("server"), where a command did it
    APPOINTMENT_REFUSED  role, unit (its name), appointment (id)
    PLACE_CHANGED  none
    UNIT_MOVED     unit (its name), more (how many others), what ("pindah" or "buka", where it is the same of all),
                   reach ("kini" or "lepas", where the person's own role reaches them now, or no more)
    UNIT_CHANGED   what ("gabung", "pecah" or "nama"), unit (its name of before); then people, signed (how many moved,
                   and how many of them had signed) and, of a merger, into (a name), units (how many came along),
                   opened (how many of them are valid again) and reach; came and into (and more, how many others)
                   where they are those who came to units of the person's, who does not lead the old one; or name
                   (the new one), more (how many others)
    """

    CERTIFICATE_SUSPENDED = "sertifikat-ditangguhkan"
    CERTIFICATE_REVOKED = "sertifikat-dicabut"
    CERTIFICATE_REINSTATED = "sertifikat-dipulihkan"
    KEY_SUSPENDED = "kunci-ditangguhkan"
    KEY_REVOKED = "kunci-dicabut"
    KEY_REINSTATED = "kunci-dipulihkan"
    RECOVERY_ASKED = "pemulihan-diminta"
    RECOVERY_APPROVED = "pemulihan-disetujui"
    REPORT_ANSWERED = "laporan-dijawab"
    DATA_CORRECTED = "data-diperbaiki"
    CERTIFICATE_REPLACED = "sertifikat-diganti"
    ROLE_GIVEN = "peran-diberikan"
    ROLE_ENDED = "peran-diakhiri"
    ROLE_PROLONGED = "peran-diperpanjang"
    ROLE_LAPSED = "peran-habis"
    APPOINTMENT_REFUSED = "permintaan-peran-ditolak"
    PLACE_CHANGED = "tempat-diubah"
    OBJECTION_ANSWERED = "keberatan-dijawab"
    DEPARTURE_ANSWERED = "kepergian-dijawab"
    UNIT_MOVED = "unit-dipindahkan"
    UNIT_CHANGED = "unit-diubah"


GONE = frozenset({Kind.CERTIFICATE_REVOKED, Kind.CERTIFICATE_REPLACED})


@dataclass(frozen=True, slots=True)
class Since:
    """What newer notices say of the thing that a notice is about.

    changed   it has changed once more      revoked  its certificate is revoked by now, be it by this very change
    replaced  another certificate took its place
    """

    changed: bool
    revoked: bool
    replaced: bool


def since(notices: Iterable[tuple[str, str | int | None]]) -> list[Since]:
    """Return for each notice, newest first, what came after it.

    notices  each one's kind, and the number of the certificate or the id of the key that it is about, or None
    """
    told: dict[str | int, set[str]] = {}
    found = []
    for kind, about in notices:
        later = told.setdefault(about, set()) if about is not None else set()
        changed, replaced = later - {Kind.CERTIFICATE_REPLACED}, Kind.CERTIFICATE_REPLACED in later
        found.append(Since(bool(changed), bool((later | {kind}) & GONE), replaced))
        later.add(kind)
    return found
