"""`python -m pakta verify`: by our own database, or fetched from one origin only."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.serving import make_server

from pakta import keyring
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import ROOT
from pakta.database import transaction
from pakta.keyring import Keyring
from pakta.monitor.site import Site
from pakta.roster.models import Person
from pakta.verification import command, publicfiles, words
from pakta.web import clock
from tests import databases, make, slices
from tests.journeys.site import free_port
from tests.people import KNOWN, City
from tests.verification.test_document import attached, file_of, resealed


@pytest.fixture
def city(tmp_path: Path, keys_dir: Path, keys: Keyring) -> Iterator[City]:
    """Serve a small city by HTTP, its database in a file."""
    port = free_port()
    config = make.config(f"sqlite:///{tmp_path / 'pakta.sqlite'}", keys_dir, origin=f"http://localhost:{port}")
    app = make.app(config, keys=keys)
    databases.make_tables(app)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield City(app).build()
    server.shutdown()
    databases.leave(app)


@pytest.fixture
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return city.sign("siti")


def address(city: City, row: IssuedCredential) -> str:
    """Return what the QR holds."""
    return certificates.address(row, config=city.wired.config)


def verify(city: City, target: str, *, source: str | None = None, database: str = "") -> command.Outcome:
    """Run the command's work with the city's configuration, or with another database."""
    config = city.wired.config
    config = replace(config, database_url=database) if database else config
    return command.verify(target, source=source, config=config, now=clock.now())


def test_our_own_database_is_used_where_it_holds_the_ledger(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publicfiles, "_fetch", lambda _site, where: pytest.fail(f"asked {where}"))
    outcome = verify(city, address(city, siti))
    assert (outcome.lines[0], outcome.good) == ("SAH", True)
    assert outcome.lines[-1].startswith("Data: basis data di mesin ini. Situs: ")
    assert any("Siti Lestari" in line for line in outcome.lines)


@pytest.mark.parametrize("served", [False, True])
def test_a_demonstration_is_marked_as_its_pages_are(city: City, siti: IssuedCredential, served: bool) -> None:
    source = city.wired.config.origin if served else None
    outcome = verify(city, address(city, siti), source=source)
    assert (outcome.lines[0], outcome.lines[-2], outcome.good) == ("SAH", words.DEMO, True)
    assert words.DEMO in re.sub(r"<[^>]*>", "", city.visitor().get("/v").text)
    real(city)
    assert words.DEMO not in verify(city, address(city, siti), source=source).lines
    assert words.DEMO not in re.sub(r"<[^>]*>", "", city.visitor().get("/v").text)


def real(city: City) -> None:
    """Let the people be real ones from now on."""
    with city.app.app_context(), transaction() as session:
        session.execute(update(Person).values(demo=False))


def test_a_demonstration_whose_page_cannot_be_had_is_judged_all_the_same(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = publicfiles._fetch

    def fetch(site: Site, where: str) -> bytes:
        if where.endswith("/v"):
            raise publicfiles.NotServed(where)
        return plain(site, where)

    monkeypatch.setattr(publicfiles, "_fetch", fetch)
    outcome = verify(city, address(city, siti), source=city.wired.config.origin)
    assert (outcome.lines[0], words.DEMO in outcome.lines) == ("SAH", False)


def test_without_the_database_it_is_fetched_from_the_configured_origin(
    city: City, siti: IssuedCredential, tmp_path: Path
) -> None:
    outcome = verify(city, address(city, siti), database=f"sqlite:///{tmp_path / 'none.sqlite'}")
    assert (outcome.lines[0], outcome.good) == ("SAH", True)
    assert outcome.lines[-1].startswith(f"Data: diambil dari {city.wired.config.origin}. Situs: ")
    assert not (tmp_path / "none.sqlite").exists()


def test_no_other_host_is_ever_asked(city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(publicfiles, "_fetch", lambda _site, where: asked.append(where))
    foreign = address(city, siti).replace(city.wired.config.origin, "https://jahat.example")
    outcome = verify(city, foreign)
    assert (outcome.lines[0], outcome.good, asked) == ("TIDAK DIKENAL", False, [])
    assert "OTHER_HOST" in outcome.lines[1]


def test_a_named_origin_is_asked_instead(city: City, siti: IssuedCredential) -> None:
    origin = city.wired.config.origin
    assert (
        verify(city, address(city, siti), source=f"{origin}/").lines[-1].startswith(f"Data: diambil dari {origin}. ")
    )
    silent = verify(city, address(city, siti).replace(origin, "http://localhost:1"), source="http://localhost:1")
    assert (silent.lines[0], silent.good) == ("TIDAK DAPAT DIPERIKSA", False)
    assert silent.lines[-1] == (
        "Data: tidak ada; http://localhost:1 tidak menjawab (periksa alamat, port, dan sambungannya)."
        " Situs: localhost:1, tanpa daftar kunci"
    )


@pytest.mark.parametrize(
    "source", slices.some(["bla", "localhost:5000", "ftp://localhost", "http://[", "https://"], 1, of=2)
)
def test_what_is_no_origin_is_refused_and_judges_nobody(city: City, siti: IssuedCredential, source: str) -> None:
    outcome = verify(city, address(city, siti), source=source)
    assert (len(outcome.lines), outcome.good) == (1, False)
    assert "bukan alamat situs" in outcome.lines[0]


def test_of_another_site_it_does_not_claim_to_know_who_witnesses_it(city: City, siti: IssuedCredential) -> None:
    here, there = "Belum ada saksi luar yang menjaga buku catatan", "Saksi luar belum diperiksa"
    own, asked = verify(city, address(city, siti)), verify(city, address(city, siti), source=city.wired.config.origin)
    assert [any(said in line for line in own.lines) for said in (here, there)] == [True, False]
    assert [any(said in line for line in asked.lines) for said in (here, there)] == [False, True]


def test_every_other_verdict_is_not_good(city: City, siti: IssuedCredential) -> None:
    assert verify(city, address(city, siti)[:-3]).good is False
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, siti.id), status=Status.REVOKED,
            reason=ReasonClass.KEY_LOST, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    outcome = verify(city, address(city, siti))
    assert (outcome.lines[0], outcome.good) == ("DICABUT", False)


@pytest.mark.parametrize("name", ["lembar.pdf", "berkas-bukti.pdf", "kartu.png", "surat.txt"])
def test_a_file_is_verified_too(city: City, siti: IssuedCredential, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    served = city.visitor("siti").get(f"/sertifikat/{siti.number}/{name}")
    path.write_bytes(f"Sertifikat: {address(city, siti)}".encode() if name == "surat.txt" else served.data)
    outcome = verify(city, str(path))
    assert (outcome.lines[0], outcome.good) == ("SAH", True)
    assert KNOWN["siti"].number not in "".join(outcome.lines)


def test_a_file_of_which_a_part_does_not_fit_is_refused_though_its_certificate_is_sah(
    city: City, siti: IssuedCredential, tmp_path: Path
) -> None:
    path = tmp_path / "berkas.pdf"
    own = attached(city, file_of(city, siti, "berkas-bukti.pdf"))
    other = attached(city, file_of(city, city.sign("joko"), "berkas-bukti.pdf", "joko"))
    for name in ("evidence.json", "enrolment.tlog-proof", "proof.tlog-proof"):
        path.write_bytes(resealed(city, {**own, name: other[name]}))
        outcome = verify(city, str(path))
        assert (outcome.lines[0], outcome.good) == ("TIDAK DIKENAL", False)
        assert "PDF_PARTS_DIFFER" in outcome.lines[1]
        assert any(line.startswith("  [TIDAK]") for line in outcome.lines)
    path.write_bytes(resealed(city, own))
    assert verify(city, str(path)).good


def test_of_another_city_the_seals_count_that_it_names(city: City, siti: IssuedCredential, tmp_path: Path) -> None:
    path, own = tmp_path / "lembar.pdf", city.wired.config
    path.write_bytes(file_of(city, siti, "lembar.pdf"))
    elsewhere = tmp_path / "kunci-kota-lain"
    keyring.create(elsewhere, host="lain.example", city="Kota Lain")
    config = replace(own, origin="https://lain.example", keys_dir=elsewhere)
    outcome = command.verify(str(path), source=own.origin, config=config, now=clock.now())
    assert (outcome.lines[0], outcome.good) == ("SAH", True)
    ours = command.verify(str(path), source=None, config=replace(own, keys_dir=elsewhere), now=clock.now())
    assert "PDF_OTHER_SEAL" in ours.lines[1]


def test_the_proof_inside_a_file_does_not_stand_in_for_a_ledger_that_is_not_served(
    city: City, siti: IssuedCredential, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, plain = tmp_path / "lembar.pdf", publicfiles._fetch
    path.write_bytes(file_of(city, siti, "lembar.pdf"))
    assert verify(city, str(path), source=city.wired.config.origin).good

    def fetch(site: Site, where: str) -> bytes:
        if where.startswith("/log/"):
            raise publicfiles.NotServed(where)
        return plain(site, where)

    monkeypatch.setattr(publicfiles, "_fetch", fetch)
    outcome = verify(city, str(path), source=city.wired.config.origin)
    assert (outcome.lines[0], "LEDGER_MISSING" in outcome.lines[1]) == ("TIDAK DAPAT DIPERIKSA", True)


def test_a_file_that_is_missing_or_says_nothing_is_not_good(city: City, tmp_path: Path) -> None:
    assert verify(city, str(tmp_path / "tiada.pdf")).good is False
    (tmp_path / "kosong.txt").write_text("tidak ada apa-apa")
    outcome = verify(city, str(tmp_path / "kosong.txt"))
    assert (outcome.good, "IMAGE_FORMAT" in outcome.lines[0]) == (False, True)
    assert "tidak memuat alamat sertifikat" in outcome.lines[0]


def test_the_command_itself_ends_with_0_for_sah_only(city: City, siti: IssuedCredential, keys_dir: Path) -> None:
    config = city.wired.config
    environment = {
        "DATABASE_URL": config.database_url, "PAKTA_ORIGIN": config.origin, "PAKTA_KEYS": str(keys_dir),
        "PAKTA_INSTANCE": str(keys_dir.parent),
    }  # fmt: skip

    def code(target: str) -> int:
        words = [sys.executable, "-m", "pakta", "verify", target]
        return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, timeout=60).returncode

    assert code(address(city, siti)) == 0
    assert code(address(city, siti)[:-3]) == 1


def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_the_command(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is for all that is asked: one for each byte, or each file, would be renewed again and again."""
    monkeypatch.setattr(publicfiles, "PATIENCE", 0.3)
    monkeypatch.setattr(publicfiles, "LIMIT", 0.5)
    asked = []

    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "200000")
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(400):
                    self.wfile.write(b"x")
                    time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Drip) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        origin, began = f"http://127.0.0.1:{server.server_port}", time.monotonic()
        outcome = verify(city, address(city, siti).replace(city.wired.config.origin, origin), source=origin)
        assert time.monotonic() - began < 15  # each of the files takes 20 s and comes within each single wait
        assert (outcome.lines[0], outcome.good, len(asked)) == ("TIDAK DAPAT DIPERIKSA", False, 2)
        server.shutdown()


def test_no_proxy_of_the_environment_is_used(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")  # where nobody is
    monkeypatch.delenv("no_proxy", raising=False)
    assert verify(city, address(city, siti), source=city.wired.config.origin).lines[0] == "SAH"


@pytest.mark.parametrize(
    "source", slices.some(["localhost", "ftp://localhost", "http://localhost/x", "http://[::1"], 0, of=2)
)
def test_an_origin_that_is_none_is_asked_for_nothing(city: City, siti: IssuedCredential, source: str) -> None:
    assert verify(city, address(city, siti), source=source).good is False


def test_an_empty_file_and_a_number_are_named_as_what_they_are(
    city: City, siti: IssuedCredential, tmp_path: Path
) -> None:
    empty = tmp_path / "kosong.pdf"
    empty.touch()
    told = verify(city, str(empty), source=None)
    assert (told.good, "FILE_EMPTY" in told.lines[0], told.told["error"]["reason"]) == (False, True, "FILE_EMPTY")
    assert verify(city, siti.number, source=None).lines[0].startswith("Ini nomor sertifikat")
    assert "tidak ada berkas dengan nama itu" in verify(city, "941V-3WDE", source=None).lines[0]
