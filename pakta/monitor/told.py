"""What the monitor says: each word's sentence in plain Indonesian, and the report as lines or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from pakta.monitor.findings import Finding, Word
from pakta.monitor.service import Report

SENTENCES: Mapping[Word, str] = {
    # nothing concluded
    Word.NO_ANSWER: "Situs tidak menjawab sebagaimana mestinya di {where} ({what}).",
    Word.TOO_SLOW: "Situs terlalu lama menjawab di {where}.",
    Word.RUN_TOO_LONG: "Satu putaran melebihi {what} detik, dan berhenti di {where}. Naikkan --limit bila perlu.",
    Word.TOO_LARGE: "Jawaban di {where} lebih besar dari batas {what} bita.",
    Word.REDIRECTED: "Situs mengalihkan {where} ke tempat lain ({what}); pengalihan tidak diikuti.",
    Word.NO_HEAD: "Situs belum menyajikan kepala buku catatan ({where}).",
    Word.NOTE_MALFORMED: "Isi {where} bukan kepala buku catatan (C2SP signed-note).",
    Word.FILE_UNREADABLE: "Berkas {where} tidak dapat dibaca (baris dan kolom: {what}).",
    Word.STATE_UNREADABLE: "Berkas keadaan tidak dapat dipakai: {where} {what}.",
    Word.KEY_UNREADABLE: "Kunci buku catatan tidak dapat dipakai: {where} ({what}).",
    Word.LOG_TOO_LONG: "Kepala menyebut {where} catatan yang belum dibaca, lebih dari batas {what}: beri --most.",
    # what made the monitor itself fail
    Word.UNFORESEEN: "Pemantau gagal membaca jawaban situs ({where}); laporkan kepada pembuatnya: {what}.",
    # the head
    Word.HEAD_UNSIGNED: "Kepala buku catatan tidak ditandatangani oleh kunci yang dikenal ({what}).",
    Word.HEAD_MALFORMED: "Kepala yang ditandatangani tidak berbentuk kepala buku catatan.",
    Word.HEAD_OTHER_LOG: "Kepala yang disajikan milik buku catatan lain: {what}.",
    Word.WITNESSES_TOO_FEW: "Saksi pada kepala tidak memenuhi kebijakan ({what}).",
    Word.LOG_REWOUND: "Buku catatan dimundurkan: dahulu {what} catatan, sekarang {where}.",
    Word.LOG_EQUIVOCATES: "Ada dua kepala yang berbeda untuk {where} catatan; keduanya ditandatangani.",
    Word.LOG_FORKED: "Buku catatan bercabang: {where} catatan sekarang tidak berawal dari {what} catatan dahulu.",
    # the tree
    Word.BUNDLE_MISSING: "Catatan yang dijanjikan kepala tidak disajikan: {where}.",
    Word.BUNDLE_MALFORMED: "Berkas catatan rusak: {where} {what}.",
    Word.BUNDLE_CHANGED: "Catatan {what} diubah: isi {where} bukan yang ditandatangani.",
    Word.TILE_MISSING: "Ubin pohon yang dijanjikan kepala tidak disajikan: {where}.",
    Word.TILE_MALFORMED: "Ubin pohon rusak: {where} {what}.",
    Word.TILE_CHANGED: "Ubin pohon diubah: {where} {what}.",
    Word.ROOT_DIFFERS: "Akar yang ditandatangani bukan akar dari {where} catatan yang disajikan.",
    Word.ENTRY_MALFORMED: "Catatan {where} tidak berbentuk catatan Pakta.",
    # what is published
    Word.PAYLOAD_MISSING: "Isi umum catatan {where} (jenis {what}) tidak disajikan.",
    Word.PAYLOAD_CHANGED: "Isi umum catatan {where} (jenis {what}) bukan isi yang dicatat.",
    Word.TEXT_MALFORMED: "Naskah pada catatan {where} tidak dapat dibaca.",
    Word.TEXT_TWICE: "Naskah {what} diterbitkan lagi dengan isi lain pada catatan {where}.",
    Word.KEYSET_MALFORMED: "Daftar kunci pada catatan {where} tidak dapat dibaca.",
    Word.KEYSET_ROLLED_BACK: "Versi daftar kunci pada catatan {where} tidak naik ({what}).",
    Word.KEYSET_UNVOUCHED: "Daftar kunci pada catatan atau versi {where} tidak disahkan oleh yang sebelumnya.",
    Word.KEYSET_ROOT_DIFFERS: "Daftar kunci pada catatan {where} menyebut kepala yang tidak pernah ada ({what}).",
    Word.STATUS_MALFORMED: "Daftar status pada catatan {where} tidak dapat dibaca ({what}).",
    Word.STATUS_ROLLED_BACK: "Daftar status pada catatan {where} lebih tua daripada yang sebelumnya ({what}).",
    Word.STATUS_NOT_RECORDED: "Daftar status pada catatan {where} tidak sesuai catatan pencabutan atau penangguhan"
    " (nilai {what}).",
    Word.SCRIPTS_MALFORMED: "Rilis skrip pada catatan {where} tidak dapat dibaca.",
    Word.SUCCESSION_MALFORMED: "Nama baru buku catatan pada catatan {where} tidak dapat dibaca.",
    Word.SUCCESSION_FALSE: "Nama baru buku catatan pada catatan {where} tidak benar ({what}).",
    # what is served now
    Word.KEYSET_SERVED_DIFFERS: "Daftar kunci yang disajikan bukan yang terakhir dicatat ({what}).",
    Word.KEYSET_OTHER_LOG: "Daftar kunci menyuruh ponsel memercayai buku catatan lain: {what}.",
    Word.STATUS_SERVED_DIFFERS: "Daftar status yang disajikan bukan yang terakhir dicatat ({what}).",
    Word.STATUS_SERVED_OLD: "Daftar status yang disajikan lebih tua daripada yang dicatat ({what}).",
    Word.SCRIPT_MISSING: "Skrip {where} dari rilis terakhir tidak disajikan.",
    Word.SCRIPT_CHANGED: "Yang disajikan di {where} bukan yang dirilis.",
    Word.SCRIPT_UNKNOWN: "Halaman {where} menjalankan skrip di luar rilis: {what}.",
    Word.SCRIPTS_UNRELEASED: "Buku catatan tidak menyebut rilis skrip: isi {where} tidak dapat dicocokkan.",
    Word.HEADER_DIFFERS: "Halaman {where} dikirim dengan aturan lain bagi peramban: {what}.",
    Word.TOTALS_MALFORMED: "Jumlah yang diumumkan di {where} tidak dapat dibaca.",
    Word.TOTALS_DIFFER: "Jumlah catatan yang diumumkan tidak sama dengan buku catatan ({what}).",
    Word.TOTALS_OTHER_SIZE: "Jumlah yang diumumkan bukan jumlah saat ini: untuk {what} catatan.",
    Word.TOTALS_TOO_MANY: "Sertifikat yang diumumkan lebih banyak daripada yang mungkin menurut catatan ({what}).",
    # an institution's own people
    Word.RECORD_DIFFERS: "Ekspor menyebut pendaftaran pada catatan {where}, tetapi bukan itu yang dicatat.",
    Word.ENROLMENT_HIDDEN: "Catatan {where} adalah pendaftaran kunci yang tidak ada dalam ekspor.",
    Word.ENROLMENT_ERASED: "Pendaftaran pada catatan {where} dinyatakan hilang ({what}), dan Anda tidak mengenalnya.",
    Word.ENROLLED_TWICE: "Pendaftaran pertama yang kedua untuk satu orang: {where}.",
    Word.EXPORT_TOO_OLD: "Ekspor dibuat pada {where} catatan; {what} pendaftaran sesudahnya belum dicocokkan:"
    " minta ekspor baru.",
    Word.PERSON_NOT_IN_ROSTER: "Pendaftaran untuk orang di luar daftar pegawai: {where}.",
    Word.ENROLMENT_WITHOUT_RECEIPT: "Pendaftaran tanpa tanda terima slip: {where}.",
    Word.RECOVERY_WITHOUT_RECEIPT: "Pemulihan tanpa tanda terima slip sendiri: {where}.",
}
TRUST: Mapping[str, str] = {
    "given": "diberikan oleh Anda",
    "state": "sama dengan kunjungan sebelumnya",
    "policy": "dari berkas kebijakan",
    "site": "diambil dari situs pada kunjungan pertama ini dan dipercaya begitu saja: cocokkan dengan sumber lain",
}
KINDS: Mapping[int, str] = {
    1: "sertifikat terbit",
    2: "kunci didaftarkan",
    3: "kunci dicabut",
    4: "kunci dipulihkan",
    5: "naskah",
    6: "daftar status",
    7: "daftar kunci",
    8: "rilis skrip",
    9: "ditangguhkan",
    10: "dicabut",
    11: "diberlakukan lagi",
    12: "nama baru buku catatan",
}


def sentence(finding: Finding) -> str:
    """Return a finding's word and sentence, on one line whatever the site put into it."""
    text = SENTENCES[finding.word].replace("{what}", finding.what).replace("{where}", finding.where)
    return f"{finding.word}  {_plain(text)}"


def lines(report: Report) -> Iterator[str]:
    """Yield the report as lines; findings come first."""
    for finding in report.findings:
        yield sentence(finding)
    for finding in report.known:
        yield f"Diketahui: {sentence(finding)}"
    for path in report.evidence:
        yield f"Bukti disimpan: {path}"
    yield f"Situs: {report.origin}"
    yield f"Kunci buku catatan: {report.vkey} ({TRUST[report.trust]})"
    if report.head is not None:
        yield f"Kepala: {report.head.size} catatan, akar {report.head.root.hex()[:16]}; dibaca mulai {report.first}"
        yield f"Saksi: {'diperiksa menurut kebijakan' if report.witnessed else 'tidak diperiksa'}"
    if report.kinds:
        yield "Isi: " + ", ".join(f"{count} {KINDS.get(kind, kind)}" for kind, count in sorted(report.kinds.items()))
    yield from _people(report)
    yield "Semua cocok." if report.good else f"{len(report.findings)} temuan. Jangan dianggap beres."


def as_json(report: Report) -> str:
    """Return the report as one JSON object."""
    head = report.head
    return json.dumps(
        {
            "origin": report.origin,
            "good": report.good,
            "vkey": report.vkey,
            "trust": report.trust,
            "witnesses": report.witnessed,
            "head": None if head is None else {"size": head.size, "root": head.root.hex()},
            "first": report.first,
            "kinds": {str(kind): count for kind, count in sorted(report.kinds.items())},
            "findings": [_as_members(each) for each in report.findings],
            "known": [_as_members(each) for each in report.known],
            "people": _people_members(report),
            "evidence": [str(path) for path in report.evidence],
        },
        ensure_ascii=False,
    )


def _people_members(report: Report) -> dict[str, int] | None:
    people = report.people
    if people is None:
        return None
    return {"records": people.records, "size": people.size, "newer": people.newer, "ahead": people.ahead}


def unread_as_json(finding: Finding) -> str:
    """Return why nothing was concluded, as one JSON object."""
    return json.dumps({"good": None, "unread": _as_members(finding)}, ensure_ascii=False)


def _as_members(finding: Finding) -> dict[str, str]:
    told = sentence(finding).partition("  ")[2]
    return {"word": finding.word, "where": finding.where, "what": finding.what, "sentence": told}


def _people(report: Report) -> Iterator[str]:
    people = report.people
    if people is None:
        return
    yield f"Ekspor: {people.records} pendaftaran dicocokkan, dibuat pada {people.size} catatan"
    if people.ahead:
        yield f"  {people.ahead} pendaftaran belum berada di bawah kepala dan belum dicocokkan: ulangi nanti"


def _plain(text: str) -> str:
    """Return the text without signs that could steer a terminal or begin a new line."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
