"""The words of a verdict: said by the server's pages, and laid into the shell for the browser's page.

A text may hold blanks in braces; both sides fill them with the same values.
"""

from __future__ import annotations

from dataclasses import dataclass

from pakta.certificates.rules import Status
from pakta.core.errors import Reason
from pakta.core.verdict import Mark, Step, Word


@dataclass(frozen=True, slots=True)
class Band:
    """How a verdict looks: the class of its colour, its sign, and its sentence unless the reason has its own."""

    kind: str
    icon: str
    sentence: str


BANDS: dict[Word, Band] = {
    Word.SAH: Band(
        "sah", "tick", "Pakta ini ditandatangani dengan kunci yang terdaftar atas nama di bawah, dan berlaku."
    ),
    Word.OLD_KEY: Band(
        "sah",
        "tick",
        "Pakta ini berlaku. Kunci penerbitnya kemudian bocor, tetapi pakta ini tercatat lebih dulu.",
    ),
    Word.REVOKED: Band(
        "cabut",
        "cross",
        "Sertifikat ini pernah diterbitkan, tetapi sudah dicabut. Jangan diterima."
        " Mungkin pemiliknya punya yang lebih baru: mintalah yang itu.",
    ),
    Word.SUSPENDED: Band(
        "tangguh",
        "pause",
        "Sertifikat ini sedang ditangguhkan. Jangan diterima sampai pemeriksaannya selesai.",
    ),
    Word.UNKNOWN: Band("cabut", "cross", "Sertifikat ini sudah diubah, atau bukan dari {host}. Jangan diterima."),
    Word.EXPIRED: Band(
        "abu",
        "clock",
        "Tanda tangan cocok, tetapi masa berlaku sertifikat ini sudah lewat menurut jam perangkat ini."
        " Jangan diterima; mintalah yang lebih baru.",
    ),
    Word.UNCHECKED: Band(
        "abu",
        "question",
        "Data pemeriksaan dari {host} tidak dapat dipakai. Ini kesalahan kami, bukan bukti bahwa sertifikat palsu.",
    ),
}

CUT = (
    "Alamat atau QR ini rusak, terpotong, atau sudah diubah. Pindai sekali lagi, atau salin alamatnya seluruhnya;"
    " jika tetap begini, jangan diterima."
)
UNKNOWN: dict[Reason, str] = {
    Reason.OTHER_HOST: "Alamat atau QR ini menuju situs lain, bukan {host}. Kami tidak membukanya. Jangan diterima.",
    Reason.ADDRESS_MALFORMED: "Ini bukan alamat sertifikat dari {host}. Jangan diterima.",
    Reason.DIGITS_MALFORMED: CUT,
    Reason.CBOR_MALFORMED: CUT,
    Reason.COSE_MALFORMED: CUT,
    Reason.CLAIMS_MALFORMED: CUT,
    Reason.ISSUER_UNKNOWN: "Sertifikat ini tidak diterbitkan oleh {host}. Jangan diterima.",
    Reason.NOT_IN_LEDGER: "Tanda tangannya cocok, tetapi sertifikat ini tidak ada di buku catatan. Jangan diterima.",
}
# Of what is TIDAK DIKENAL: what a messenger cut short looks the same, so nobody is asked to report a forgery.
UNREADABLE = {reason for reason, said in UNKNOWN.items() if said is CUT} | {Reason.ADDRESS_MALFORMED}
CONNECT = "; bila perangkat ini tanpa jaringan, sambungkan dahulu"
LOOK_AGAIN = f" Ini belum berarti palsu: periksa lagi beberapa saat lagi{CONNECT}."
UNCHECKED: dict[Reason, str] = {
    Reason.NOT_YET_VALID: "Sertifikat ini belum berlaku menurut jam perangkat ini."
    " Betulkan jam dan tanggalnya, lalu periksa lagi.",
    Reason.KEYSET_MISSING: "Daftar kunci penerbit tidak terjangkau, jadi belum ada yang dapat diperiksa."
    + LOOK_AGAIN,
    Reason.KEYSET_UNVOUCHED: "Kunci sertifikat ini hanya ada di daftar kunci baru {host}, yang tidak disahkan"
    " oleh kunci yang dikenal di sini. Jangan diterima dahulu: tanyakan kepada BKPSDM, atau periksa dengan"
    " perangkat lain.",
    Reason.LEDGER_MISSING: "Tanda tangan cocok; buku catatan belum diperiksa." + LOOK_AGAIN,
    Reason.LEDGER_BEHIND: "Tanda tangan cocok; buku catatan yang terbaca belum sampai ke urutan sertifikat ini."
    " Sertifikat yang baru terbit menunggu sampai buku catatannya terbit atau disaksikan." + LOOK_AGAIN,
    Reason.WITNESSES_TOO_FEW: "Tanda tangan cocok dan tercatat; menunggu saksi luar meneguhkan buku catatan."
    " Ini belum berarti palsu: periksa lagi beberapa menit lagi.",
    Reason.STATUS_MISSING: "Tanda tangan cocok dan tercatat; daftar status belum diperiksa,"
    " jadi sertifikat ini mungkin sudah dicabut." + LOOK_AGAIN,
    Reason.STATUS_STALE: "Tanda tangan cocok dan tercatat; daftar status yang terbaca sudah lewat waktunya menurut"
    " jam perangkat ini, jadi sertifikat ini mungkin sudah dicabut."
    + LOOK_AGAIN
    + " Bila tetap begini, betulkan jam dan tanggalnya; bila sudah betul, ini kesalahan kami.",
}
FILES: dict[Reason, str] = {
    Reason.PDF_CHANGED: "PDF ini diubah atau terpotong setelah disegel. Jangan diterima."
    " Minta lembar asli kepada pemiliknya.",
    Reason.PDF_OTHER_SEAL: "Segel PDF ini bukan segel {host}. Jangan diterima. Minta lembar asli kepada pemiliknya.",
    Reason.PDF_SEAL_LOST: "Kunci segel PDF ini bocor atau hilang, jadi segelnya tidak lagi diakui {host}."
    " Jangan diterima. Minta pemiliknya mengunduh lembarnya sekali lagi: yang baru bersegel baru.",
    Reason.PDF_SEAL_UNCHECKED: "Segel PDF ini belum diperiksa: sertifikat akar segel {host} tidak ada di sini."
    " Ini belum berarti palsu: periksa lagi dengan akar itu, atau pindai QR-nya.",
    Reason.PDF_NOT_SEALED: "PDF ini tidak bersegel: hasil pindai, cetak ulang, atau bukan lembar pakta. Isinya tidak"
    " diperiksa. Ini belum berarti palsu: kirim foto atau tangkapan layar QR-nya.",
    Reason.PDF_NO_CREDENTIAL: "PDF ini bersegel {host}, tetapi bukan lembar pakta: tidak ada sertifikat di dalamnya.",
    Reason.PDF_PARTS_DIFFER: "Bagian-bagian PDF ini tidak saling cocok: bukan berkas yang utuh dari satu pakta."
    " Jangan diterima. Minta lembar asli kepada pemiliknya.",
    Reason.EVIDENCE_ALONE: "Tanda tangan dalam berkas bukti ini cocok. Bahwa paktanya diterima dan berlaku,"
    " belum terbukti tanpa sertifikatnya: periksa juga QR atau PDF-nya.",
    Reason.ENROLMENT_DIFFERS: "Kunci yang menandatangani berkas bukti ini tidak terdaftar di buku catatan {host}."
    " Jangan diterima.",
}  # of an uploaded PDF; the browser's page never meets one
SEALS: dict[Reason, str] = {
    Reason.PDF_CHANGED: "Segel tidak utuh: berkas berubah sesudah disegel",
    Reason.PDF_OTHER_SEAL: "Segelnya milik pihak lain",
    Reason.PDF_SEAL_LOST: "Kunci segelnya bocor atau hilang, jadi segelnya tidak lagi diakui",
    Reason.PDF_SEAL_UNCHECKED: "Segel belum diperiksa",
    Reason.PDF_NOT_SEALED: "Tidak ada segel",
    Reason.PDF_NO_CREDENTIAL: "Segel utuh, tetapi tidak ada sertifikat di dalamnya",
}  # the first fact of a PDF that is not taken for ours; the others of it are then unchecked
UNSEALED = (
    "Cakupan segel atas berkas belum diperiksa",
    "Sertifikat di dalam berkas belum diperiksa",
    "Bukti buku catatan di dalam berkas belum diperiksa",
    "Tanda tangan orangnya sendiri belum diperiksa",
)
CREDENTIAL: dict[Mark, str] = {
    Mark.YES: "Sertifikat di dalam berkas: tanda tangan penerbit cocok",
    Mark.NO: "Sertifikat di dalam berkas: tanda tangan penerbit tidak cocok",
    Mark.UNCHECKED: "Sertifikat di dalam berkas belum diperiksa",
}
ALONE: dict[str, str] = {
    "picture": "Hanya QR pada gambar ini yang diperiksa, bukan cetakan di sekitarnya:"
    " cocokkan dengan yang tertulis di sini",
    "text": "Hanya alamat di dalam berkas ini yang diperiksa, bukan tulisan di sekitarnya",
}  # what else a file shows, which nobody has looked at
SUSPENDED: dict[Reason, str] = {
    Reason.KEY_COMPROMISED: "Kunci penerbit bocor, dan sertifikat ini tercatat sesudahnya."
    " Jangan diterima sampai pemiliknya menandatangani lagi.",
}
SERVED: dict[Reason, str] = {
    Reason.EXPIRED: "Tanda tangan cocok, tetapi masa berlaku sertifikat ini sudah lewat. Jangan diterima;"
    " mintalah yang lebih baru.",
    Reason.NOT_YET_VALID: "Sertifikat ini belum berlaku menurut jam server {host}. Ini kesalahan kami, bukan bukti"
    " bahwa sertifikat palsu: periksa lagi beberapa menit lagi.",
    Reason.STATUS_STALE: "Tanda tangan cocok dan tercatat; daftar status {host} sudah lewat waktunya, jadi sertifikat"
    " ini mungkin sudah dicabut. Ini kesalahan kami, bukan bukti bahwa sertifikat palsu: periksa lagi nanti.",
    **{
        reason: UNCHECKED[reason].replace(CONNECT, "")
        for reason in (Reason.KEYSET_MISSING, Reason.LEDGER_MISSING, Reason.LEDGER_BEHIND, Reason.STATUS_MISSING)
    },
}  # where our server checked, by its own clock and data: nobody who reads it can set the one or lacks the other
REASONS = {Word.UNKNOWN: UNKNOWN, Word.UNCHECKED: UNCHECKED, Word.SUSPENDED: SUSPENDED}

UNTOUCHED: dict[Step, str] = {
    Step.ADDRESS: "QR belum dibaca",
    Step.KEYS: "Daftar kunci penerbit belum diperiksa",
    Step.SIGNATURE: "Tanda tangan penerbit belum diperiksa",
    Step.TIME: "Masa berlaku belum diperiksa",
    Step.LEDGER: "Buku catatan belum diperiksa",
    Step.STATUS: "Daftar status (dicabut atau ditangguhkan) belum diperiksa",
    Step.WITNESSES: "Belum ada saksi luar yang menjaga buku catatan",
}
STEPS: dict[tuple[Step, Mark], str] = {
    **{(step, Mark.UNCHECKED): text for step, text in UNTOUCHED.items()},
    (Step.ADDRESS, Mark.YES): "Sertifikat terbaca utuh",
    (Step.ADDRESS, Mark.NO): "Tidak terbaca sebagai sertifikat dari {host}: tidak ada lagi yang dapat diperiksa",
    (Step.KEYS, Mark.YES): "Daftar kunci {host} dikenal",
    (Step.SIGNATURE, Mark.YES): "Tanda tangan penerbit cocok",
    (Step.SIGNATURE, Mark.NO): "Tanda tangan penerbit tidak cocok",
    (Step.TIME, Mark.YES): "Berlaku sampai {until}",
    (Step.TIME, Mark.NO): "Di luar masa berlaku: {issued} sampai {until}",
    (Step.LEDGER, Mark.YES): "Tercatat di buku catatan, urutan {index} dari {size}",
    (Step.LEDGER, Mark.NO): "Tidak tercatat di buku catatan pada urutan {index}",
    (Step.WITNESSES, Mark.YES): "Saksi luar meneguhkan buku catatan, {witnessed_at}",
    (Step.WITNESSES, Mark.NO): "Menunggu saksi luar: belum cukup yang meneguhkan buku catatan ini",
    (Step.STATUS, Mark.YES): "Tidak dicabut dan tidak ditangguhkan, menurut daftar status {status_at}",
}
LISTED = {
    Status.REVOKED: "Dicabut, menurut daftar status {status_at}",
    Status.SUSPENDED: "Ditangguhkan, menurut daftar status {status_at}",
}  # of the step STATUS where its mark is no
GUARDED = {(Step.WITNESSES, Mark.UNCHECKED): "Saksi luar belum diperiksa"}  # where a policy asks for them
DEMO = "Peragaan: data rekaan"  # as every page over invented people says
PERSON = "Orangnya: cocokkan nama dengan kartu identitas"

TERMS = ("Diterima", "Cara menandatangani", "Nomor sertifikat")
NAMELESS = "1 anggota"
CLASSES = {
    "data-salah": "data salah",
    "keluar": "tidak lagi bertugas",
    "kunci-hilang": "kunci hilang",
    "sengketa": "ada keberatan",
    "administratif": "administratif",
}
CHANGED = {
    Status.REVOKED: "Dicabut {on}. Jenis alasan: {class}.",
    Status.SUSPENDED: "Ditangguhkan sejak {on}. Jenis alasan: {class}.",
}
UNTOLD = "Tanggal dan jenis alasannya tidak tersedia di sini."  # not served, not kept, or erased with its owner


def steps(*, guarded: bool) -> dict[tuple[Step, Mark], str]:
    """Return what is said of each step; `guarded` says whether a policy of witnesses is in force."""
    return {**STEPS, **GUARDED} if guarded else STEPS


def sentence(word: Word, reason: Reason | None, *, served: bool = False) -> str:
    """Return the sentence under the word, its blanks unfilled: the reason's own where it has one.

    served  whether our server checked, and not the reader's own device
    """
    own = {**FILES, **REASONS.get(word, {}), **(SERVED if served else {})}.get(reason) if reason else None
    return own or BANDS[word].sentence


def fill(text: str, values: dict[str, str]) -> str:
    """Return `text` with its blanks filled; a blank without a value stays empty."""
    for name in ("host", "until", "issued", "index", "size", "status_at", "witnessed_at", "on", "class"):
        text = text.replace("{" + name + "}", values.get(name, ""))
    return text
