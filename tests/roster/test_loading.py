"""The first load of an empty roster: whole or not at all, with the same people and counters as an import."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pakta.core.errors import Reason
from pakta.database import transaction
from pakta.roster import counters, loading, units
from pakta.roster.models import Person
from tests.roster.conftest import ANI, BUDI, GOOD, NOW, file_of, pepper
from tests.roster.test_command import run
from tests.roster.test_importing import person


def load(content: bytes) -> int:
    with transaction() as session:
        lines = content.decode().splitlines(keepends=True)
        return loading.load(session, lines=lines, now=NOW, pepper=pepper)


def test_everybody_is_loaded_as_an_import_would(session: Session) -> None:
    assert load(file_of(*GOOD)) == 5
    ani = person(session, "19860926 201505 2 001")
    assert (ani.name, ani.rank, ani.unit.code, ani.changed_at, ani.demo) == (
        "Ani Lestari", "Penata, III/c", "setda-hukum", NOW, False,
    )  # fmt: skip
    assert counters.check(session) == []


@pytest.mark.parametrize(
    ("lines", "row", "reason"),
    [
        ((ANI, BUDI.replace("smpn-1", "sihir")), 3, Reason.UNIT_UNKNOWN),
        ((ANI, "", BUDI.replace("Guru", '"Guru')), 4, Reason.ROSTER_NOT_CSV),
        ((ANI, BUDI + ",lebih"), 3, Reason.ROSTER_ROW_WIDTH),
    ],
)
def test_one_wrong_line_and_nobody_is_loaded(
    session: Session, lines: tuple[str, ...], row: int, reason: Reason
) -> None:
    with pytest.raises(loading.WrongError) as caught:
        load(file_of(*lines))
    assert [(error.row, error.reason) for error in caught.value.errors] == [(row, reason)]
    assert session.scalars(select(Person)).all() == []


def test_a_number_that_stands_twice_is_refused_with_its_row_where_it_is_known(session: Session) -> None:
    with pytest.raises(loading.WrongError) as caught:
        load(file_of(ANI, "", BUDI, ANI))
    known = 5 if session.get_bind().dialect.name == "postgresql" else 0
    assert [(error.row, error.reason) for error in caught.value.errors] == [(known, Reason.NUMBER_TWICE)]
    assert session.scalars(select(Person)).all() == []


def test_a_roster_that_holds_somebody_is_not_loaded(session: Session) -> None:
    load(file_of(ANI))
    with pytest.raises(ValueError, match="not empty"):
        load(file_of(BUDI))


def test_the_command_says_how_many_or_what_is_wrong(tmp_path: Path, keys_dir: Path) -> None:
    assert run(tmp_path, keys_dir, "roster", "units", str(units.OWN_FILE)).exit_code == 0
    file = tmp_path / "pegawai.csv"
    file.write_bytes(file_of(ANI, BUDI.replace("smpn-1", "sihir")))
    wrong = run(tmp_path, keys_dir, "roster", "load", str(file))
    assert (wrong.exit_code, wrong.stdout[:7], wrong.stdout[-22:]) == (
        1,
        "Baris 3",
        "Tidak ada yang ditulis.\n"[-22:],
    )
    file.write_bytes(file_of(ANI, BUDI))
    assert run(tmp_path, keys_dir, "roster", "load", str(file)).stdout == "2 orang dimuat.\n"
    assert "Roster sudah berisi" in run(tmp_path, keys_dir, "roster", "load", str(file)).output
