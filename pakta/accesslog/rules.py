"""The words for what a line of the access log says was done."""

from __future__ import annotations

from collections.abc import Mapping

LOOKS: Mapping[str, str] = {
    "apel-terlambat": "melihat daftar terlambat sebuah apel",
    "apel-unduh": "mengunduh daftar terlambat sebuah apel",
    "cakupan-cetak": "melihat daftar cetak yang belum menandatangani",
    "cakupan-lihat": "melihat cakupan dengan nama",
    "cakupan-unduh": "mengunduh daftar pegawai",
    "catatan-akses-lihat": "membaca catatan akses",
    "catatan-akses-perintah": "membaca catatan akses dengan perintah di server",
    "impor-lihat": "melihat berkas impor",
    "impor-unduh-salah": "mengunduh baris impor yang salah",
    "ingatkan-lihat": "melihat daftar untuk diingatkan",
    "keberatan-lihat": "melihat keberatan “Bukan saya”",
    "keberatan-pakta-lihat": "melihat keberatan menandatangani",
    "kepergian-cari": "mencari pegawai yang sudah keluar",
    "kepergian-laporan": "melihat laporan bukan pegawai lagi",
    "kepergian-lihat": "melihat laporan-laporan bukan pegawai lagi",
    "kepergian-orang": "melihat seseorang untuk dilaporkan bukan pegawai lagi",
    "laporan-data-lihat": "melihat laporan data salah",
    "lembar-unduh": "mengunduh semua lembar sebuah unit",
    "pemulihan-gagal": "meminta pemulihan dengan nomor yang tidak diterima",
    "pemulihan-lihat": "melihat pemulihan",
    "pencabutan-cari": "mencari sertifikat untuk dicabut",
    "pencabutan-lihat": "melihat permintaan pencabutan",
    "pencabutan-permintaan": "melihat satu permintaan pencabutan",
    "pencabutan-sertifikat": "melihat sertifikat untuk dicabut",
    "pendaftaran-ekspor": "mengekspor catatan pendaftaran kunci",
    "peran-cari": "mencari pemegang peran",
    "peran-gagal": "memeriksa pengangkatan yang tidak diterima",
    "peran-lihat": "melihat pemegang peran",
    "peran-pemegang": "melihat satu pemegang peran",
    "peran-periksa": "memeriksa pengangkatan seseorang",
    "peran-permintaan": "melihat permintaan tentang peran",
    "perpindahan-lihat": "melihat riwayat perpindahan",
    "sertifikat-lihat": "melihat sertifikat",
    "slip-lihat": "melihat permintaan cetak slip",
    "slip-unit": "melihat slip sebuah unit",
    "unit-pembagian": "mengunduh daftar orang sebuah unit untuk pemecahan",
}
DEEDS: Mapping[str, str] = {
    "apel-akhiri": "mengakhiri apel",
    "apel-batal": "membatalkan apel",
    "apel-buka": "membuka apel",
    "apel-ubah": "mengubah apel",
    "impor-buang": "membuang berkas impor",
    "impor-periksa": "memulai pemeriksaan berkas impor",
    "impor-terapkan": "memulai penerapan berkas impor",
    "impor-minta": "meminta administrator kedua menerapkan berkas impor",
    "impor-tolak": "menolak berkas impor",
    "impor-tandai-minta": "meminta administrator kedua menandai orang sudah keluar",
    "impor-tandai-setujui": "menyetujui penandaan sudah keluar",
    "impor-tandai-batal": "membatalkan penandaan sudah keluar",
    "impor-unggah": "mengunggah berkas impor",
    "ingatkan-dibuka": "membuka WhatsApp untuk mengingatkan",
    "keberatan-pakta-jawab": "menjawab keberatan menandatangani",
    "keberatan-temuan": "menulis temuan tentang keberatan “Bukan saya”",
    "keberatan-tutup": "menutup keberatan “Bukan saya”",
    "laporan-data-jawab": "menjawab laporan data salah",
    "laporan-data-perbaiki": "memperbaiki data seseorang",
    "lembar-siapkan": "meminta semua lembar sebuah unit",
    "pengingat-mati": "mematikan pengingat surel",
    "pengingat-nyala": "menyalakan pengingat surel",
    "peran-beri": "memberi peran",
    "peran-cabut": "mengakhiri peran",
    "peran-habis": "mengakhiri peran yang hari terakhirnya lewat",
    "peran-jangkau": "memindahkan unit ke bawah jangkauan peran seseorang, atau membukanya kembali",
    "peran-lepas": "memindahkan unit keluar dari jangkauan peran seseorang",
    "peran-perpanjang": "mengubah hari terakhir peran",
    "perintah-status": "mengubah status sertifikat dengan perintah di server",
    "slip-perintah": "membuat slip dengan perintah di server",
    "slip-serah": "menandai slip diserahkan",
    "slip-serah-batal": "membatalkan tanda serah slip",
    "unit-berkas": "menerapkan berkas unit kerja",
    "unit-gabung": "menggabungkan unit",
    "unit-nama": "mengubah nama unit",
    "unit-pecah": "memecah unit",
}
ABOUT: Mapping[str, str] = {  # how all other deeds begin, the longer beginning first
    "impor-tandai": "menandai pegawai yang sudah keluar",
    "impor": "impor pegawai",
    "kepergian": "laporan bukan pegawai lagi",
    "pemulihan": "pemulihan akun",
    "pencabutan": "status sertifikat",
    "peran": "peran",
    "slip": "cetak slip",
}


def said(action: str) -> str:
    """Return what an action is called; of a deed of several steps its subject and the step."""
    if action in LOOKS or action in DEEDS:
        return LOOKS.get(action) or DEEDS[action]
    for begin, subject in ABOUT.items():
        if action.startswith(begin + "-") or action == begin:
            step = action.removeprefix(begin).replace("-", " ").strip()
            return f"{subject}: {step}" if step else subject
    return action.replace("-", " ")


def tells(action: str) -> bool:
    """Say whether a line's detail is of our own words, and not what somebody wrote about a person."""
    return action in LOOKS
