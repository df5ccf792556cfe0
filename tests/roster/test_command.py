"""The commands of the roster, as an administrator of the machine types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pakta.commands.main import main
from pakta.roster import unitfiles, units
from tests.roster.conftest import ANI, BUDI, file_of


def run(tmp_path: Path, keys_dir: Path, *words: str) -> Result:
    """Type a command over a database of its own."""
    surroundings = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'pakta.sqlite'}",
        "PAKTA_KEYS": str(keys_dir),
        "PAKTA_INSTANCE": str(tmp_path),
    }
    return CliRunner(env=surroundings).invoke(main, words)


@pytest.fixture
def roster_file(tmp_path: Path) -> Path:
    """Give a file that has not been written yet."""
    return tmp_path / "pegawai.csv"


def test_a_new_city_loads_its_units_and_then_its_people(tmp_path: Path, keys_dir: Path, roster_file: Path) -> None:
    loaded = run(tmp_path, keys_dir, "roster", "units", str(units.OWN_FILE))
    assert (loaded.exit_code, loaded.stdout) == (0, "86 unit dibaca, 86 baru atau berubah.\n")
    roster_file.write_bytes(file_of(ANI, BUDI.replace("199001052021211014", "1.98609E+17")))
    wrong = run(tmp_path, keys_dir, "roster", "import", str(roster_file))
    assert wrong.exit_code == 1
    assert wrong.stdout.startswith("Baris 3, kolom number: 1.98609E+17 diubah oleh Excel.")
    roster_file.write_bytes(file_of(ANI, BUDI))
    for words, said in (
        (["--dry-run"], "2 baru, 0 berubah, 0 sama, 0 tidak ada di berkas.\nUji coba: tidak ada yang ditulis.\n"),
        ([], "2 baru, 0 berubah, 0 sama, 0 tidak ada di berkas.\nSudah ditulis.\n"),
        ([], "0 baru, 0 berubah, 2 sama, 0 tidak ada di berkas.\nTidak ada yang berubah.\n"),
    ):
        done = run(tmp_path, keys_dir, "roster", "import", str(roster_file), *words)
        assert (done.exit_code, done.stdout, done.stderr) == (0, said, "")


def test_a_wrong_file_of_units_is_refused_with_its_reason(tmp_path: Path, keys_dir: Path, roster_file: Path) -> None:
    roster_file.write_bytes(file_of(ANI))
    done = run(tmp_path, keys_dir, "roster", "units", str(roster_file))
    assert done.exit_code == 1
    assert "UNITS_FILE" in done.stderr and "Traceback" not in done.stderr


def test_closing_a_unit_that_still_has_people_says_so(tmp_path: Path, keys_dir: Path, roster_file: Path) -> None:
    run(tmp_path, keys_dir, "roster", "units", str(units.OWN_FILE))
    roster_file.write_bytes(file_of(ANI, BUDI))
    run(tmp_path, keys_dir, "roster", "import", str(roster_file))
    head, line = ",".join(unitfiles.COLUMNS), "smpn-1,SMP Negeri 1,SMPN 1,upt,dikbud,pemkot"
    roster_file.write_text(f"{head},valid_from,valid_until\n{line},2020-01-01,2025-12-31\n")
    done = run(tmp_path, keys_dir, "roster", "units", str(roster_file))
    assert done.stdout.splitlines()[1].startswith(
        "Masih ada pegawai di unit yang tidak berlaku hari ini: smpn-1 (1)."
    )
    refused = run(tmp_path, keys_dir, "appoint", "198609262015052001", "head", "smpn-1")
    assert "UNIT_CLOSED" in refused.stderr


def test_a_slip_for_a_number_that_is_not_listed_says_so(tmp_path: Path, keys_dir: Path) -> None:
    done = run(tmp_path, keys_dir, "slip", "198609262015052001")
    assert done.exit_code == 1
    assert "tidak ada di daftar pegawai" in done.stderr and "Anda kelola" not in done.stderr
