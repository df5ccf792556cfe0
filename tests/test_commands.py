"""The commands of the house in one city's life, typed as an administrator of the machine types them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pakta.commands import ledger
from pakta.commands.main import main
from pakta.config import ROOT
from tests.databases import DATABASES, Cluster

Run = Callable[..., Result]
PEOPLE, SIGNED = 120, 30
ASIDE = ".sebelum-20260101T000000"  # what a restore leaves beside an SQLite database


@pytest.fixture(scope="module", params=DATABASES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, str]:
    """Fill a demonstration; give `python -m pakta` over it, and what was printed."""
    folder = tmp_path_factory.mktemp("commands")
    url = f"sqlite:///{folder / 'pakta.sqlite'}"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.create("commands").replace("postgresql+psycopg://", "postgresql://")
    surroundings = {
        "DATABASE_URL": url, "PAKTA_KEYS": str(folder / "keys"), "PAKTA_INSTANCE": str(folder),
        "PAKTA_ORIGIN": "http://localhost:5000", "PAKTA_DEMO": "1",
    }  # fmt: skip

    def call(*words: str, code: int = 0, input: str = "", **others: str) -> Result:
        done = CliRunner(env=surroundings | others).invoke(main, words, input=input)
        assert done.exit_code == code, (words, done.output, done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done

    printed = call("demo", "--people", str(PEOPLE), "--signed", str(SIGNED), "--seed", "1").stdout
    (folder / f"pakta.sqlite{ASIDE}").touch()
    return call, printed


@pytest.fixture(scope="module")
def run(house: tuple[Run, str]) -> Run:
    """Give `python -m pakta` over a database and keys of its own."""
    return house[0]


@pytest.fixture(scope="module")
def summary(house: tuple[Run, str]) -> str:
    """Give what the demonstration printed."""
    return house[1]


def number(summary: str, at: int = 0) -> str:
    """Return the number of one of the example certificates."""
    return re.findall(r"/sertifikat/(\S+)", summary)[at]


def address(summary: str, at: int = 0) -> str:
    """Return the address that its QR holds."""
    return re.findall(r"(http://localhost:5000/v#\d+)", summary)[at]


def test_a_second_filling_is_refused(run: Run) -> None:
    assert "DEMO_NOT_EMPTY" in run("demo", code=1).stderr


def test_keys_are_listed_and_never_made_twice(run: Run) -> None:
    said = run("keys", "list").stdout
    assert re.search(r"penerbit +kid [0-9a-f]{16}\n", said)
    assert "localhost:5000/log+" in said
    assert "sudah berisi kunci" in run("keys", "new", code=1).stderr


def test_a_slip_is_printed_for_who_has_no_account_and_refused_to_who_has(run: Run, summary: str) -> None:
    active = re.findall(r"kepala OPD +(\d{18})", summary)[0]
    assert "ALREADY_ACTIVE" in run("slip", active, code=1).stderr
    assert "PERSON_NOT_LISTED" in run("slip", "198609262015052999", code=1).stderr
    inactive = re.findall(r"/aktivasi#.*NIP (\d{18})", summary)[-1]
    assert "Karena itu mati: slip yang dibuat bukan dari halaman “Slip”." in run("slip", inactive).stdout
    assert "membuat slip dengan perintah di server (mematikan slip" in run("access-log", "--person", inactive).stdout


def test_a_role_is_given_and_ended(run: Run, summary: str) -> None:
    active = re.findall(r"kepala OPD +(\d{18})", summary)[0]
    assert run("appoint", active, "delegate", "dinkes").stdout.count("delegate diberikan untuk Dinas Kesehatan")
    assert "delegate berakhir" in run("appoint", active, "delegate", "dinkes", "--end").stdout
    assert "UNIT_UNKNOWN" in run("appoint", active, "delegate", "tidak-ada", code=1).stderr
    assert "Perhatian: ia berada di instansi yang diawasinya" in run("appoint", active, "supervisor", "pemkot").stdout
    assert "Perhatian" not in run("appoint", active, "supervisor", "pemkot", "--end").stdout


def test_a_certificate_is_suspended_brought_back_and_revoked_and_verify_says_so(run: Run, summary: str) -> None:
    mine, qr = number(summary), address(summary)
    assert run("verify", qr).stdout.startswith("SAH\n")
    assert "ditangguhkan" in run("certificate", mine, "--suspend").stdout
    assert run("verify", qr, code=1).stdout.startswith("DITANGGUHKAN\n")
    assert "berlaku" in run("certificate", mine, "--reinstate").stdout
    assert run("verify", qr).stdout.startswith("SAH\n")
    assert "dicabut" in run("certificate", mine, "--revoke", "data-salah").stdout
    assert run("verify", qr, code=1).stdout.startswith("DICABUT\n")
    assert "STATUS" in run("certificate", mine, "--reinstate", code=1).stderr
    assert "Pilih satu saja" in run("certificate", mine, "--suspend", "--reinstate", code=2).stderr


def test_the_files_of_a_certificate_are_written_and_verify(run: Run, summary: str, tmp_path: Path) -> None:
    pdf, png = tmp_path / "lembar.pdf", tmp_path / "kartu.png"
    run("certificate", number(summary, 1), "--pdf", str(pdf), "--png", str(png))
    for path in (pdf, png):
        assert run("verify", str(path)).stdout.startswith("SAH\n")
    assert "NUMBER" in run("certificate", "7K3M-0000", code=1).stderr
    assert "Pemilik" in run("certificate", number(summary, 1)).stdout
    nowhere = str(tmp_path / "tidak-ada" / "kartu.png")
    assert "tidak dapat ditulis" in run("certificate", number(summary, 1), "--png", nowhere, code=1).stderr


def test_a_text_is_published_once_and_not_over_another(run: Run, tmp_path: Path) -> None:
    texts = ROOT / "pakta" / "editions" / "texts"
    own = texts / "asn-2026.toml"
    again = run("edition", "publish", str(own)).stdout
    assert again == run("edition", "publish", str(own)).stdout
    changed = tmp_path / "asn-2026.toml"
    changed.write_text(own.read_text().replace("netral", "NETRAL", 1))
    assert "EDITION" in run("edition", "publish", str(changed), code=1).stderr
    wrong = tmp_path / "rusak.toml"
    wrong.write_text("judul = ")
    assert "EDITION" in run("edition", "publish", str(wrong), code=1).stderr


def test_the_ledger_agrees_and_there_is_no_copy_to_replay(run: Run) -> None:
    assert run("ledger", "check").stdout.startswith("Semua cocok: ")
    assert "PAKTA_LOG_COPY" in run("ledger", "replay", code=1).stderr


def test_with_the_wrong_keys_the_findings_are_a_page_and_a_number(run: Run, tmp_path: Path) -> None:
    other = str(tmp_path / "kunci-lain")
    run("keys", "new", PAKTA_KEYS=other)
    told = [run("ledger", "check", *more, code=1, PAKTA_KEYS=other).stdout for more in ((), ("--all",))]
    short, long = (text.splitlines() for text in told)
    assert len(short) == ledger.MOST + 1 < len(long)
    assert short[:-1] == long[: ledger.MOST] and f"dan {len(long) - ledger.MOST} temuan lagi" in short[-1]


def test_the_access_log_is_printed_newest_first_and_printing_it_is_a_line(run: Run, summary: str) -> None:
    run("access-log")
    lines = run("access-log", "--since", "2026-01-01").stdout.splitlines()
    assert "membaca catatan akses dengan perintah di server" in lines[0]
    assert any(
        "memberi peran (head)\tDinas Pendidikan" in line
        for line in run("access-log", "--most", "500").stdout.splitlines()
    )
    number = re.search(r"kepala OPD +(\d+)", summary)
    assert number
    about = run("access-log", "--person", number.group(1), "--unit", "dikbud").stdout.splitlines()
    assert about
    assert all("Dinas Pendidikan" in line and number.group(1) not in line for line in about)
    assert "UNIT_UNKNOWN" in run("access-log", "--unit", "tidak-ada", code=1).output
    assert "PERSON_NOT_LISTED" in run("access-log", "--person", "198609262015052999", code=1).output


def test_a_person_is_erased_once_and_the_rest_agrees(run: Run, summary: str, request: pytest.FixtureRequest) -> None:
    whose = re.findall(r"kepala OPD +(\d{18})", summary)[0]
    assert "Tidak ada yang dihapus" in run("erase", whose, code=1, input="198609262015052999\n").stderr
    said = run("erase", whose, input=f"{whose[:8]} {whose[8:]}\n").stdout
    assert "sudah dihapus" in said and "sudah dibersihkan" in said and whose not in said
    assert (f"pakta.sqlite{ASIDE}" in said) is (request.node.callspec.params["house"] == "sqlite")
    assert "NOTHING_TO_ERASE" in run("erase", whose, "--yes", code=1).stderr
    assert "milik orang yang dihapus" in run("ledger", "check").stdout
    assert run("verify", address(summary, 1)).stdout.startswith("SAH\n")
    assert "dibersihkan" in run("erase", "--sweep").stdout
    assert "--sweep" in run("erase", code=2).stderr


def test_without_keys_a_command_says_what_to_do(tmp_path: Path) -> None:
    surroundings = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'a.sqlite'}",
        "PAKTA_KEYS": str(tmp_path / "k"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pakta", "ledger", "check"], cwd=ROOT, env=surroundings, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "keys new" in done.stderr and "Traceback" not in done.stderr
