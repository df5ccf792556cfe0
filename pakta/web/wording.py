"""What people are told: one Indonesian sentence or two for each reason of the closed list in `core.errors`.

Each says what happened, whether something was signed or written, and what to do.
`{detail}` stands for the refusal's own detail (a time, a row, a code), where it has one.
A test compares this table with `Reason`, both ways.
"""

from __future__ import annotations

from pakta.core.errors import Reason, Refusal

WORDING: dict[Reason, str] = {
    # web
    Reason.SIGN_IN_FIRST: "Anda belum masuk. Tidak ada yang berubah. Masuk dulu, lalu ulangi.",
    Reason.SIGN_IN_AGAIN: "Demi keamanan, langkah ini meminta Anda masuk lagi karena sudah lebih dari 5 menit."
    " Tidak ada yang berubah. Masuk lagi, lalu lanjutkan.",
    Reason.TOO_MANY_TRIES: "Terlalu banyak percobaan. Tidak ada yang berubah. Tunggu beberapa menit, lalu coba lagi.",
    Reason.NOT_ALLOWED: "Anda tidak berwenang melakukan ini. Tidak ada yang berubah.",
    Reason.FORM_EXPIRED: "Formulir ini sudah kedaluwarsa. Tidak ada yang tersimpan dan tidak ada yang ditandatangani."
    " Muat ulang halaman, lalu isi lagi.",
    # editions
    Reason.EDITION_FILE: "Berkas naskah tidak dapat dibaca: {detail}. Tidak ada yang diterbitkan. Perbaiki berkas itu.",
    Reason.EDITION_FIELD: "Isi naskah tidak lengkap atau keliru: {detail}. Tidak ada yang diterbitkan.",
    Reason.EDITION_CODE: "Kode naskah harus 1 sampai 12 huruf besar, angka, atau tanda hubung: {detail}."
    " Tidak ada yang diterbitkan.",
    Reason.EDITION_AUDIENCE: "Jenis penanda tangan tidak dikenal atau disebut dua kali: {detail}."
    " Tidak ada yang diterbitkan.",
    Reason.EDITION_DAYS: "Hari buka harus sebelum atau sama dengan hari tutup: {detail}. Tidak ada yang diterbitkan.",
    Reason.EDITION_CLAUSES: "Butir naskah harus ada, dan kodenya tidak boleh kembar: {detail}."
    " Tidak ada yang diterbitkan.",
    Reason.LEGAL_BASIS_NOT_VALID: "Dasar hukum tidak berlaku pada hari naskah dibuka: {detail}."
    " Tidak ada yang diterbitkan. Ganti dengan peraturan yang berlaku.",
    Reason.EDITION_PUBLISHED: "Naskah {detail} sudah terbit dengan isi lain dan tidak dapat diubah."
    " Tidak ada yang diterbitkan. Terbitkan naskah baru dengan kode baru.",
    Reason.EDITION_OVERLAP: "Pada hari yang sama sudah ada naskah lain untuk penanda tangan yang sama: {detail}."
    " Tidak ada yang diterbitkan.",
    # signing
    Reason.SUDAH_MENANDATANGANI: "Anda sudah menandatangani pakta ini; pernyataan yang baru tidak disimpan."
    " Pakta yang pertama tetap berlaku. Buka sertifikat Anda untuk melihatnya.",
}

STATUS = {
    400: "Permintaan tidak dapat dibaca. Tidak ada yang berubah dan tidak ada yang ditandatangani.",
    401: "Anda belum masuk. Tidak ada yang berubah.",
    403: "Anda tidak berwenang membuka halaman ini. Tidak ada yang berubah.",
    404: "Halaman yang Anda minta tidak ada. Tidak ada yang berubah.",
    405: "Alamat ini tidak menerima permintaan semacam itu. Tidak ada yang berubah dan tidak ada yang ditandatangani.",
    413: "Berkas yang dikirim melebihi batas. Berkas itu tidak disimpan.",
    429: "Terlalu banyak permintaan dari tempat Anda. Tidak ada yang berubah dan tidak ada yang ditandatangani.",
    500: "Terjadi kesalahan pada sistem kami, bukan pada Anda.",
}


def sentence(refusal: Refusal) -> str:
    """Return what a person is told of `refusal`."""
    return WORDING[refusal.reason].replace("{detail}", refusal.detail)


def status(code: int) -> str:
    """Return what a person is told of an HTTP status: the one of its class where it has none of its own."""
    if code in STATUS:
        return STATUS[code]
    return STATUS[500] if code >= 500 else STATUS[400]
