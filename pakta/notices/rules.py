"""What there is to tell."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What happened; templates/notices/_words.html has words for each, and a test compares.

    The facts of each:
    CERTIFICATE_…  certificate (number), class (why), key (id: whose "Bukan saya" is one tap away)
    KEY_…          index (of the enrolment in the ledger), key (id)
    RECOVERY_…     none      REPORT_ANSWERED, DATA_CORRECTED  none
    CERTIFICATE_REPLACED  certificate (the old one's number), by (the new one's)
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
