"""`coverage prove`: what pages say is what the ledger proves, and a figure that is not is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from pakta import startup
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main
from pakta.coverage import publishing
from pakta.database import db, transaction
from pakta.roster import service as roster
from pakta.roster import units
from pakta.web import clock
from tests.people import City

WHOLE_ON_POSTGRESQL = True

Prove = Callable[..., tuple[int, str]]


@pytest.fixture
def city(app: Flask) -> City:
    """Give a city in which two of Dikbud and one of Dinkes have signed."""
    return City(app).build(signed=["siti", "budi", "joko", "agus"])


@pytest.fixture
def prove(city: City, monkeypatch: pytest.MonkeyPatch) -> Prove:
    """Give the command over this city."""
    monkeypatch.setattr(startup, "open_app", lambda **_: city.app)

    def prove(*words: str) -> tuple[int, str]:
        with city.app.app_context():
            db.session.remove()
        done = CliRunner().invoke(main, ["coverage", "prove", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return prove


def run(city: City, statement: str) -> None:
    with city.app.app_context(), transaction() as session:
        session.execute(db.text(statement))


def test_a_city_whose_figures_are_the_ledgers_is_proved(prove: Prove) -> None:
    code, said = prove()
    assert code == 0, said
    assert "pemkot: 3 dari 7 (42,9 %); 3 sertifikat dibaca" in said and said.count("semua sama") == 6, said
    code, said = prove("dikbud")
    assert (code, said.split(";")[0]) == (0, "dikbud: 2 dari 4 (50,0 %)")


def test_a_unit_that_is_not_there_is_named(prove: Prove) -> None:
    code, said = prove("tidak-ada")
    assert code == 1 and "Tidak ada unit dengan kode tidak-ada" in said


def test_who_moved_was_revoked_or_came_back_is_counted_as_pages_count_them(prove: Prove, city: City) -> None:
    with city.app.app_context(), transaction() as session:
        row = certificates.of_person(session, person_id=city.person("budi").id)[0]
        certificates.change_status(
            session, row=row, status=Status.SUSPENDED, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
        elsewhere = units.by_code(session, code="dikbud")
        roster.set_place(session, person=city.person("joko"), unit=elsewhere, now=clock.now())
        siti = city.person("siti")
        roster.set_place(session, person=siti, status="mutasi", now=clock.now())
        roster.set_place(session, person=siti, status="aktif", now=clock.now() + timedelta(seconds=2))
    code, said = prove("dikbud")
    assert (code, said.split(";")[0]) == (0, "dikbud: 0 dari 5 (0 %)"), said


@pytest.mark.parametrize(
    ("lie", "found"),
    [
        ("UPDATE counter_signed SET signed = signed + 1", "dikbud: penghitung 4 dari 4, buku catatan 2 dari 4"),
        ("UPDATE counter_people SET people = people + 1", "dikbud: penghitung 2 dari 7, buku catatan 2 dari 4"),
        ("UPDATE daily_signed SET change = change + 1", "dikbud: riwayat harian 4 dari 4, buku catatan 2 dari 4"),
        ("DELETE FROM signed_people", "dikbud: CSV 0 sudah, buku catatan 2"),
        ("UPDATE credentials SET to_be_signed = evidence_hash", "sertifikat tanpa catatan yang cocok"),
    ],
)
def test_a_figure_that_the_ledger_does_not_prove_is_named(prove: Prove, city: City, lie: str, found: str) -> None:
    assert prove("dikbud")[0] == 0
    run(city, lie)
    code, said = prove("dikbud")
    assert code == 1 and found in said, said


def test_the_publics_picture_is_compared_where_nothing_moved_on_its_day(prove: Prove, city: City) -> None:
    code, said = prove("pemkot")
    assert code == 0 and "tidak dapat dibandingkan" not in said  # seven people: the picture is a percentage
    with city.app.app_context(), transaction() as session:
        picture = publishing.newest(session)
        unit = units.by_code(session, code="pemkot")
        assert picture is not None and unit is not None
        picture.institutions = [
            {"unit": unit.id, "groups": [], "signed": 3, "total": 7, "lines": [[[unit.id], 3, 7]]}
        ]
    code, said = prove("pemkot")
    assert code == 1 and "memuat kelompok di bawah 10 orang" in said
    assert "berubah pada hari itu" in said  # everybody was entered on the day of the picture
    yesterday = clock.today() - timedelta(days=1)
    for table in ("people", "signed"):
        run(city, f"UPDATE daily_{table} SET day = '{yesterday.isoformat()}'")
    code, said = prove("pemkot")
    assert "berubah pada hari itu" not in said and "riwayat" not in said
    with city.app.app_context(), transaction() as session:
        picture = publishing.newest(session)
        assert picture is not None
        picture.institutions = [dict(picture.institutions[0]) | {"signed": 4}]
    code, said = prove("pemkot")
    assert "bagian-bagiannya tidak berjumlah 4 dari 7" in said and "4 dari 7, riwayat 3 dari 7" in said
