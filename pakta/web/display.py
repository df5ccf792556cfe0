"""How values are shown to people, in Indonesian: times in WIB, numbers, shares, words for kinds.

Pure functions; `web.page` makes them Jinja filters of their own names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime

from pakta.roles import Role
from pakta.web import clock

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
KINDS = {
    "pns": "PNS",
    "pppk": "PPPK",
    "non-asn": "Non-ASN",
    "tni": "TNI",
    "polri": "Polri",
    "kepala": "Kepala perangkat daerah",
}
UNIT_KINDS = {
    "institution": "Instansi",
    "opd": "Perangkat daerah",
    "bagian": "Bagian",
    "kecamatan": "Kecamatan",
    "kelurahan": "Kelurahan",
    "upt": "Unit pelaksana teknis",
}
NUMBER_LABELS = {
    "pns": "NIP",
    "pppk": "NI PPPK",
    "non-asn": "Nomor pegawai",
    "tni": "NRP",
    "polri": "NRP",
}
RANK_LABELS = {
    "pns": "Pangkat, golongan ruang",
    "pppk": "Golongan",
    "non-asn": "Golongan",
    "tni": "Pangkat",
    "polri": "Pangkat",
}
UNIT_LABELS = {"tni": "Kesatuan", "polri": "Kesatuan"}
STATUSES = {
    "aktif": "Aktif",
    "cuti": "Cuti",
    "tugas belajar": "Tugas belajar",
    "pensiun": "Pensiun",
    "meninggal": "Meninggal",
    "mutasi": "Mutasi",
}
METHODS = {
    "passkey": "Kunci layar (passkey)",
    "device": "Kunci perangkat",
    "kiosk": "Kunci perangkat di kios",
}
METHOD_NUMBERS = {1: "passkey", 2: "device", 3: "kiosk"}  # as in the certificate
WAYS = {"slip": "Slip aktivasi", "further": "Ditambahkan dengan kunci lain", "recovery": "Pemulihan"}
REASON_CLASSES = {  # why a certificate has its status
    "data-salah": "data salah",
    "keluar": "tidak lagi bertugas",
    "kunci-hilang": "kunci hilang",
    "sengketa": "ada keberatan",
    "administratif": "administratif",
}
ROLES = {
    Role.SIGNER: "Penanda tangan",
    Role.HEAD: "Kepala",
    Role.DELEGATE: "Yang mewakili kepala (Sekretaris, Plt.)",
    Role.ADMINISTRATOR: "Administrator",
    Role.SUPERVISOR: "Pengawas",
}
HIDDEN = "•"
FULL_STOP = re.compile(r"\.(</\w+>)*\s*$")


def moment(value: datetime) -> str:
    """Return an aware time as "23 November 2026 pukul 08.15 WIB"."""
    local = in_wib(value)
    return f"{day(local.date())} pukul {local:%H.%M} WIB"


def sortable(value: datetime) -> str:
    """Return an aware time in WIB as "2026-11-23 08:15:00", which files sort and spreadsheets read."""
    return f"{in_wib(value):%Y-%m-%d %H:%M:%S}"


def in_wib(value: datetime) -> datetime:
    """Return an aware time by the clock in WIB; raises ValueError where it has no zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone was about to be shown")
    return value.astimezone(clock.WIB)


def day(value: date, months: Sequence[str] = MONTHS) -> str:
    """Return a day as "23 November 2026"; a moment is taken as its day in WIB."""
    if isinstance(value, datetime):
        value = clock.today(value)
    return f"{value.day} {months[value.month - 1]} {value.year}"


def iso_day(value: str) -> str:
    """Return a day that is kept as "2026-11-23" as `day` does."""
    return day(date.fromisoformat(value))


def number(value: int) -> str:
    """Return a whole number with points between thousands: "1.004"."""
    return f"{value:,}".replace(",", ".")


def bytes(value: int) -> str:
    """Return a size as "12 kB", "3,4 MB" or "1,2 GB"."""
    if value < 1_000_000:
        return f"{max(1, round(value / 1000))} kB"
    unit, large = ("GB", value / 1e9) if value >= 999_500_000 else ("MB", value / 1e6)
    return (f"{large:.1f}" if large < 10 else f"{large:.0f}").replace(".", ",") + f" {unit}"


def permille(part: int, total: int) -> int:
    """Return the share in thousandths, so rounded that 1000 means all and 0 means none."""
    if part <= 0 or total <= 0:
        return 0
    if part >= total:
        return 1000
    return min(999, max(1, (2000 * part + total) // (2 * total)))


def percent(part: int, total: int) -> str:
    """Return a share as "80,9 %"; "100 %" only where all, "0 %" only where none, a dash of nobody."""
    if total <= 0:
        return "–"
    share = permille(part, total)
    if share in (0, 1000):
        return f"{share // 10} %"
    return f"{share // 10},{share % 10} %"


def masked(identity: str) -> str:
    """Return an identity number of which only the serial can be read: "•••••••••••••••001"."""
    shown = 3 if len(identity) >= 8 else 2
    return HIDDEN * (len(identity) - shown) + identity[-shown:]


def grouped(identity: str) -> str:
    """Return a NIP in its usual groups, "19860926 201505 1 001"; other numbers unchanged."""
    if len(identity) != 18 or not identity.isdigit():
        return identity
    return f"{identity[:8]} {identity[8:14]} {identity[14]} {identity[15:]}"


def kind(value: str) -> str:
    """Return the word for a kind of person or audience."""
    return KINDS.get(value, value)


def audience(kinds: Sequence[str]) -> str:
    """Return several kinds as one phrase: "PNS, PPPK, dan non-ASN"."""
    words = [KINDS.get(value, value) for value in kinds]
    if len(words) < 3:
        return " dan ".join(words)
    return ", ".join(words[:-1]) + ", dan " + words[-1]


def unit_kind(value: str) -> str:
    """Return the word for a kind of unit."""
    return UNIT_KINDS.get(value, value)


def number_label(value: str) -> str:
    """Return what the identity number of a kind of person is called."""
    return NUMBER_LABELS.get(value, "Nomor")


def rank_label(value: str) -> str:
    """Return what the rank of a kind of person is called: PPPK have a golongan and no pangkat."""
    return RANK_LABELS.get(value, "Pangkat")


def unit_label(value: str) -> str:
    """Return what the unit of a kind of person is called."""
    return UNIT_LABELS.get(value, "Unit kerja")


def status(value: str) -> str:
    """Return the word for a person's status in the roster."""
    return STATUSES.get(value, value)


def method(value: str | int) -> str:
    """Return the words for how a key is kept, from its name or its number in the certificate."""
    name = METHOD_NUMBERS.get(value, "") if isinstance(value, int) else value
    return METHODS.get(name, name)


def way(value: str) -> str:
    """Return the words for how a key was enrolled."""
    return WAYS.get(value, value)


def reason_class(value: str) -> str:
    """Return the words for a class of reason."""
    return REASON_CLASSES[value]


def role(value: str) -> str:
    """Return the word for a role."""
    return ROLES[Role(value)]


def certificate_number(value: str) -> str:
    """Return a certificate number in its groups: "7K3M-XXXX-XXXX-XXXX-C"."""
    plain = value.replace("-", "")
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def ended(value: str) -> str:
    """Return what ends a sentence with its full stop: one that it has, as after a degree ("S.T."), suffices."""
    return value if FULL_STOP.search(value) else value + "."


FILTERS: tuple[Callable[..., str], ...] = (
    moment,
    day,
    iso_day,
    number,
    bytes,
    percent,
    masked,
    grouped,
    kind,
    audience,
    unit_kind,
    number_label,
    rank_label,
    unit_label,
    status,
    method,
    way,
    reason_class,
    role,
    certificate_number,
    ended,
)
