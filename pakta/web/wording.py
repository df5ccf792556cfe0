"""What people are told: one Indonesian sentence or two for each reason of the closed list in `core.errors`.

Each says what happened, whether something was signed or written, and what to do.
`{detail}` stands for the refusal's own detail (a time, a row, a code), where it has one;
a time in ISO form is shown in WIB.
A test compares this table with `Reason`, both ways.
"""

from __future__ import annotations

import re
from datetime import datetime

from pakta.core.errors import Reason, Refusal
from pakta.web import language
from pakta.web.language import Sentence

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\S+[+-]\d\d:\d\d")

WORDING: dict[Reason, str] = {
    # core: what was handed in to be signed or stored
    Reason.STATEMENT_MALFORMED: "Pernyataan tidak berbentuk seperti yang disiapkan. Pakta BELUM ditandatangani. Muat ulang halaman, lalu coba lagi.",
    Reason.SIGNATURE_MALFORMED: "Bentuk tanda tangan tidak dapat dibaca. Tidak ada yang tersimpan. Muat ulang halaman, lalu coba lagi.",
    Reason.SIGNATURE_DIFFERS: "Tanda tangan tidak cocok dengan isi dan kuncinya: isinya berubah atau kuncinya lain. Tidak ada yang tersimpan.",
    Reason.KEY_DIFFERS: "Kunci yang menandatangani bukan kunci yang disebut dalam pernyataan. Pakta BELUM ditandatangani. Mulai lagi dari halaman pakta.",
    Reason.ENROLMENT_MALFORMED: "Catatan pendaftaran kunci tidak dapat dibaca. Tidak ada yang tersimpan.",
    Reason.ENROLMENT_DIFFERS: "Catatan pendaftaran kunci ini milik orang atau kunci lain. Tidak ada yang tersimpan.",
    Reason.EVIDENCE_MALFORMED: "Berkas bukti tidak dapat dibaca. Tidak ada yang tersimpan. Pakai berkas asli yang diunduh dari sini.",
    Reason.TIMES_DIFFER: "Waktu terbit sertifikat ini bukan waktu yang ditandatangani orangnya. Jangan diterima; laporkan kepada penerbitnya.",
    Reason.PASSKEY_CROSS_ORIGIN: "Kunci layar dipakai dari halaman lain yang membungkus halaman ini. Tidak ada yang ditandatangani. Buka alamat resmi langsung di peramban.",
    Reason.PASSKEY_DIFFERS: "Jawaban kunci layar bukan untuk permintaan ini atau bukan dari alamat resmi. Tidak ada yang ditandatangani. Periksa alamatnya, muat ulang, lalu coba lagi.",
    # core: certificates, the address in the QR, the number
    Reason.ADDRESS_MALFORMED: "Isi QR bukan alamat sertifikat Pakta yang utuh. Pindai lagi, atau ketik nomor sertifikatnya.",
    Reason.OTHER_HOST: "QR ini menunjuk ke alamat lain: {detail}. Itu bukan alamat resmi di sini; jangan dipercaya.",
    Reason.DIGITS_MALFORMED: "Deret angka pada QR tidak utuh atau berubah. Pindai lagi, atau ketik nomor sertifikatnya.",
    Reason.CERTIFICATE_NUMBER_MISSING: "Belum ada nomor yang diketik. Ketik 17 huruf dan angka di bawah QR, atau kirim foto QR-nya.",
    Reason.CERTIFICATE_NUMBER_MALFORMED: "Nomor sertifikat terdiri atas 17 huruf dan angka, dalam kelompok empat, seperti di bawah QR; yang diketik ada {detail}. NIP (18 angka) dan kode slip (12 huruf dan angka) bukan nomor sertifikat. Periksa lagi lembarnya.",
    Reason.CERTIFICATE_NUMBER_LETTER: "Nomor sertifikat tidak memuat tanda {detail}: isinya angka, dan huruf A sampai Z tanpa I, L, O, dan U. Periksa lagi lembarnya.",
    Reason.CERTIFICATE_NUMBER_CHECK: "Nomor sertifikat salah ketik: sedikitnya satu huruf atau angkanya keliru, karena tanda pemeriksa di ujungnya tidak cocok. Bandingkan satu per satu dengan lembarnya.",
    Reason.CBOR_MALFORMED: "Isi sertifikat rusak atau bukan bentuk baku. Sertifikat ini bukan terbitan kami.",
    Reason.COSE_MALFORMED: "Bungkus sertifikat rusak atau bukan bentuk baku. Sertifikat ini bukan terbitan kami.",
    Reason.CLAIMS_MALFORMED: "Keterangan dalam sertifikat tidak lengkap atau bukan bentuk baku. Sertifikat ini bukan terbitan kami.",
    Reason.ISSUER_UNKNOWN: "Sertifikat ini ditandatangani dengan kunci yang tidak kami kenal. Sertifikat ini bukan terbitan kami.",
    Reason.NOT_YET_VALID: "Waktu terbit sertifikat ini masih di depan. Periksa jam perangkat Anda.",
    Reason.EXPIRED: "Masa berlaku sertifikat ini sudah lewat.",
    # core: status list and key set
    Reason.STATUS_MALFORMED: "Daftar status tidak dapat dibaca, jadi pencabutan belum diperiksa. Coba lagi.",
    Reason.STATUS_OUTSIDE: "Sertifikat ini berada di luar daftar status, jadi pencabutan belum diperiksa.",
    Reason.STATUS_OTHER: "Daftar status yang ada bukan untuk sertifikat ini, jadi pencabutan belum diperiksa.",
    Reason.STATUS_STALE: "Daftar status sudah lama, jadi pencabutan belum diperiksa. Sambungkan ke internet, lalu coba lagi.",
    Reason.STATUS_ROLLED_BACK: "Daftar status lebih tua daripada yang pernah dilihat perangkat ini. Jangan dipercaya; coba lagi nanti.",
    Reason.STATUS_MISSING: "Daftar status belum ada di perangkat ini, jadi pencabutan belum diperiksa. Sambungkan ke internet, lalu coba lagi.",
    Reason.STATUS_REVOKED: "Sertifikat ini dicabut.",
    Reason.STATUS_SUSPENDED: "Sertifikat ini ditangguhkan karena sedang dipersoalkan.",
    Reason.KEYSET_MALFORMED: "Daftar kunci tidak dapat dibaca. Sertifikat belum dapat diperiksa; coba lagi.",
    Reason.KEYSET_OTHER: "Daftar kunci ini milik alamat lain. Sertifikat belum dapat diperiksa.",
    Reason.KEYSET_ROLLED_BACK: "Daftar kunci lebih tua daripada yang pernah dilihat perangkat ini. Jangan dipercaya; coba lagi nanti.",
    Reason.KEYSET_MISSING: "Daftar kunci belum ada di perangkat ini. Sambungkan ke internet, lalu coba lagi.",
    Reason.KEYSET_UNVOUCHED: "Daftar kunci baru tidak disahkan oleh kunci yang sudah dikenal. Jangan dipercaya; hubungi pengelola.",
    Reason.KEY_CONFIRMED: "Kunci penerbitnya kemudian bocor, tetapi pakta ini tercatat lebih dulu dan diteguhkan dengan kunci baru.",
    Reason.KEY_COMPROMISED: "Kunci penerbitnya bocor, dan pakta ini tercatat sesudahnya. Pemiliknya diminta menandatangani lagi.",
    # core: the ledger
    Reason.NOT_IN_LEDGER: "Sertifikat ini tidak ada di buku catatan. Sertifikat ini bukan terbitan kami.",
    Reason.STORAGE_FULL: "Server kehabisan tempat penyimpanan. Tidak ada yang tersimpan dan tidak ada yang hilang. Coba lagi nanti; pengelola perlu menambah tempat.",
    Reason.STORAGE_DOWN: "Server sedang tidak dapat menyimpan. Tidak ada yang tersimpan dan tidak ada yang hilang. Coba lagi beberapa menit lagi.",
    Reason.STORAGE_UNSURE: "Kami belum tahu apakah ini sudah tersimpan: sambungan ke basis data terputus pada saat terakhir. Jangan ulangi dulu; periksa statusnya.",
    Reason.LEDGER_MISSING: "Buku catatan belum ada di perangkat ini: tanda tangan cocok, buku catatan belum diperiksa.",
    Reason.LEDGER_BEHIND: "Buku catatan di perangkat ini belum sampai pada sertifikat ini: tanda tangan cocok, buku catatan belum diperiksa.",
    Reason.LEDGER_REWOUND: "Buku catatan lebih pendek daripada kepala yang pernah disahkan: {detail}. Tidak ada yang disahkan. Hubungi pengelola.",
    Reason.LEDGER_ELSEWHERE: "Buku catatan di basis data ini milik {detail}; sertifikat yang sudah terbit menyebut alamat itu."
    " Tidak ada yang dijalankan. Pakai lagi PAKTA_ORIGIN (atau PORT) yang lama, atau basis data lain.",
    Reason.LEDGER_ABANDONED: "Basis data ini kosong, tetapi di sampingnya ada {detail}: buku catatan yang lama belum dipulihkan. Tidak ada yang dimulai. Jalankan python -m pakta restore. Jika memang memulai dari awal, pindahkan berkas itu dan buat kunci baru.",
    Reason.LEDGER_RENAMED: "Buku catatan ini sudah dilanjutkan dengan nama ke-{detail}. Tidak ada yang dijalankan. Setel PAKTA_LOG={detail}, lalu coba lagi. Jika basis data ini cadangan lama, lanjutkan dengan ledger succeed dan kepala terbaru dari nama itu.",
    Reason.LEDGER_NOT_RENAMED: "Basis data ini masih memuat buku catatan bernama ke-{detail}. Tidak ada yang dijalankan. Jika nama yang disetel belum pernah dipakai, setel PAKTA_LOG={detail}. Jika sudah, basis data ini cadangan lama: jalankan ledger replay dari salinan, atau ledger succeed.",
    Reason.LEDGER_NOT_BEHIND: "Kepala yang diberikan tidak lebih panjang daripada buku catatan ini ({detail}): tidak ada yang hilang, jadi tidak ada yang dilanjutkan.",
    Reason.LEDGER_NAME_TAKEN: "Menurut {detail} sudah ada buku catatan dengan nama yang berikut: cadangan yang lama sudah pernah dilanjutkan. Tidak ada yang dilanjutkan. Pulihkan cadangan yang lebih baru, atau berikan kepala terbaru dari nama itu.",
    Reason.LEDGER_CHANGED: "Isi buku catatan berbeda dari yang pernah disahkan, mulai urutan {detail}. Tidak ada yang disahkan. Hubungi pengelola.",
    Reason.COPY_UNREADABLE: "Salinan buku catatan ({detail}) tidak dapat dibaca. Tidak ada yang tersimpan dan tidak ada yang ditandatangani. Hubungi pengelola.",
    Reason.COPY_DIFFERS: "Salinan buku catatan memuat catatan lain daripada basis data ini (urutan {detail}): cadangan lama telah dipulihkan tanpa salinannya. Tidak ada yang diterbitkan. Hubungi pengelola.",
    Reason.LEDGER_LOST: "Basis data ini kosong, padahal kunci di {detail} sudah menandatangani buku catatan dengan nama ini. Tidak ada yang dimulai. Periksa DATABASE_URL, atau pulihkan cadangan: python -m pakta restore. Jika memang memulai dari awal, buat kunci baru: kosongkan folder itu lebih dulu.",
    Reason.LEDGER_BEHIND_COPY: "Buku catatan lebih pendek daripada salinannya (mulai urutan {detail}): cadangan lama telah dipulihkan. Tidak ada yang diterbitkan. Hubungi pengelola.",
    Reason.LEDGER_BEHIND_WITNESSES: "Saksi luar memegang buku catatan yang lebih panjang daripada yang ada di sini ({detail} catatan): cadangan lama telah dipulihkan. Tidak ada yang diterbitkan atau disahkan. Hubungi pengelola.",
    Reason.TILE_MISSING: "Bagian buku catatan hilang: {detail}. Hubungi pengelola.",
    Reason.TILE_PATH: "Alamat bagian buku catatan keliru.",
    Reason.TILE_MALFORMED: "Bagian buku catatan rusak.",
    Reason.BUNDLE_MALFORMED: "Bagian berisi catatan pada buku catatan rusak.",
    Reason.INDEX_OUTSIDE: "Nomor urut itu belum ada di buku catatan.",
    Reason.SIZE_OUTSIDE: "Panjang buku catatan yang disebut tidak mungkin.",
    Reason.HASH_LENGTH: "Sidik pada bukti buku catatan tidak berukuran 32 byte.",
    Reason.PATH_LENGTH: "Bukti buku catatan terlalu panjang atau terlalu pendek.",
    Reason.ROOT_DIFFERS: "Bukti tidak cocok dengan kepala buku catatan.",
    Reason.VKEY_MALFORMED: "Kunci pemeriksa buku catatan tidak dapat dibaca.",
    Reason.NOTE_MALFORMED: "Kepala buku catatan bukan catatan bertanda tangan yang baku.",
    Reason.NOTE_UNSIGNED: "Kepala buku catatan tidak ditandatangani dengan kunci yang diharapkan.",
    Reason.NOTE_SIGNATURE: "Tanda tangan pada kepala buku catatan tidak cocok.",
    Reason.CHECKPOINT_MALFORMED: "Kepala buku catatan tidak dapat dibaca.",
    Reason.PROOF_MALFORMED: "Bukti buku catatan tidak dapat dibaca.",
    Reason.POLICY_MALFORMED: "Daftar saksi (PAKTA_WITNESSES) tidak dapat dibaca, baris {detail}. Tidak ada yang dijalankan. Perbaiki berkas itu.",
    Reason.WITNESSES_TOO_FEW: "Menunggu saksi: tanda tangan cocok dan tercatat, tetapi saksi luar belum cukup meneguhkan buku catatan. Periksa lagi nanti.",
    Reason.WITNESSES_SILENT: "Saksi luar belum meneguhkan catatan sejak {detail}, lebih dari 24 jam. Tidak ada yang ditandatangani dan tidak ada yang tersimpan. Coba lagi nanti; bila tetap demikian, hubungi pengelola kepegawaian (BKPSDM).",
    Reason.WITNESSES_UNHEARD: "Sejak server dinyalakan belum cukup saksi luar yang menjawab; yang ditunggu: {detail}. Sebelum itu tidak ada yang ditandatangani dan tidak ada yang tersimpan. Coba lagi beberapa menit lagi; bila tetap demikian, hubungi pengelola kepegawaian (BKPSDM).",
    Reason.SUBMISSION_MALFORMED: "Kiriman kepada saksi tidak berbentuk baku. Tidak ada yang diteguhkan.",
    Reason.OTHER_LOG: "Bukti ini berasal dari buku catatan lain.",
    # web
    Reason.SIGN_IN_FIRST: "Anda belum masuk. Tidak ada yang berubah. Masuk dulu, lalu ulangi.",
    Reason.SIGN_IN_AGAIN: "Demi keamanan, langkah ini meminta Anda masuk lagi karena sudah lebih dari 5 menit."
    " Tidak ada yang berubah. Masuk lagi, lalu lanjutkan.",
    Reason.TOO_MANY_TRIES: "Terlalu banyak percobaan. Tidak ada yang berubah. Tunggu beberapa menit, lalu coba lagi.",
    Reason.NOT_ALLOWED: "Anda tidak berwenang melakukan ini. Tidak ada yang berubah.",
    Reason.FORM_EXPIRED: "Formulir ini sudah kedaluwarsa. Tidak ada yang tersimpan dan tidak ada yang ditandatangani."
    " Muat ulang halaman, lalu isi lagi.",
    Reason.NOTHING_TO_ERASE: "Tidak ada data dengan nomor ini, mungkin karena sudah dihapus. Tidak ada yang berubah. Jika seharusnya ada, periksa lagi nomornya.",
    # roster
    Reason.NUMBER_MISSING: "Nomor kosong. Isi NIP, NI PPPK, atau NRP.",
    Reason.NUMBER_FROM_EXCEL: "{detail} diubah oleh Excel. Format kolom itu sebagai teks, isi lagi nomor aslinya,"
    " lalu simpan lagi.",
    Reason.NUMBER_NOT_DIGITS: "Nomor memuat tanda selain angka. Tulis angkanya saja.",
    Reason.NUMBER_TOO_SHORT: "NIP harus 18 angka, ini {detail} angka. Periksa angka yang hilang, juga nol di depan.",
    Reason.NUMBER_TOO_LONG: "NIP harus 18 angka, ini {detail} angka. Hapus angka yang berlebih.",
    Reason.NUMBER_FORM: "Nomor pegawai harus 4 sampai 20 huruf atau angka.",
    Reason.NUMBER_IS_NIK: "Nomor 16 angka tampaknya NIK. NIK tidak boleh disimpan di sini; pakai nomor pegawai.",
    Reason.NUMBER_IS_PPPK: "Nomor ini NI PPPK (ada kode kontrak setelah tahun), padahal jenisnya pns."
    " Perbaiki jenis atau nomornya.",
    Reason.NUMBER_IS_PNS: "Nomor ini NIP seorang PNS (ada bulan pengangkatan), padahal jenisnya pppk."
    " Perbaiki jenis atau nomornya.",
    Reason.NUMBER_TWICE: "Nomor ini sudah ada di baris {detail}. Hapus salah satu.",
    Reason.NUMBER_ELSEWHERE: "Nomor ini sudah tercatat di instansi lain. Periksa nomornya; bila orangnya memang pindah, pengelola sistem yang memindahkannya.",
    Reason.NUMBER_OF_OTHER_KIND: "Nomor ini sudah tercatat untuk orang berjenis {detail}. Periksa jenis dan nomornya.",
    Reason.NIP_OLD: "Ini NIP lama 9 angka. Pakai NIP baru 18 angka dari SK konversi NIP.",
    Reason.NIP_BIRTH_DATE: "Delapan angka pertama NIP bukan tanggal lahir yang ada: {detail}. Periksa urutannya:"
    " tahun, bulan, hari.",
    Reason.NIP_AGE: "Menurut NIP umurnya {detail} tahun, di luar 17 sampai 70. Periksa tahun lahirnya.",
    Reason.NIP_START_YEAR: "Tahun pengangkatan dalam NIP tidak mungkin: {detail}. Periksa angka ke-9 sampai ke-12.",
    Reason.NIP_START_MONTH: "Angka ke-13 dan ke-14 bukan bulan (01 sampai 12) atau kode kontrak PPPK"
    " (21 sampai 29): {detail}.",
    Reason.NIP_SEX: "Angka ke-15 NIP harus 1 (pria) atau 2 (wanita), ini {detail}.",
    Reason.NIP_SERIAL: "Tiga angka terakhir NIP tidak boleh 000. Biasanya Excel yang mengubahnya:"
    " format kolom itu sebagai teks, isi lagi nomor aslinya, lalu simpan lagi.",
    Reason.NRP_LOST_ZERO: "NRP Polri harus 8 angka, ini {detail} angka. Nol di depan tampaknya hilang:"
    " format kolom itu sebagai teks, isi lagi nomor aslinya, lalu simpan lagi.",
    Reason.NUMBER_LOST_ZERO: "Nomor ini sudah tercatat dengan nol di depannya. Nol itu tampaknya hilang:"
    " format kolom itu sebagai teks, isi lagi nomor aslinya, lalu simpan lagi.",
    Reason.NRP_POLRI_FORM: "NRP Polri harus 8 angka, ini {detail} angka.",
    Reason.NRP_MONTH: "Angka ke-3 dan ke-4 NRP Polri bukan bulan lahir: {detail}.",
    Reason.NRP_TNI_FORM: "NRP TNI harus 5 sampai 14 angka, boleh diikuti garis miring dan satu atau dua huruf.",
    Reason.KIND_MISSING: "Jenis kosong. Isi pns, pppk, non-asn, tni, atau polri.",
    Reason.KIND_UNKNOWN: "Jenis “{detail}” tidak dikenal. Pakai pns, pppk, non-asn, tni, atau polri.",
    Reason.STATUS_UNKNOWN: "Status “{detail}” tidak dikenal. Pakai aktif, cuti, tugas belajar, pensiun,"
    " meninggal, atau mutasi.",
    Reason.NAME_MISSING: "Nama kosong atau tidak memuat huruf. Isi nama lengkap.",
    Reason.NAME_LETTERS: "Nama memuat huruf yang hanya mirip huruf biasa: {detail}. Ketik ulang dengan huruf biasa.",
    Reason.NAME_TOO_LONG: "Nama bersama nama singkat unit sepanjang {detail} byte, paling panjang 160, agar muat di QR."
    " Singkat nama atau gelarnya.",
    Reason.TEXT_HIDDEN_SIGNS: "Isian memuat tanda yang tidak tampak. Hapus, lalu ketik lagi isiannya.",
    Reason.TEXT_TOO_LONG: "Isian terlalu panjang, paling panjang {detail} huruf. Persingkat.",
    Reason.EMAIL_FORM: "Alamat surel tidak berbentuk nama@domain. Perbaiki atau kosongkan.",
    Reason.PHONE_LOST_ZERO: "Nomor telepon kehilangan nol di depan. Format kolom itu sebagai teks, isi lagi nomor aslinya, misalnya 0812…, lalu simpan lagi.",
    Reason.PHONE_FORM: "Nomor telepon hanya boleh memuat angka, spasi, tanda hubung, dan + di depan."
    " Perbaiki atau kosongkan.",
    Reason.UNIT_MISSING: "Kode unit kosong. Isi kode dari daftar unit.",
    Reason.UNIT_UNKNOWN: "Kode unit “{detail}” tidak ada. Pakai kode dari daftar unit.",
    Reason.UNIT_CLOSED: "Unit “{detail}” tidak berlaku hari ini: sudah ditutup atau belum dibuka. Pakai kode unit yang berlaku.",
    Reason.UNIT_ENDS: "Unit “{detail}” berakhir hari ini, sendiri atau bersama unit di atasnya, jadi tidak ada orang yang dimasukkan lagi ke situ. Pakai kode unit lain; bila unit itu digabungkan, halamannya menyebut ke mana pegawainya pindah.",
    Reason.ROSTER_NO_TITLES: "Baris 1 memuat nomor, jadi tampaknya orang dan bukan judul kolom. Sisipkan satu baris judul di atasnya, lalu unggah lagi.",
    Reason.UNIT_ENDED: "{detail}. Apel dibuka di unit tempat pegawainya sekarang.",
    Reason.ROSTER_EMPTY: "Tidak ada orang di berkas ini. Isi judul kolom pada baris 1 dan satu orang pada tiap baris berikutnya.",
    Reason.ROSTER_TOO_LARGE: "Berkas lebih besar dari {detail}. Bagi menjadi beberapa berkas.",
    Reason.ROSTER_TOO_MANY_ROWS: "Berkas memuat lebih dari {detail} baris. Bagi menjadi beberapa berkas.",
    Reason.ROSTER_ENCODING: "Berkas bukan UTF-8. Di Excel pilih Simpan sebagai, lalu “CSV UTF-8”.",
    Reason.ROSTER_NOT_CSV: "Berkas ini tidak dapat dibaca: {detail}. Simpan lagi sebagai Excel (.xlsx) atau CSV UTF-8.",
    Reason.ROSTER_HEADER: "Judul kolom pada baris 1 tidak lengkap: {detail}. Tambahkan kolom itu.",
    Reason.ROSTER_COLUMN_UNKNOWN: "Judul kolom tidak dikenal atau tertulis dua kali: {detail}. Hapus kolom itu.",
    Reason.ROSTER_COLUMN_TWICE: "Satu kolom berkas dipilih untuk dua isian. Pilih kolom yang berbeda untuk masing-masing.",
    Reason.ROSTER_WORKBOOK: "Buku kerja Excel ini tidak dapat dibaca: {detail}. Simpan lagi sebagai Excel Workbook (.xlsx) tanpa sandi, atau sebagai CSV UTF-8.",
    Reason.ROSTER_ROW_WIDTH: "Banyaknya isian tidak sama dengan banyaknya kolom ({detail})."
    " Isian yang memuat koma harus diapit tanda kutip.",
    Reason.ROSTER_LINE_TOO_LONG: "Baris ini lebih panjang dari {detail} huruf. Biasanya ada tanda kutip yang tidak ditutup.",
    Reason.ROSTER_REAL_PEOPLE: "Basis data ini memuat pegawai sungguhan; orang rekaan tidak boleh dicampurkan."
    " Pakai basis data lain untuk peragaan.",
    Reason.ROSTER_DEMO_PEOPLE: "Basis data ini memuat orang rekaan untuk peragaan; pegawai sungguhan tidak boleh"
    " dicampurkan. Pakai basis data baru.",
    Reason.IMPORT_COLUMNS: "Belum dipilih kolom untuk: {detail}. Bila tidak ada di berkas, tambahkan kolomnya lalu unggah lagi.",
    Reason.IMPORT_STATE: "Langkah ini tidak dapat dijalankan sekarang: impornya sudah sampai di langkah lain, masih ada baris yang salah, atau tidak ada yang akan berubah. Tidak ada yang ditulis. Buka lagi halamannya.",
    Reason.IMPORT_STALE: "Daftar pegawai atau berkasnya berubah sejak diperiksa, jadi hasil yang Anda lihat tidak berlaku lagi. Tidak ada yang ditulis. Periksa lagi, lalu terapkan.",
    Reason.IMPORT_CORRECTION: "Ini bukan berkas baris salah dari impor ini, atau kolom “Baris” di dalamnya diubah ({detail}). Unduh lagi berkas baris salah, perbaiki isinya, dan jangan ubah kolom “Baris”.",
    Reason.IMPORT_MENDED: "{detail}. Tidak ada yang diganti. Unduh lagi berkas baris salah: isinya hanya baris yang masih salah.",
    Reason.IMPORT_NO_FILE: "Belum ada berkas yang dipilih. Pilih berkas Excel (.xlsx) atau CSV, lalu tekan tombolnya lagi.",
    Reason.IMPORT_NOBODY: "Tidak ada orang yang dipilih, atau pilihannya bukan lagi orang yang tidak ada di berkas. Tidak ada yang berubah.",
    Reason.UNITS_FILE: "Susunan unit tidak dapat diubah begitu: {detail}. Tidak ada yang berubah.",
    Reason.UNITS_STALE: "Sejak diperiksa, susunan unit atau pegawainya berubah, jadi yang Anda lihat tidak berlaku lagi. Tidak ada yang berubah. Periksa sekali lagi.",
    Reason.UNIT_NOT_CHOSEN: "Pilih unit tujuan dahulu.",
    Reason.UNIT_LED: "{detail}.",
    # accounts
    Reason.SLIP_UNKNOWN: "Kode ini tidak kami kenal. Tidak ada yang berubah. Periksa huruf dan angka pada slip, lalu ketik lagi.",
    Reason.SLIP_USED: "Kode ini sudah dipakai pada {detail}. Tidak ada yang berubah.",
    Reason.SLIP_EXPIRED: "Kode ini kedaluwarsa sejak {detail} dan tidak pernah dipakai. Tidak ada yang berubah. Minta slip baru.",
    Reason.SLIP_REPLACED: "Slip ini tidak berlaku lagi sejak {detail}: ada slip yang lebih baru, atau pemegangnya mendapat peran sesudah slip ini dibuat. Tidak ada yang berubah. Pakai slip yang terbaru; jika Anda tidak memintanya, atau tidak ada yang lebih baru, lapor ke bagian kepegawaian.",
    Reason.OTHER_RELYING_PARTY: "Basis data ini milik {detail}: kunci layar para pegawai hanya berlaku di sana."
    " Tidak ada yang berubah. Kembalikan PAKTA_ORIGIN ke alamat itu, atau pakai basis data lain.",
    Reason.SLIP_UNUSED: "Kode ini belum pernah dipakai, jadi tidak ada kunci yang perlu ditangguhkan. Tidak ada yang berubah.",
    Reason.ACTIVATION_EXPIRED: "Aktivasi ini terlalu lama ditinggalkan. Akun belum diaktifkan dan slip Anda belum terpakai. Ketik lagi kode pada slip.",
    Reason.ALREADY_ACTIVE: "Orang ini sudah mengaktifkan akun. Tidak ada yang berubah. Jika kuncinya hilang, pakai pemulihan.",
    Reason.PERSON_NOT_ACTIVE: "Orang ini sudah pensiun, pindah, atau meninggal menurut data kepegawaian. Tidak ada yang berubah. Jika data itu keliru, hubungi bagian kepegawaian.",
    Reason.PERSON_UNKNOWN: "Nomor ini tidak ada pada unit yang Anda kelola. Tidak ada yang berubah. Periksa lagi nomornya.",
    Reason.PERSON_NOT_LISTED: "Nomor ini tidak ada di daftar pegawai. Tidak ada yang berubah. Periksa lagi nomornya, atau masukkan orangnya dengan roster import.",
    Reason.ACCOUNT_UNKNOWN: "Orang ini belum mengaktifkan akun. Tidak ada yang berubah. Cetakkan slip aktivasi untuknya.",
    Reason.SIGN_IN_FAILED: "Nomor dan kata sandi ini tidak cocok. Anda belum masuk. Periksa keduanya, lalu coba lagi.",
    Reason.TRIES_USED_UP: "Terlalu banyak percobaan. Tidak ada yang berubah. Coba lagi setelah {detail}.",
    Reason.PASSPHRASE_SHORT: "Kata sandi terlalu pendek. Belum ada yang disimpan. Pakai sedikitnya 12 huruf, misalnya empat kata.",
    Reason.PASSPHRASE_LONG: "Kata sandi terlalu panjang. Belum ada yang disimpan. Pakai paling banyak 128 huruf.",
    Reason.PASSPHRASE_GUESSABLE: "Kata sandi ini mudah ditebak: berisi nama, nomor, unit, kata umum, atau deret tombol. Belum ada yang disimpan. Pilih kata lain, atau tekan Buatkan kata sandi.",
    Reason.CHALLENGE_GONE: "Permintaan ke kunci layar sudah lewat 5 menit atau sudah dipakai. Tidak ada yang berubah. Tekan tombolnya sekali lagi.",
    Reason.PASSKEY_REFUSED: "Jawaban dari kunci layar tidak dapat diterima. Tidak ada yang berubah. Coba lagi; jika tetap gagal, pakai cara lain.",
    Reason.PASSKEY_UNKNOWN: "Kunci layar ini tidak terdaftar di sini. Anda belum masuk. Masuk dengan nomor dan kata sandi, atau aktifkan akun dengan slip.",
    Reason.KEY_MALFORMED: "Kunci yang dikirim peramban tidak dapat dibaca. Akun belum diaktifkan. Muat ulang halaman, lalu coba lagi.",
    Reason.KEY_TAKEN: "Kunci ini sudah terdaftar. Tidak ada yang berubah. Muat ulang halaman, lalu coba lagi.",
    Reason.KEY_NOT_USABLE: "Kunci ini tidak dapat dipakai: tidak terdaftar atas nama Anda, ditangguhkan, atau dicabut. Tidak ada yang ditandatangani. Bila kunci ini milik Anda, hubungi pengelola kepegawaian (BKPSDM).",
    Reason.ROLE_UNKNOWN: "Peran ini tidak dapat diberikan: {detail}. Tidak ada yang berubah.",
    Reason.RECOVERY_REASON: "Alasan harus 10 sampai 400 huruf. Permintaan belum disimpan.",
    Reason.RECOVERY_OPEN: "Untuk orang ini sudah ada permintaan pemulihan yang menunggu. Tidak ada yang ditambahkan.",
    Reason.RECOVERY_CLOSED: "Permintaan pemulihan ini sudah diputuskan. Tidak ada yang berubah.",
    Reason.RECOVERY_SAME_PERSON: "Anda yang meminta pemulihan ini, jadi administrator lain yang harus menyetujuinya. Tidak ada yang berubah.",
    Reason.RECOVERY_REQUESTER: "Administrator yang meminta pemulihan ini tidak berwenang lagi, atau kuncinya disengketakan atau dicabut sejak ia memintanya. Tidak ada yang berubah. Tolak permintaan ini, lalu ajukan yang baru.",
    Reason.RECOVERY_OWN: "Pemulihan akun Anda sendiri harus ditangani dua administrator lain. Tidak ada yang berubah.",
    # editions
    Reason.EDITION_FILE: "Berkas naskah tidak dapat dibaca: {detail}. Tidak ada yang diterbitkan. Perbaiki berkas itu.",
    Reason.EDITION_FIELD: "Isi naskah tidak lengkap atau keliru: {detail}. Tidak ada yang diterbitkan.",
    Reason.EDITION_CODE: "Kode naskah harus 1 sampai 12 huruf, angka, atau tanda hubung: {detail}."
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
    Reason.EDITION_UNKNOWN: "Naskah {detail} tidak ada. Tidak ada yang berubah. Lihat daftar naskah.",
    Reason.EDITION_CLOSED: "Tidak ada naskah yang dibuka untuk Anda hari ini. Tidak ada yang ditandatangani.",
    # signing
    Reason.SUDAH_MENANDATANGANI: "Anda sudah menandatangani pakta ini; pernyataan yang baru tidak disimpan."
    " Pakta yang pertama tetap berlaku. Buka sertifikat Anda untuk melihatnya.",
    Reason.KEY_SET_ASIDE: "Anda belum masuk: kunci Anda ditangguhkan atau dicabut, misalnya karena “Bukan saya” atau pemulihan. Bila itu keliru, datanglah ke pengelola kepegawaian (BKPSDM) dengan kartu identitas.",
    Reason.CLAUSES_NOT_TICKED: "Belum semua butir disetujui. Pakta BELUM ditandatangani. Baca dan centang setiap butir, lalu lanjutkan.",
    Reason.STATEMENT_UNKNOWN: "Pernyataan ini bukan yang disiapkan untuk Anda. Pakta BELUM ditandatangani. Buka lagi halaman pakta dan mulai dari sana.",
    Reason.STATEMENT_FOREIGN: "Pernyataan ini disiapkan untuk orang lain. Pakta BELUM ditandatangani. Keluar, masuk dengan akun Anda sendiri, lalu mulai lagi.",
    Reason.STATEMENT_STALE: "Pernyataan ini sudah lebih dari 15 menit atau data Anda berubah sejak disiapkan. Pakta BELUM ditandatangani. Centang Anda tersimpan; siapkan lagi, lalu tanda tangani.",
    Reason.ANSWER_INCOMPLETE: "Jawaban atau keterangan belum ditulis, kurang dari 3 huruf, atau terlalu panjang. Tidak ada yang tersimpan. Tulis singkat, lalu kirim lagi.",
    Reason.REPORT_INCOMPLETE: "Isian belum lengkap atau terlalu panjang. Tidak ada yang tersimpan. Pilih bagiannya dan tulis penjelasan singkat, lalu kirim lagi.",
    Reason.CORRECTION_SAME: "Isiannya sama dengan yang sudah tercatat, jadi tidak ada yang diperbaiki dan tidak ada yang tersimpan. Ubah bagian yang keliru; bila datanya sudah benar, jawab dengan alasannya.",
    Reason.CORRECTION_STALE: "Data orang ini berubah sejak halaman ini dibuka. Perbaikan belum tersimpan. Periksa data yang sekarang, lalu isi lagi.",
    Reason.CORRECTION_NAME: "Nama ini tampaknya milik orang lain daripada pemegang nomornya, jadi tidak diubah lewat laporan oleh seorang administrator. Tidak ada yang tersimpan. Ubahlah lewat Impor pegawai (/impor): di sana administrator kedua ikut menyetujui.",
    Reason.CORRECTION_ROLE: "Orang ini memegang peran, jadi tidak dipindahkan lewat laporan oleh seorang administrator. Tidak ada yang tersimpan. Pindahkan lewat Impor pegawai (/impor): di sana administrator kedua ikut menyetujui.",
    Reason.REPORT_OWN: "Laporan atas data Anda sendiri dijawab administrator lain. Tidak ada yang berubah.",
    Reason.OBJECTION_INCOMPLETE: "Keberatan belum tercatat: pilih jenisnya, dan untuk jenis “lain” tulislah uraian singkat, paling panjang 600 huruf. Tidak ada yang tersimpan.",
    Reason.OBJECTION_SIGNED: "Anda sudah menandatangani naskah ini, jadi keberatan tidak dicatat. Tidak ada yang berubah.",
    Reason.REPORT_CLOSED: "Laporan ini sudah dijawab lebih dari 30 hari yang lalu, jadi data tidak dapat lagi diperbaiki lewat laporan ini. Tidak ada yang berubah. Mintalah orangnya melapor lagi.",
    # certificates
    Reason.EVIDENCE_ERASED: "Bukti pakta ini sudah dihapus sesuai aturan penyimpanan, jadi berkas bukti tidak dapat dibuat lagi. Catatannya di buku catatan tetap ada.",
    Reason.STATUS_SAME: "Sertifikat ini sudah berstatus demikian. Tidak ada yang berubah.",
    Reason.STATUS_FINAL: "Sertifikat ini sudah dicabut, dan pencabutan tidak dapat dibatalkan. Tidak ada yang berubah.",
    Reason.CERTIFICATE_UNKNOWN: "Sertifikat dengan nomor itu tidak ada di sini. Periksa lagi nomornya, atau pindai QR-nya: QR tetap dapat diperiksa meskipun data pemiliknya sudah dihapus.",
    Reason.CERTIFICATE_NOT_READY: "Pakta sudah ditandatangani dan tersimpan, tetapi catatannya belum disahkan di buku catatan. Tunggu beberapa detik, lalu muat ulang.",
    Reason.TEXT_UNPRINTABLE: "Nama, unit, atau naskah memuat huruf yang tidak dapat dicetak. Pakta tetap tersimpan dan berlaku; berkasnya belum dapat dibuat. Laporkan lewat Data salah.",
    # certificates: the keys that sign them
    Reason.TIMESTAMPS_AWAY: "Otoritas waktu sedang tidak memberi cap waktu. Lembar yang belum dibuat menunggu; tidak ada yang hilang.",
    Reason.KEY_UNREACHABLE: "Kunci server sedang tidak dapat dipakai. Tidak ada yang diterbitkan dan tidak ada yang tersimpan. Coba lagi beberapa menit lagi.",
    Reason.ISSUING_STOPPED: "Penerbitan dihentikan sementara sejak {detail}. Tidak ada yang ditandatangani dan tidak ada yang tersimpan. Coba lagi nanti; petunjuknya ada pada pengelola.",
    Reason.ISSUER_REPLACED: "Kunci penerbit sedang diganti. Tidak ada yang diterbitkan dan tidak ada yang tersimpan. Coba lagi beberapa menit lagi.",
    Reason.KEY_SET_LOST: "Buku catatan memuat himpunan kunci yang lebih baru daripada yang ada di sini, dan isinya hilang. Tidak ada yang diterbitkan. Hubungi pengelola (docs/operations.md, Back-ups).",
    Reason.ISSUER_KEY_UNKNOWN: "Tidak ada kunci penerbit {detail}. Tidak ada yang berubah. Lihat daftarnya (python -m pakta keys list).",
    Reason.COMPROMISE_TIME: "Waktu {detail} tidak dapat dipakai: tulis dengan zona, misalnya 2026-11-23T08:15:00+07:00, tidak di masa depan, dan tidak sesudah waktu yang sudah ditandai. Tidak ada yang berubah.",
    Reason.LEDGER_KEY_STAYS: "Kunci buku catatan tidak diganti dengan perintah ini: setiap pemeriksa dan saksi mengenal buku catatan dari kuncinya. Tidak ada yang berubah. Lihat docs/decisions/0029.",
    # verification: files handed in
    Reason.FILE_MISSING: "Belum ada berkas yang dipilih. Pilih PDF, gambar, atau foto QR, lalu tekan tombolnya lagi.",
    Reason.FILE_EMPTY: "Berkas yang dikirim kosong. Unduh atau salin berkasnya sekali lagi, buka untuk memastikan isinya, lalu kirim lagi.",
    Reason.FILE_TOO_LARGE: "Berkas lebih besar dari {detail} MB dan tidak dibuka. Kirim lembar PDF yang diunduh dari kami, atau ambil tangkapan layar yang memuat QR-nya saja.",
    Reason.FILE_HOLDS_MANY: "Berkas ini memuat lebih dari {detail} sertifikat, dan tidak satu pun diperiksa. Bagi menjadi beberapa berkas, lalu kirim satu per satu.",
    Reason.FILE_IS_ARCHIVE: "Berkas ini dokumen Word atau Excel, atau arsip (misalnya ZIP), dan tidak dibuka. Kirim lembarnya sebagai PDF, atau foto QR-nya; dari sebuah arsip, keluarkan dahulu berkasnya.",
    Reason.FILE_OF_TWO_KINDS: "Berkas ini PDF dan jenis lain sekaligus: tiap pembaca dapat menampilkan yang berbeda, jadi tidak dibuka. Minta lembar PDF asli kepada pemiliknya.",
    Reason.FILE_TOO_HEAVY: "Berkas ini terlalu berat untuk dibaca, jadi pembacaannya dihentikan; berkasnya belum tentu rusak. Kirim lembar PDF asli yang diunduh, atau foto QR-nya.",
    Reason.PDF_MALFORMED: "PDF ini rusak atau terpotong dan tidak dapat dibaca. Unduh atau minta lembar PDF aslinya sekali lagi, lalu kirim itu, atau kirim foto QR-nya.",
    Reason.PDF_NOT_SEALED: "PDF ini tidak bersegel: hasil pindai, cetak ulang, atau bukan lembar pakta. Isinya tidak diperiksa. Ini belum berarti palsu: kirim foto atau tangkapan layar QR-nya.",
    Reason.PDF_OTHER_SEAL: "Segel PDF ini bukan segel kami. Jangan diterima. Minta lembar asli kepada pemiliknya.",
    Reason.PDF_SEAL_LOST: "Kunci segel PDF ini bocor atau hilang, jadi segelnya tidak lagi diakui. Jangan diterima. Minta pemiliknya mengunduh lembarnya sekali lagi; yang baru bersegel baru.",
    Reason.PDF_SEAL_UNCHECKED: "Segel PDF ini belum diperiksa: sertifikat akar segelnya tidak ada di sini. Ini belum berarti palsu.",
    Reason.PDF_CHANGED: "PDF ini diubah atau terpotong setelah disegel. Jangan diterima. Minta lembar asli kepada pemiliknya.",
    Reason.PDF_NO_CREDENTIAL: "PDF ini bersegel kami, tetapi bukan lembar pakta: tidak ada kredensial di dalamnya.",
    Reason.PDF_PARTS_DIFFER: "Bagian-bagian PDF ini tidak saling cocok: bukan berkas yang utuh dari satu pakta. Jangan diterima. Minta lembar asli kepada pemiliknya.",
    Reason.EVIDENCE_ALONE: "Berkas bukti ini cocok, tetapi tanpa sertifikatnya ia tidak membuktikan bahwa pakta itu berlaku. Periksa juga QR atau PDF-nya.",
    Reason.IMAGE_FORMAT: "Berkas ini bukan gambar PNG, JPEG, atau WebP, bukan PDF, dan tidak memuat alamat sertifikat. Pakai foto atau tangkapan layar dari QR-nya.",
    Reason.IMAGE_HEIC: "Foto ini berformat HEIC atau AVIF, yang tidak dapat dibaca di sini. Ambil tangkapan layar dari foto itu, lalu kirim tangkapan layarnya; atau atur kamera ponsel ke JPEG (di iPhone: Pengaturan, Kamera, Format, Paling Kompatibel) dan foto lagi.",
    Reason.IMAGE_TOO_LARGE: "Gambar ini terlalu besar untuk dibuka. Potong di sekitar QR-nya, lalu kirim lagi.",
    Reason.IMAGE_MOVES: "Gambar ini bergerak: isinya lebih dari satu gambar, dan tidak satu pun diperiksa. Kirim foto atau tangkapan layar dari QR-nya.",
    Reason.IMAGE_UNREADABLE: "Gambar ini rusak atau terpotong dan tidak dapat dibuka. Ambil foto baru, lalu kirim lagi.",
    Reason.IMAGE_TOO_SLOW: "Gambar ini terlalu lama dibaca, jadi pembacaannya dihentikan; gambarnya belum tentu rusak. Potong di sekitar QR-nya, lalu kirim lagi.",
    Reason.IMAGE_WITHOUT_QR: "Tidak ada QR yang terbaca pada gambar ini. Foto lagi lebih dekat, tegak lurus, dengan cahaya cukup, tanpa kilap.",
    Reason.READER_BUSY: "Pembaca berkas sedang penuh. Berkas Anda tidak disimpan. Tunggu sebentar, lalu kirim lagi.",
    Reason.QUESTION_MALFORMED: "Kirim tepat satu hal: JSON berisi address (alamat QR) atau number (nomor sertifikat), atau satu berkas. Tidak ada yang diperiksa.",
    Reason.QUESTION_TYPE: "Jenis isi ini tidak dikenal. Kirim application/json, multipart/form-data dengan berkas bernama file, atau PDF atau gambar langsung. Tidak ada yang diperiksa.",
    # disputes
    Reason.DISPUTE_CLOSED: "Keberatan ini sudah diputuskan. Tidak ada yang berubah.",
    Reason.DISPUTE_NOT_UPHELD: "Jenis alasan “ada keberatan” hanya untuk sertifikat yang keberatannya sudah ditutup dengan temuan “benar bukan dia”. Tidak ada yang berubah. Tutup dahulu keberatannya di halaman Keberatan, atau pilih jenis lain.",
    Reason.DISPUTE_OPEN: "Keberatan atas kunci sertifikat ini belum ditutup. Tidak ada yang berubah. Tutup dahulu keberatan itu di halaman Keberatan.",
    Reason.KEY_VOUCHED: "Keberatan atas kunci ini sudah diperiksa BKPSDM, dan kunci itu dinyatakan milik pemilik slip. Tidak ada yang berubah. Jika bukan Anda yang memakainya, datanglah ke BKPSDM dengan kartu identitas.",
    # revocation
    Reason.REQUEST_UNKNOWN: "Permintaan ini tidak ada, atau bukan untuk Anda. Tidak ada yang berubah.",
    Reason.REQUEST_OWN: "Ini sertifikat Anda sendiri; orang lain yang memutuskan. Tidak ada yang berubah. Bila bukan Anda yang menandatanganinya, tekan Bukan saya.",
    Reason.REQUEST_CLASS: "Pilih apa yang diminta dan jenis alasannya dari daftar. Tidak ada yang berubah.",
    Reason.REQUEST_REASON: "Alasan harus 10 sampai 400 huruf. Tidak ada yang berubah. Tulis alasan singkat, lalu kirim lagi.",
    Reason.REQUEST_OPEN: "Untuk sertifikat ini sudah ada permintaan yang belum diputuskan. Tidak ada yang ditambahkan. Tunggu keputusannya, atau mintalah yang mengajukan menariknya.",
    Reason.REQUEST_CLOSED: "Permintaan ini sudah diputuskan. Tidak ada yang berubah.",
    Reason.REQUEST_OVERTAKEN: "Sertifikat ini sudah berubah sejak diminta, jadi permintaan ini tidak berlaku lagi. Tidak ada yang berubah. Lihat keadaannya sekarang; bila perlu, ajukan yang baru.",
    Reason.REQUEST_SAME_PERSON: "Anda yang mengajukan permintaan ini, jadi administrator lain yang harus menyetujuinya. Tidak ada yang berubah.",
    Reason.REQUEST_FIRST_GONE: "Administrator pertama tidak berwenang lagi, atau kuncinya disengketakan atau dicabut sejak ia menyetujui. Tidak ada yang berubah. Tolak permintaan ini, lalu ajukan yang baru.",
    # appointments
    Reason.APPOINTMENT_OWN: "Ini tentang Anda sendiri; orang lain yang mengajukan dan memutuskan. Tidak ada yang berubah.",
    Reason.APPOINTMENT_ROLE: "Pilih peran dari daftar; peran ini tidak dapat Anda minta. Tidak ada yang berubah.",
    Reason.APPOINTMENT_SAME: "Orang ini sudah memegang peran itu atas unit itu. Tidak ada yang berubah. Untuk mengubah hari terakhirnya, buka namanya pada daftar pemegang peran.",
    Reason.APPOINTMENT_OPEN: "Tentang peran ini sudah ada permintaan yang belum diputuskan. Tidak ada yang ditambahkan. Tunggu keputusannya, atau mintalah yang mengajukan menariknya.",
    Reason.APPOINTMENT_DAY: "Hari terakhir harus sebuah tanggal, mulai hari ini sampai lima tahun ke depan, dan lain dari yang sudah berlaku. Administrator tidak mempunyai hari terakhir. Tidak ada yang berubah.",
    Reason.APPOINTMENT_LAST_TWO: "Tanpa orang ini tersisa kurang dari dua administrator, dan tidak ada lagi yang dapat diputuskan berdua. Tidak ada yang berubah. Angkat administrator lain lebih dahulu.",
    Reason.APPOINTMENT_OVER: "Peran yang hendak diakhiri ini sudah berakhir. Tidak ada yang berubah. Tolak saja permintaan ini.",
    Reason.ROLE_BEYOND: "Salah seorang yang bersangkutan memegang peran atas unit yang tidak Anda kelola, jadi yang memutuskan administrator yang mengelola unit itu juga. Tidak ada yang berubah. Mintalah kepada mereka.",
    # departures
    Reason.DEPARTURE_OWN: "Ini tentang Anda sendiri; orang lain yang melaporkan dan menjawab. Tidak ada yang berubah.",
    Reason.DEPARTURE_TWO: "Anda yang melaporkan, jadi administrator lain yang menjawab. Tidak ada yang berubah.",
    Reason.DEPARTURE_NAME: "Tulis nama atau sebagian nama; nomor tidak dicari.",
    Reason.DEPARTURE_CAUSE: "Pilih sebabnya dari daftar. Tidak ada yang dilaporkan.",
    Reason.DEPARTURE_WORDS: "Keterangan atau jawaban kosong, terlalu pendek, atau lebih dari 400 huruf. Tidak ada yang berubah. Tulis singkat, lalu kirim lagi.",
    Reason.DEPARTURE_ANSWER: "Pilih status atau unit yang berbeda dari yang sekarang, atau jawab saja tanpa mengubah. Tidak ada yang berubah.",
    Reason.DEPARTURE_STALE: "Ini tidak dapat diubah atau dikembalikan lagi: orangnya sudah di unit lain, unit lamanya berakhir, sudah lewat 30 hari, atau datanya sudah berubah sejak itu. Tidak ada yang berubah.",
    Reason.DEPARTURE_OPEN: "Orang ini sudah dilaporkan dan menunggu jawaban administrator. Tidak ada yang ditambahkan.",
    Reason.DEPARTURE_ROLE: "Orang ini administrator. Akhiri dahulu perannya, oleh dua administrator, di halaman Peran. Tidak ada yang berubah.",
    # roll calls
    Reason.ROLLCALL_UNKNOWN: "Apel ini tidak ada, atau bukan di unit Anda.",
    Reason.ROLLCALL_PLACE: "Tulis tempat apel, 3 sampai 120 huruf, misalnya “Halaman Balai Kota”. Apel belum disimpan.",
    Reason.ROLLCALL_DAY: "Hari apel kosong atau bukan tanggal. Pilih harinya. Belum ada yang disimpan.",
    Reason.ROLLCALL_CLOCK: "Waktu {detail} kosong atau bukan jam. Isi seperti 07.30. Belum ada yang disimpan.",
    Reason.ROLLCALL_ORDER: "Apel harus selesai sesudah mulai, pada hari yang sama; yang diisi pukul {detail}. Belum ada yang disimpan.",
    Reason.ROLLCALL_SHORT: "Apel berlangsung paling sedikit 5 menit; yang diisi pukul {detail}. Belum ada yang disimpan.",
    Reason.ROLLCALL_PASSED: "Waktu mulainya sudah lewat: {detail}. Pilih waktu yang belum lewat, atau paling lama 15 menit yang lalu. Belum ada yang disimpan.",
    Reason.ROLLCALL_ENDED: "Waktu selesainya sudah lewat: {detail}. Pilih waktu yang belum lewat. Belum ada yang disimpan.",
    Reason.ROLLCALL_FAR: "Harinya terlalu jauh: {detail}. Apel dibuka paling awal 180 hari sebelumnya. Belum ada yang disimpan.",
    Reason.ROLLCALL_BEGINNING: "Apel ini sudah dimulai, jadi hari dan waktu mulainya tidak dapat diubah lagi; tempat dan waktu selesai masih dapat. Tidak ada yang berubah.",
    Reason.ROLLCALL_OVERLAPS: "Unit ini sudah mempunyai apel pada waktu itu. Ubah apel itu, atau pilih waktu lain. Apel belum disimpan.",
    Reason.ROLLCALL_BEGUN: "Apel ini sudah dimulai, selesai, atau dibatalkan, jadi yang Anda minta tidak dapat lagi. Tidak ada yang berubah.",
    Reason.ROLLCALL_NOT_RUNNING: "Apel ini tidak sedang berjalan, jadi tidak dapat diakhiri. Tidak ada yang berubah.",
    # custody of slips
    Reason.CUSTODY_WHOM: "Pilih untuk siapa slipnya dicetak. Tidak ada yang dicetak.",
    Reason.CUSTODY_NOBODY: "Tidak ada yang memerlukan slip di unit itu: semua sudah aktif atau memegang slip yang masih berlaku. Tidak ada yang dicetak.",
    Reason.CUSTODY_MANY: "Lebih dari {detail} orang memerlukan slip di sana. Tidak ada yang dicetak. Pilih unit yang lebih kecil, tanpa unit di bawahnya.",
    Reason.CUSTODY_GONE: "Tidak seorang pun yang disebut permintaan ini masih memerlukan slip. Tidak ada yang dicetak. Tolak permintaan ini, lalu ajukan yang baru.",
    Reason.CUSTODY_AGAIN: "Cetakan ini tidak dapat diulang: hanya yang mencetaknya, dalam 24 jam, dan hanya slip yang belum diserahkan. Tidak ada yang dicetak. Minta cetakan baru.",
    # demonstration
    Reason.DEMO_REAL_PEOPLE: "Basis data ini memuat pegawai sungguhan; peragaan tidak diisi. Pakai basis data lain.",
    Reason.DEMO_NOT_EMPTY: "Peragaan sudah pernah diisi. Tidak ada yang berubah.",
    Reason.DEMO_COUNTS: "Jumlah penanda tangan tidak boleh kurang dari 0 atau melebihi jumlah orang. Peragaan tidak diisi.",
}

STATUS = {
    400: "Permintaan tidak dapat dibaca. Tidak ada yang berubah dan tidak ada yang ditandatangani.",
    401: "Anda belum masuk. Tidak ada yang berubah.",
    403: "Anda tidak berwenang membuka halaman ini. Tidak ada yang berubah.",
    404: "Halaman yang Anda minta tidak ada. Tidak ada yang berubah.",
    405: "Alamat ini tidak menerima permintaan semacam itu. Tidak ada yang berubah dan tidak ada yang ditandatangani.",
    413: "Berkas yang dikirim melebihi batas. Berkas itu tidak disimpan.",
    414: "Alamat yang diminta terlalu panjang. Tidak ada yang berubah. Periksa lagi alamat yang Anda ketik.",
    429: "Terlalu banyak permintaan dari tempat Anda. Tidak ada yang berubah dan tidak ada yang ditandatangani.",
    431: "Keterangan yang ikut dikirim peramban Anda terlalu panjang. Tidak ada yang berubah. Hapus kuki situs ini, lalu coba lagi.",
    500: "Terjadi kesalahan pada sistem kami, bukan pada Anda.",
}


def sentence(refusal: Refusal) -> Sentence:
    """Return what a person is told of `refusal`."""
    return language.sentence(WORDING[refusal.reason], detail=_shown(refusal.detail))


def status(code: int) -> str:
    """Return what a person is told of an HTTP status: the one of its class where it has none of its own."""
    if code in STATUS:
        return STATUS[code]
    return STATUS[500] if code >= 500 else STATUS[400]


def _shown(detail: str) -> str | datetime:
    return datetime.fromisoformat(detail) if MOMENT.fullmatch(detail) else detail
