"""What a form that was carried through signing in again would do, in the words of its page.

Pages behind a fresh sign-in are Indonesian alone, so these words are.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping

from flask import current_app

from pakta.web import display, kept, page, switch

DOES = {  # by the rule of the address that the form is sent to
    "/pemulihan": "Meminta slip pemulihan",
    "/pemulihan/<int:recovery_id>/setujui": "Menyetujui pemulihan",
    "/pemulihan/<int:recovery_id>/tolak": "Menolak pemulihan",
    "/peran/cari": "Mencari pemegang peran",
    "/peran/cari-unit": "Mencari unit",
    "/peran/periksa": "Memeriksa permintaan peran",
    "/peran": "Meminta peran diberikan",
    "/peran/pemegang/<int:grant_id>/akhiri": "Meminta peran diakhiri",
    "/peran/pemegang/<int:grant_id>/sampai": "Meminta hari terakhir peran diubah",
    "/peran/permintaan/<int:appointment_id>/setujui": "Menyetujui permintaan peran",
    "/peran/permintaan/<int:appointment_id>/tolak": "Menolak permintaan peran",
    "/cakupan/<code>/lembar": "Meminta semua lembar unit",
    "/slip": "Meminta slip dicetak",
    "/slip/cetak/<int:batch_id>": "Mencetak atau menolak slip yang diminta",
    "/slip/unit/<code>": "Mencatat slip yang diserahkan",
    "/bukan-pegawai/lapor/<int:person_id>": "Melaporkan orang yang bukan pegawai lagi",
    "/bukan-pegawai/<int:departure_id>": "Menjawab laporan bukan pegawai",
    "/keberatan/<int:dispute_id>": "Memutus keberatan “Bukan saya”",
    "/impor": "Mengunggah berkas pegawai",
    "/impor/<int:import_id>/kolom": "Memilih kolom impor",
    "/impor/<int:import_id>/periksa": "Memeriksa impor",
    "/impor/<int:import_id>/perbaikan": "Mengunggah perbaikan impor",
    "/impor/<int:import_id>/terapkan": "Menerapkan impor",
    "/impor/<int:import_id>/setujui": "Menyetujui impor",
    "/impor/<int:import_id>/tolak": "Menolak impor",
    "/impor/<int:import_id>/buang": "Membuang impor",
    "/impor/<int:import_id>/tandai": "Menandai orang yang tidak ada di daftar impor",
    "/impor/<int:import_id>/tandai/<int:mark_id>/setujui": "Menyetujui penandaan",
    "/impor/<int:import_id>/tandai/<int:mark_id>/tolak": "Menolak penandaan",
    "/impor/<int:import_id>/tandai/<int:mark_id>/batal": "Membatalkan penandaan",
    "/pencabutan/sertifikat/<number>/periksa": "Memeriksa permintaan atas sertifikat",
    "/pencabutan/sertifikat/<number>": "Meminta sertifikat dicabut atau dipulihkan",
    "/pencabutan/permintaan/<int:request_id>/setujui": "Menyetujui permintaan atas sertifikat",
    "/pencabutan/permintaan/<int:request_id>/tolak": "Menolak permintaan atas sertifikat",
    "/unit-kerja/<code>/nama": "Mengganti nama unit",
    "/unit-kerja/<code>/gabung": "Menggabungkan unit",
    "/unit-kerja/<code>/pecah": "Memecah unit",
    "/unit-kerja/<code>/berkas": "Mengubah unit dengan berkas",
}
FIELDS = {  # what somebody typed or chose
    "berkas": "Berkas",
    "nomor": "Nomor",
    "cari": "Yang dicari",
    "nama": "Nama baru",
    "singkat": "Nama singkat",
    "instansi": "Instansi",
    "unit": "Kode unit",
    "tujuan": "Kode unit tujuan",
    "peran": "Peran",
    "sebutan": "Sebutan",
    "sampai": "Hari terakhir",
    "minta": "Yang diminta",
    "golongan": "Jenis alasan",
    "sebab": "Sebab",
    "status": "Status",
    "hasil": "Putusan",
    "alasan": "Alasan",
    "alasan-sampai": "Alasan",
    "keterangan": "Keterangan",
    "jawaban": "Jawaban",
    "naskah": "Naskah",
    "siapa": "Untuk siapa",
    "bawah": "Unit di bawahnya",
    "kolom-number": "Kolom nomor",
    "kolom-kind": "Kolom jenis",
    "kolom-name": "Kolom nama",
    "kolom-rank": "Kolom pangkat",
    "kolom-position": "Kolom jabatan",
    "kolom-unit_code": "Kolom kode unit",
    "kolom-status": "Kolom status",
    "kolom-email": "Kolom surel",
    "kolom-phone": "Kolom telepon",
}
PRESSED = {  # buttons
    "periksa": "Periksa dahulu",
    "cetak": "Cetak",
    "lagi": "Cetak lagi",
    "serah": "Tandai diserahkan",
    "batal": "Batalkan tanda serah",
    "ubah": "Ubah datanya",
    "kembalikan": "Kembalikan seperti semula",
    "tolak": "Tolak atau tarik, tanpa perubahan",
}
SEVERAL = {"orang": "Orang yang ditandai", "slip": "Slip yang ditandai"}
HELD: Mapping[str, tuple[str, Callable[[str], int]]] = {  # of a file that was shown before: how many
    "pembagian": ("Orang yang dibagi", lambda text: len(text.split())),
    "baris": ("Unit yang diubah", lambda text: max(0, len(list(csv.reader(io.StringIO(text, newline="")))) - 1)),
}
UNTOLD = {"sidik", "cari-unit"}  # by which what was shown is known; words of a search beside the form
EVERYBODY = "semua"
SHOWN: Mapping[str, Mapping[str, str]] = {
    "peran": {role.value: text for role, text in display.ROLES.items()},
    "golongan": display.REASON_CLASSES,
    "hasil": {"benar": "Benar bukan dia", "keliru": "Ternyata miliknya"},
    "siapa": {
        "baru": "Yang belum aktif dan belum memegang slip",
        "ulang": "Semua yang belum aktif; slip lama mereka mati",
        "dipilih": "Yang dicentang",
        EVERYBODY: "Semua orang yang tidak ada di berkas",
    },
    "bawah": {"1": "ikut"},
    "unit": {"-": "sebagian pegawai saja"},
    "sampai": {"": "tanpa hari terakhir"},
}


def place(form: kept.Form) -> str:
    """Return the name of the part of the menu in which a form's page stands; empty where it is in none."""
    found = {address: text for text, address, _ in page.MENU if f"{form.path}/".startswith(f"{address}/")}
    return switch.say(found[max(found, key=len)]) if found else ""


def facts(form: kept.Form) -> list[tuple[str, str]]:
    """Return what a form would do where, and what somebody typed into it, as terms and values."""
    rule, values = current_app.url_map.bind("").match(form.path, method="POST", return_rule=True)
    about = ", ".join(str(value) for name, value in values.items() if name in ("code", "number"))
    given = [(name, value) for name, value in form.fields if name in FIELDS and (value or "" in SHOWN.get(name, {}))]
    typed = [(FIELDS[name], _shown(name, value)) for name, value in given]
    chosen = () if ("siapa", EVERYBODY) in form.fields else SEVERAL  # then ticks decide nothing
    counted = Counter(SEVERAL[name] for name, _ in form.fields if name in chosen)
    counted.update({HELD[name][0]: HELD[name][1](value) for name, value in form.fields if name in HELD})
    several = [(term, display.number(count)) for term, count in counted.items()]
    pressed = ", ".join(PRESSED[name] for name, _ in form.fields if name in PRESSED)
    what = [("Yang dilakukan", DOES.get(rule.rule, "")), ("Kode atau nomor", about), ("Tombol", pressed)]
    return [*what, *typed, *several]


def _shown(name: str, value: str) -> str:
    if name.startswith("kolom-") and value.isascii() and value.isdigit() and len(value) < 5:
        return f"yang ke-{int(value) + 1} di berkas"
    return SHOWN.get(name, {}).get(value, value)
