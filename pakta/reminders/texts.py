"""What reminders say, in Indonesian: never a code, an identity number, or any address but the front page's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pakta.reminders import rules

SUBJECT = "Pakta netralitas Anda belum ditandatangani"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text tells: the pact's title, the day on which it closes in words, our front page, who we are."""

    title: str
    closes: str
    front: str
    city: str


def email(name: str, facts: Facts) -> str:
    """Return the text of an e-mail to the person of this name."""
    return "\n\n".join(
        (
            f"Yth. {name},",
            f"{facts.title} diminta dari Anda dan menurut catatan kami belum Anda tandatangani. "
            f"Penandatanganan ditutup {facts.closes}.",
            f"Buka {facts.front} lalu pilih Masuk / Aktifkan. Untuk yang pertama kali Anda memerlukan slip aktivasi.",
            f"Surat ini dikirim otomatis, paling sering sekali dalam {rules.APART.days} hari dan paling banyak "
            f"{rules.MOST} kali untuk satu pakta, dan tidak lagi begitu Anda menandatangani. Kode slip dan kata "
            "sandi hanya Anda isikan di halaman itu; kami tidak pernah menanyakannya lewat surat, telepon, "
            "atau pesan.",
            f"Pakta {facts.city}\n",
        )
    )


def to_one(facts: Facts) -> str:
    """Return the text that a head sends to one person; without a name, since the number may be somebody else's."""
    return (
        f"Bapak/Ibu, {facts.title} menurut catatan belum Anda tandatangani. Penandatanganan ditutup {facts.closes}. "
        f"Buka {facts.front} lalu pilih Masuk / Aktifkan. Jangan kirimkan kode slip atau kata sandi kepada siapa pun."
    )


def to_all(unit: str, counts: Sequence[str], facts: Facts) -> str:
    """Return the text for the group of a unit, without names.

    counts  how many have not signed, and of how many; empty where the institution's counts are not told
    """
    how_many = "{} dari {} orang di {} belum".format(*counts, unit) if counts else f"belum semua orang di {unit}"
    return (
        f"Bapak/Ibu, {how_many} menandatangani pakta netralitas. Penandatanganan ditutup {facts.closes}. "
        f"Buka {facts.front} lalu pilih Masuk / Aktifkan. Jangan kirimkan kode slip atau kata sandi kepada siapa pun,"
        " juga tidak ke grup ini. Terima kasih kepada yang sudah menandatangani."
    )
