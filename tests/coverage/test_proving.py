"""`coverage prove`: what pages say is what the ledger proves, and a figure that is not is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from pakta import startup
from pakta.accounts import audit
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main
from pakta.coverage import publishing, rules
from pakta.coverage.models import PublicPicture
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
        (
            "UPDATE counter_people SET audience = 'excused' WHERE audience = 'pns'",
            "2 dikecualikan, buku catatan 2 dari 4",
        ),
        ("DELETE FROM signed_people", "dikbud: CSV 0 sudah, buku catatan 2"),
        ("UPDATE credentials SET to_be_signed = evidence_hash", "sertifikat tanpa catatan yang cocok"),
    ],
)
def test_a_figure_that_the_ledger_does_not_prove_is_named(prove: Prove, city: City, lie: str, found: str) -> None:
    assert prove("dikbud")[0] == 0
    run(city, lie)
    code, said = prove("dikbud")
    assert code == 1 and found in said, said


def lie(city: City, code: str, told: publishing.Told | None = None, **changed: object) -> None:
    """Change what the newest picture says of an institution, or put something else in its place."""
    with city.app.app_context(), transaction() as session:
        picture, unit = publishing.newest(session), units.by_code(session, code=code)
        assert picture is not None and unit is not None
        picture.institutions = [
            {"unit": unit.id, **told} if told and each["unit"] == unit.id else
            each | (changed if each["unit"] == unit.id else {})
            for each in picture.institutions
        ]  # fmt: skip


def all_entered_yesterday(city: City) -> None:
    yesterday = clock.today() - timedelta(days=1)
    for table in ("people", "signed"):
        run(city, f"UPDATE daily_{table} SET day = '{yesterday.isoformat()}'")


def test_a_public_figure_that_no_day_has_is_not_proved_and_not_the_same(prove: Prove, city: City) -> None:
    assert prove("pemkot")[0] == 0
    with city.app.app_context():
        ids = [units.by_code(db.session(), code=code) for code in ("pemkot", "dikbud")]
    whole, part = (unit.id for unit in ids if unit)
    told = {"groups": [[part], [whole]], "signed": 3000, "total": 3000, "lines": [[[part], 3000, 3000]]}
    lie(city, "pemkot", told)
    code, said = prove("pemkot")  # everybody was entered on the day of the picture
    assert code == 2 and "semua sama" not in said and "2 tidak terbukti" in said, said
    assert "jumlah 3000 dari 3000, riwayat 0 dari 0 pada akhir hari sebelumnya, 3 dari 7 pada akhir hari itu" in said
    all_entered_yesterday(city)
    code, said = prove("pemkot")
    assert code == 1 and "jumlah 3000 dari 3000, riwayat 3 dari 7" in said, said
    assert "bagian 1 3000 dari 3000, riwayat 2 dari 4" in said and "tidak terbukti" not in said


def part_of_the_first_day(city: City, *, signed: int, total: int) -> publishing.Told:
    """Return what a picture says that was taken while people of Dikbud were brought in."""
    with city.app.app_context():
        ids = [units.by_code(db.session(), code=code) for code in ("pemkot", "dikbud")]
    whole, part = (unit.id for unit in ids if unit)
    return {"groups": [], "signed": signed, "total": total, "lines": [[[part, whole], signed, total]]}


def test_a_picture_of_the_first_day_is_told_as_partial_and_is_no_failure(
    prove: Prove, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "LEAST", 2)
    lie(city, "pemkot", part_of_the_first_day(city, signed=1, total=3))
    code, said = prove("pemkot")
    assert code == 0 and "2 dari hari pertama, sebagian" in said and "semua sama" not in said, said
    assert "jumlah 1 dari 3, riwayat 0 dari 0 pada akhir hari sebelumnya" in said
    lie(city, "pemkot", part_of_the_first_day(city, signed=4, total=6))  # more than signed on the whole day
    assert prove("pemkot")[0] == 2


@pytest.mark.parametrize(
    "older",
    [
        "UPDATE credentials SET issued_at = '2020-01-01 00:00:00'",
        "UPDATE daily_people SET day = '2020-01-01' WHERE kind = 'pppk'",
    ],
)
def test_what_is_older_in_any_way_has_no_first_day_any_more(
    prove: Prove, city: City, monkeypatch: pytest.MonkeyPatch, older: str
) -> None:
    monkeypatch.setattr(rules, "LEAST", 2)
    lie(city, "pemkot", part_of_the_first_day(city, signed=1, total=3))
    run(city, older)
    code, said = prove("pemkot")
    assert code == 2 and "hari pertama" not in said, said


def test_a_picture_that_cannot_be_is_named_whatever_its_day_was_like(prove: Prove, city: City) -> None:
    with city.app.app_context():
        unit = units.by_code(db.session(), code="pemkot")
        assert unit is not None
    lie(city, "pemkot", {"groups": [], "signed": 4, "total": 7, "lines": [[[unit.id], 8, 7]]})
    code, said = prove("pemkot")
    assert code == 1 and "memuat kelompok di bawah 10 orang" in said
    assert "bagian-bagiannya tidak berjumlah 4 dari 7" in said
    assert "memuat lebih banyak tanda tangan daripada orang" in said


def test_counts_of_an_institution_that_shows_percentages_alone_are_named(prove: Prove, city: City) -> None:
    named = "padahal untuk instansi ini hanya persentase"
    for code, marked in (("polres", True), ("pemkot", False)):
        with city.app.app_context():
            unit = units.by_code(db.session(), code=code)
            assert unit is not None
            told = {"groups": [], "signed": 1, "total": 12, "lines": [[[unit.id], 1, 12]]}
        lie(city, code, told)
        assert (named in prove(code)[1]) is marked


@pytest.mark.parametrize("lie_of", [{"percent": 99}, {"excused": 12}])
def test_a_percentage_is_compared_like_a_count(prove: Prove, city: City, lie_of: dict[str, object]) -> None:
    all_entered_yesterday(city)
    assert prove()[0] == 0
    lie(city, "polres", **lie_of)
    code, said = prove()
    assert code == 1 and said.count("1 berbeda") == 1 and "polres, gambar publik" in said, said


def test_an_older_picture_is_compared_too(prove: Prove, city: City) -> None:
    all_entered_yesterday(city)
    with city.app.app_context(), transaction() as session:
        newest = publishing.newest(session)
        assert newest is not None
        told = [each | {"percent": 99} for each in newest.institutions]
        earlier = newest.taken_on - timedelta(days=1)
        session.add(PublicPicture(taken_on=earlier, editions=newest.editions, institutions=told))
    code, said = prove("kejari")
    assert code == 2 and "2 gambar publik diperiksa" in said and earlier.isoformat() in said, said


def test_after_an_erasure_a_picture_is_not_proved_rather_than_wrong(prove: Prove, city: City) -> None:
    all_entered_yesterday(city)
    lie(city, "kejari", percent=50)
    assert prove("kejari")[0] == 1
    with city.app.app_context(), transaction() as session:
        audit.record(session, account_id=None, action=audit.ERASURE, now=clock.now())
    assert prove("kejari")[0] == 2
