"""The route map: what the app offers, and what each route asks of its visitor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from flask import Flask
from werkzeug.routing import Rule

from pakta.roles import Power, Role


class Door(Enum):
    """A route that asks for no role."""

    OPEN = "open"
    SIGNED_IN = "signed-in"


OPEN, SIGNED_IN = Door.OPEN, Door.SIGNED_IN
Asks = Door | Power | Role

# A power: every role that holds it may enter.  A role: that role alone.
ASKS: Mapping[str, Asks] = {
    "GET /": OPEN,
    "GET /arti": OPEN,
    "GET /privasi": OPEN,
    "GET /lapor": OPEN,
    "GET /kesehatan": OPEN,
    "GET /kesehatan.json": OPEN,
    "GET /naskah": OPEN,
    "GET /naskah/<code>": OPEN,
    "GET /cakupan-umum": OPEN,
    "GET /cakupan-umum/<code>": OPEN,
    # for programs
    "GET /untuk-program": OPEN,
    "GET /api/v1/openapi.json": OPEN,
    "POST /api/v1/verify": OPEN,
    "GET /api/v1/coverage": OPEN,
    "GET /api/v1/coverage.csv": OPEN,
    "GET /api/v1/coverage/<code>.csv": OPEN,
    "GET /api/v1/badge/<code>.svg": OPEN,
    # activation, signing in and out, "bukan saya"
    "GET /aktivasi": OPEN,
    "POST /aktivasi": OPEN,
    "GET /aktivasi/kunci": OPEN,
    "POST /aktivasi/periksa": OPEN,
    "POST /aktivasi/kunci-perangkat": OPEN,
    "POST /aktivasi/kunci-sandi": OPEN,
    "POST /aktivasi/kunci-sandi/mulai": OPEN,
    "GET /masuk": OPEN,
    "POST /masuk": OPEN,
    "GET /masuk/lagi": OPEN,
    "POST /masuk/lagi": OPEN,
    "POST /masuk/isian": SIGNED_IN,
    "POST /masuk/kunci-sandi": OPEN,
    "POST /masuk/kunci-sandi/mulai": OPEN,
    "POST /keluar": OPEN,
    "GET /bukan-saya": OPEN,
    "POST /bukan-saya": OPEN,
    "GET /kios": OPEN,
    "POST /kios/naskah": OPEN,
    # roll calls: what only who was given its address finds
    "GET /apel/<code>/dinding": OPEN,
    "GET /apel/<code>/kini.json": OPEN,
    "GET /apel/<code>/kios": OPEN,
    "POST /apel/<code>/kios": OPEN,
    "POST /apel/<code>/kios/kunci": SIGNED_IN,
    # verification and the ledger
    "GET /v": OPEN,
    "GET /v/<version>/<name>": OPEN,
    "GET /v-sw.js": OPEN,
    "GET /v.webmanifest": OPEN,
    "GET /nama-tidak-cocok": OPEN,
    "GET /periksa": OPEN,
    "POST /periksa": OPEN,
    "GET /periksa/berkas": OPEN,
    "GET /periksa/kamera": OPEN,
    "POST /periksa/berkas": OPEN,
    "POST /periksa/kamera": OPEN,
    "GET /.well-known/pakta-keys.json": OPEN,
    "GET /s/0": OPEN,
    "GET /s/0/alasan": OPEN,
    "GET /segel/<name>.crl": OPEN,
    "GET /.well-known/pakta-seal.json": OPEN,
    "GET /log/": OPEN,
    "GET /log/checkpoint": OPEN,
    "GET /log/payload/<index>": OPEN,
    "GET /log/pending": OPEN,
    "GET /log/tile/<path:path>": OPEN,
    "GET /log/totals": OPEN,
    # one's own
    "GET /akun": SIGNED_IN,
    "GET /pemberitahuan": SIGNED_IN,
    "POST /pemberitahuan": SIGNED_IN,
    "POST /akun/sesi/<int:sign_in_id>/akhiri": SIGNED_IN,
    "POST /akun/sesi/akhiri-lain": SIGNED_IN,
    "POST /bukan-saya/kunci/<int:key_id>": SIGNED_IN,
    "GET /pakta": SIGNED_IN,
    "POST /pakta/siapkan": SIGNED_IN,
    "GET /pakta/tinjau/<sha256>": SIGNED_IN,
    "POST /pakta/tandatangani": SIGNED_IN,
    "GET /pakta/status": SIGNED_IN,
    "POST /kios/siapkan": SIGNED_IN,
    "GET /keberatan-pakta": SIGNED_IN,
    "POST /keberatan-pakta": SIGNED_IN,
    "POST /keberatan-pakta/tarik": SIGNED_IN,
    "GET /data-salah": SIGNED_IN,
    "POST /data-salah": SIGNED_IN,
    "GET /sertifikat/<number>": SIGNED_IN,
    "GET /sertifikat/<number>/lembar.pdf": SIGNED_IN,
    "GET /sertifikat/<number>/kartu.png": SIGNED_IN,
    "GET /sertifikat/<number>/berkas-bukti.pdf": SIGNED_IN,
    # by role
    "GET /cakupan": Power.SEE_NAMES,
    "GET /cakupan/<code>": Power.SEE_NAMES,
    "GET /cakupan/<code>.csv": Power.EXPORT,
    "GET /cakupan/<code>.xlsx": Power.EXPORT,
    "GET /cakupan/<code>/daftar": Power.SEE_NAMES,
    "GET /cakupan/<code>/kini.json": Power.SEE_NAMES,
    "GET /cakupan/<code>/ingatkan": Power.SEE_NAMES,
    "POST /cakupan/<code>/ingatkan": Power.SEE_NAMES,
    "POST /cakupan/<code>/ingatkan/<int:person_id>": Power.SEE_NAMES,
    "GET /cakupan/<code>/lembar": Power.EXPORT,
    "POST /cakupan/<code>/lembar": Power.EXPORT,
    "GET /pekerjaan": Power.EXPORT,
    "GET /pekerjaan/<int:job_id>": Power.EXPORT,
    "GET /pekerjaan/<int:job_id>.json": Power.EXPORT,
    "GET /pekerjaan/<int:job_id>/lembar.zip": Power.EXPORT,
    "POST /pekerjaan/<int:job_id>/batalkan": Power.EXPORT,
    "GET /pengawas": Role.SUPERVISOR,
    "GET /catatan-akses": Power.READ_ACCESS_LOG,
    "GET /keberatan": Power.SEE_DISPUTES,
    "POST /keberatan/<int:dispute_id>": Power.REVOKE,
    "GET /keberatan-pakta/masuk": Power.ANSWER_REPORTS,
    "POST /keberatan-pakta/masuk/<int:objection_id>": Power.ANSWER_REPORTS,
    "GET /laporan-data": Power.ANSWER_REPORTS,
    "GET /laporan-data/<int:report_id>": Power.ANSWER_REPORTS,
    "POST /laporan-data/<int:report_id>": Power.ANSWER_REPORTS,
    "POST /laporan-data/<int:report_id>/perbaikan": Power.ANSWER_REPORTS,
    "POST /laporan-data/<int:report_id>/cari-unit": Power.ANSWER_REPORTS,
    "GET /unit-kerja": Power.IMPORT,
    "GET /unit-kerja/<code>": Power.IMPORT,
    "GET /unit-kerja/<code>/contoh.xlsx": Power.IMPORT,
    "GET /unit-kerja/<code>/pembagian.xlsx": Power.IMPORT,
    "POST /unit-kerja/<code>/nama": Power.IMPORT,
    "POST /unit-kerja/<code>/gabung": Power.IMPORT,
    "POST /unit-kerja/<code>/cari-unit": Power.IMPORT,
    "POST /unit-kerja/<code>/pecah": Power.IMPORT,
    "POST /unit-kerja/<code>/berkas": Power.IMPORT,
    "GET /impor": Power.IMPORT,
    "POST /impor": Power.IMPORT,
    "GET /impor/contoh.xlsx": Power.IMPORT,
    "GET /impor/perpindahan": Power.IMPORT,
    "GET /impor/<int:import_id>": Power.IMPORT,
    "GET /impor/<int:import_id>/salah.xlsx": Power.IMPORT,
    "POST /impor/<int:import_id>/kolom": Power.IMPORT,
    "POST /impor/<int:import_id>/periksa": Power.IMPORT,
    "POST /impor/<int:import_id>/perbaikan": Power.IMPORT,
    "POST /impor/<int:import_id>/terapkan": Power.IMPORT,
    "POST /impor/<int:import_id>/setujui": Power.IMPORT,
    "POST /impor/<int:import_id>/tolak": Power.IMPORT,
    "POST /impor/<int:import_id>/buang": Power.IMPORT,
    "POST /impor/<int:import_id>/tandai": Power.IMPORT,
    "POST /impor/<int:import_id>/tandai/<int:mark_id>/setujui": Power.IMPORT,
    "POST /impor/<int:import_id>/tandai/<int:mark_id>/tolak": Power.IMPORT,
    "POST /impor/<int:import_id>/tandai/<int:mark_id>/batal": Power.IMPORT,
    "GET /pencabutan": Power.ASK_TO_REVOKE,
    "POST /pencabutan/cari": Power.ASK_TO_REVOKE,
    "GET /pencabutan/sertifikat/<number>": Power.ASK_TO_REVOKE,
    "POST /pencabutan/sertifikat/<number>": Power.ASK_TO_REVOKE,
    "POST /pencabutan/sertifikat/<number>/periksa": Power.ASK_TO_REVOKE,
    "GET /pencabutan/permintaan/<int:request_id>": Power.ASK_TO_REVOKE,
    "POST /pencabutan/permintaan/<int:request_id>/setujui": Power.REVOKE,
    "POST /pencabutan/permintaan/<int:request_id>/tolak": Power.ASK_TO_REVOKE,
    "GET /slip": Power.SEE_NAMES,
    "POST /slip": Power.PRINT_SLIPS,
    "POST /slip/cari-unit": Power.PRINT_SLIPS,
    "GET /slip/cetak/<int:batch_id>": Power.PRINT_SLIPS,
    "POST /slip/cetak/<int:batch_id>": Power.PRINT_SLIPS,
    "GET /slip/unit/<code>": Power.SEE_NAMES,
    "POST /slip/unit/<code>": Power.PRINT_SLIPS,
    "GET /bukan-pegawai": Power.SEE_NAMES,
    "POST /bukan-pegawai/cari": Power.SEE_NAMES,
    "GET /bukan-pegawai/lapor/<int:person_id>": Power.SEE_NAMES,
    "POST /bukan-pegawai/lapor/<int:person_id>": Power.SEE_NAMES,
    "GET /bukan-pegawai/<int:departure_id>": Power.SEE_NAMES,
    "POST /bukan-pegawai/<int:departure_id>": Power.SEE_NAMES,
    "POST /bukan-pegawai/<int:departure_id>/cari-unit": Power.ANSWER_REPORTS,
    "GET /apel": Power.SEE_NAMES,
    "GET /apel/baru": Power.SEE_NAMES,
    "POST /apel/baru": Power.SEE_NAMES,
    "POST /apel/baru/cari-unit": Power.SEE_NAMES,
    "GET /apel/<int:rollcall_id>": Power.SEE_NAMES,
    "POST /apel/<int:rollcall_id>": Power.SEE_NAMES,
    "GET /apel/<int:rollcall_id>/ubah": Power.SEE_NAMES,
    "POST /apel/<int:rollcall_id>/ubah": Power.SEE_NAMES,
    "GET /apel/<int:rollcall_id>/terlambat": Power.SEE_NAMES,
    "GET /apel/<int:rollcall_id>/terlambat.csv": Power.EXPORT,
    "GET /apel/<int:rollcall_id>/terlambat.xlsx": Power.EXPORT,
    "GET /peran": Power.ASK_TO_APPOINT,
    "POST /peran": Power.ASK_TO_APPOINT,
    "POST /peran/periksa": Power.ASK_TO_APPOINT,
    "POST /peran/cari": Power.ASK_TO_APPOINT,
    "POST /peran/cari-unit": Power.ASK_TO_APPOINT,
    "GET /peran/pemegang/<int:grant_id>": Power.ASK_TO_APPOINT,
    "POST /peran/pemegang/<int:grant_id>/akhiri": Power.ASK_TO_APPOINT,
    "POST /peran/pemegang/<int:grant_id>/sampai": Power.ASK_TO_APPOINT,
    "GET /peran/permintaan/<int:appointment_id>": Power.ASK_TO_APPOINT,
    "POST /peran/permintaan/<int:appointment_id>/setujui": Power.APPOINT,
    "POST /peran/permintaan/<int:appointment_id>/tolak": Power.ASK_TO_APPOINT,
    "GET /pemulihan": Power.RECOVER,
    "POST /pemulihan": Power.RECOVER,
    "POST /pemulihan/<int:recovery_id>/setujui": Power.RECOVER,
    "POST /pemulihan/<int:recovery_id>/tolak": Power.RECOVER,
}
FRESH = {
    "POST /slip",
    "GET /slip/cetak/<int:batch_id>",
    "POST /slip/cetak/<int:batch_id>",
    "POST /slip/unit/<code>",
    "POST /bukan-pegawai/lapor/<int:person_id>",
    "POST /bukan-pegawai/<int:departure_id>",
    "GET /peran",
    "POST /peran",
    "POST /peran/periksa",
    "POST /peran/cari",
    "POST /peran/cari-unit",
    "GET /peran/pemegang/<int:grant_id>",
    "POST /peran/pemegang/<int:grant_id>/akhiri",
    "POST /peran/pemegang/<int:grant_id>/sampai",
    "GET /peran/permintaan/<int:appointment_id>",
    "POST /peran/permintaan/<int:appointment_id>/setujui",
    "POST /peran/permintaan/<int:appointment_id>/tolak",
    "GET /keberatan",
    "GET /pakta/tinjau/<sha256>",
    "POST /pakta/tandatangani",
    "GET /sertifikat/<number>/berkas-bukti.pdf",
    "GET /sertifikat/<number>/lembar.pdf",  # of others
    "GET /cakupan/<code>.csv",
    "GET /cakupan/<code>.xlsx",
    "GET /apel/<int:rollcall_id>/terlambat.csv",
    "GET /apel/<int:rollcall_id>/terlambat.xlsx",
    "GET /cakupan/<code>/lembar",
    "POST /cakupan/<code>/lembar",
    "GET /pekerjaan/<int:job_id>/lembar.zip",
    "POST /keberatan/<int:dispute_id>",
    "GET /unit-kerja/<code>/pembagian.xlsx",
    "POST /unit-kerja/<code>/nama",
    "POST /unit-kerja/<code>/gabung",
    "POST /unit-kerja/<code>/pecah",
    "POST /unit-kerja/<code>/berkas",
    "POST /impor",
    "GET /impor/<int:import_id>/salah.xlsx",
    "POST /impor/<int:import_id>/kolom",
    "POST /impor/<int:import_id>/periksa",
    "POST /impor/<int:import_id>/perbaikan",
    "POST /impor/<int:import_id>/terapkan",
    "POST /impor/<int:import_id>/setujui",
    "POST /impor/<int:import_id>/tolak",
    "POST /impor/<int:import_id>/buang",
    "POST /impor/<int:import_id>/tandai",
    "POST /impor/<int:import_id>/tandai/<int:mark_id>/setujui",
    "POST /impor/<int:import_id>/tandai/<int:mark_id>/tolak",
    "POST /impor/<int:import_id>/tandai/<int:mark_id>/batal",
    "GET /pencabutan/sertifikat/<number>",
    "POST /pencabutan/sertifikat/<number>",
    "POST /pencabutan/sertifikat/<number>/periksa",
    "GET /pencabutan/permintaan/<int:request_id>",
    "POST /pencabutan/permintaan/<int:request_id>/setujui",
    "POST /pencabutan/permintaan/<int:request_id>/tolak",
    "GET /pemulihan",
    "POST /pemulihan",
    "POST /pemulihan/<int:recovery_id>/setujui",
    "POST /pemulihan/<int:recovery_id>/tolak",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one rule."""

    method: str
    rule: Rule
    view: Callable[..., object]

    @property
    def name(self) -> str:
        """Return `METHOD rule`."""
        return f"{self.method} {self.rule.rule}"

    @property
    def fresh(self) -> bool:
        """Say whether the view asks for a sign-in of the last five minutes."""
        return bool(getattr(self.view, "pakta_fresh", False))


def routes(app: Flask) -> list[Route]:
    """Return every route but the static files'."""
    return [
        Route(method, rule, app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def path_of(route: Route, values: Mapping[str, object]) -> str:
    """Return a path of the route with `values` for its arguments."""
    path = route.rule.rule
    for argument in route.rule.arguments:
        converter = next(
            part for part in (f"<int:{argument}>", f"<path:{argument}>", f"<{argument}>") if part in path
        )
        path = path.replace(converter, str(values[argument]))
    return path
