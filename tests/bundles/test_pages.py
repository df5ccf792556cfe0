"""All lembar of a unit: who may ask and take, what is in the zip, and what DAFTAR.csv says of the others."""

from __future__ import annotations

import csv
import io
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from pakta.accounts.models import AccessLog, RoleGrant
from pakta.bundles import service
from pakta.bundles.rules import Left
from pakta.certificates import documents
from pakta.certificates import service as certificates
from pakta.certificates.models import Document, IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands import serving
from pakta.core.errors import Reason, Refusal
from pakta.core.number import spoken
from pakta.database import db, transaction
from pakta.erasure import service as erasure
from pakta.jobs.models import Job
from pakta.roles import Role
from pakta.roster import counters, units
from pakta.roster import service as roster
from pakta.roster.models import Institution, Person
from pakta.web import access, clock
from tests.people import City

STALE = access.FRESH_FOR + timedelta(minutes=1)


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Give the small city: three of Dikbud and one of Dinkes have signed; forms need no token here."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    return City(app).build("budi", "rini", "ani", "wati", signed=["siti", "lina", "rini", "joko"])


def ask(city: City, who: str = "budi", *, unit: str = "dikbud") -> str:
    """Ask for a unit's lembar; return the address of the job's page."""
    answer = city.visitor(who).post(f"/cakupan/{unit}/lembar", data={"naskah": "ASN-2026"})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def work(city: City) -> None:
    """Do what the worker's thread does."""
    serving.jobs_of(city.app).work(threading.Event())


def taken(city: City, page: str, who: str = "budi") -> tuple[dict[str, bytes], list[list[str]]]:
    """Download the zip; return its lembar, and the lines of DAFTAR.csv without their head."""
    answer = city.visitor(who).get(f"{page}/lembar.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as opened:
        assert opened.testzip() is None
        files = {name: opened.read(name) for name in opened.namelist()}
    text = files.pop("DAFTAR.csv")
    assert text.startswith(b"\xef\xbb\xbf")
    head, *lines = csv.reader(io.StringIO(text.decode("utf-8-sig")), delimiter=";")  # as every export
    assert head == ["nomor sertifikat", "nama", "unit", "berkas", "keterangan"]
    return files, lines


def change(city: City, who: str, status: Status) -> None:
    """Change the status of a person's certificate."""
    with city.app.app_context(), transaction() as session:
        row = certificates.of_person(session, person_id=city.person(who).id)[0]
        certificates.change_status(
            session, row=row, status=status, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip


def test_a_head_gets_the_lembar_of_everyone_below_and_of_nobody_else(city: City) -> None:
    page = ask(city)
    assert "Menunggu" in city.visitor("budi").get(page).text
    work(city)
    shown = city.visitor("budi").get(page).text
    assert "Selesai: 3 dari 3 lembar siap" in shown and f"{page}/lembar.zip" in shown
    files, lines = taken(city, page)
    assert [name.rsplit("-", 1)[0] for name in files] == [
        "dikbud/Rini-Astuti", "smpn-1/Lina-Marlina", "sdn-kranggan-1/Siti-Lestari",
    ]  # fmt: skip
    assert all(content.startswith(b"%PDF") for content in files.values())
    assert [line[1:3] + line[4:] for line in lines] == [
        ["Rini Astuti", "Dinas Pendidikan dan Kebudayaan", ""],
        ["Lina Marlina", "SMP Negeri 1", ""],
        ["Siti Lestari", "SD Negeri Kranggan 1", ""],
    ]
    assert [line[3] for line in lines] == list(files)


def test_what_is_in_it_is_what_each_downloads_alone_and_is_sealed_once(city: City) -> None:
    with city.app.app_context():
        number = certificates.of_person(db.session(), person_id=city.person("siti").id)[0].number
    first = city.visitor("siti").get(f"/sertifikat/{number}/lembar.pdf").data
    page = ask(city)
    work(city)
    files, _ = taken(city, page)
    assert first in files.values()
    again = ask(city)
    with city.app.app_context():
        assert db.session().get_one(Job, int(again.rsplit("/", 1)[1])).costly == 0
    work(city)
    assert taken(city, again)[0] == files


def test_whoever_came_from_elsewhere_is_not_named_where_nobody_is_and_not_tied_to_a_pact_without_a_name(
    city: City,
) -> None:
    city.sign("agus")  # Polri: without a name
    with city.app.app_context(), transaction() as session:
        for who, code in (("joko", "kodim"), ("agus", "dikbud")):
            roster.set_place(
                session, person=city.person(who), unit=units.by_code(session, code=code), now=clock.now()
            )
        edition = certificates.of_person(session, person_id=city.person("agus").id)[0].edition_code
    city.grant("budi", Role.HEAD, "kodim")
    page = ask(city, unit="kodim")
    work(city)
    files, lines = taken(city, page)
    assert files == {} and [line[1] for line in lines] == [""] and lines[0][4] == Left.NAMED
    answer = city.visitor("budi").post("/cakupan/dikbud/lembar", data={"naskah": edition})
    work(city)
    files, lines = taken(city, str(answer.headers["Location"]))
    assert len(files) == 1 and "Agus" not in str(list(files)) + str(lines)


def test_a_certificate_that_stands_is_in_it_though_a_newer_one_was_revoked(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        roster.set_place(
            session, person=city.person("siti"), unit=units.by_code(session, code="smpn-1"), now=clock.now()
        )
    city.sign("siti")
    with city.app.app_context(), transaction() as session:  # the other way round than signing again leaves them
        newer, older = certificates.of_person(session, person_id=city.person("siti").id)
        newer.status = Status.REVOKED
        session.flush()
        older.status = Status.VALID
        numbers = spoken(older.number), spoken(newer.number)
    page = ask(city)
    work(city)
    files, lines = taken(city, page)
    assert len(files) == 3
    assert [(line[0], line[4]) for line in lines if line[1] == "Siti Lestari"] == [(numbers[0], "")]


def test_a_job_makes_nothing_that_was_signed_after_it_was_asked_for(city: City) -> None:
    page = ask(city)
    city.sign("ani")
    with city.app.app_context(), transaction() as session:
        ani = city.person("ani")
        roster.set_place(session, person=ani, unit=city.person("budi").unit, now=clock.now())
    work(city)
    with city.app.app_context():
        assert len(db.session().execute(select(Document.credential_id)).all()) == 3
    lines = taken(city, page)[1]
    assert [line[4] for line in lines if line[1] == "Ani Kusumawati"] == [Left.LATER]
    work_again = ask(city)
    work(city)
    assert len(taken(city, work_again)[0]) == 4


def test_who_is_left_out_is_listed_with_the_reason(city: City) -> None:
    page = ask(city)
    work(city)
    with city.app.app_context(), transaction() as session:
        lina = city.person("lina")
        lina.name = "=1+1"
        for who in ("ani", "dewi"):
            person = session.merge(city.person(who))
            counters.person_removed(session, person=person, now=clock.now())
            person.unit_id = city.person("budi").unit_id
    change(city, "siti", Status.REVOKED)
    change(city, "rini", Status.SUSPENDED)
    city.activate("made")
    _sign_uncovered(city, "ani")
    files, lines = taken(city, page)
    told = {line[1]: line[4] for line in lines}
    assert told == {
        "Siti Lestari": "sertifikat dicabut",
        "Rini Astuti": "sertifikat ditangguhkan",
        "Ani Kusumawati": "baru ditandatangani: catatannya belum disahkan di buku catatan",
        "Dewi Hapsari": "belum menandatangani",
        "'=1+1": "",
    }
    assert len(files) == 1
    city.settle()
    told = {line[1]: line[4] for line in taken(city, page)[1]}
    assert told["Ani Kusumawati"] == "lembarnya belum disiapkan: minta lagi lembar unit ini"


def _sign_uncovered(city: City, who: str) -> None:
    """Let a person sign, with no head over it yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(City, "settle", lambda _city: None)
        city.sign(who)


def test_what_could_not_be_made_is_named_on_the_page_and_in_the_list(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = documents.make

    def make(session: object, *, row: IssuedCredential, **members: object) -> object:
        if row.person.name == "Lina Marlina":
            raise Refusal(Reason.TEXT_UNPRINTABLE)
        return plain(session, row=row, **members)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(documents, "make", make)
        page = ask(city)
        work(city)
    shown = city.visitor("budi").get(page).text
    assert "Selesai sebagian: 2 dari 3 lembar siap" in shown and "huruf yang tidak dapat dicetak" in shown
    files, lines = taken(city, page)
    assert len(files) == 2
    assert {line[1]: line[4] for line in lines}[
        "Lina Marlina"
    ] == "nama atau unit memuat huruf yang tidak dapat dicetak"
    again = ask(city)
    work(city)
    assert "Selesai: 3 dari 3 lembar siap" in city.visitor("budi").get(again).text


def test_who_is_erased_before_or_while_it_is_downloaded_is_not_in_it(city: City) -> None:
    pepper = city.wired.keyring.pepper
    with city.app.app_context(), transaction() as session:
        session.merge(city.person("siti")).unit_id = city.person("lina").unit_id
    ask(city)
    work(city)
    with city.app.app_context():
        with transaction() as session:
            erasure.erase(session, person=city.person("rini"), now=clock.now(), pepper=pepper)
        unit = city.person("budi").unit
        pieces = service.stream(
            db.session,
            unit=unit,
            edition_code="ASN-2026",
            failures={},
            policy=None,
            now=clock.now(),
            zone=clock.WIB,
            seal=city.wired.keyring.seal,
        )
        whole = next(pieces)  # lina's; siti stands after her in the same list
        with transaction() as session:
            session.execute(delete(Document).where(Document.credential_id == _certificate(city, "siti")))
        whole += b"".join(pieces)
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        names, text = opened.namelist(), opened.read("DAFTAR.csv").decode()
    assert [name.split("/")[0] for name in names] == ["smpn-1", "DAFTAR.csv"]
    assert "data orang ini dihapus" in text and "Siti" not in text and "Rini" not in text


def _certificate(city: City, who: str) -> int:
    return certificates.of_person(db.session(), person_id=city.person(who).id)[0].id


def test_erasing_who_asked_or_whose_lembar_failed_takes_their_rows_along(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: object, **_members: object) -> object:
        raise Refusal(Reason.TEXT_UNPRINTABLE)

    with monkeypatch.context() as patch:
        patch.setattr(documents, "make", fail)
        page = ask(city)
        work(city)
    pepper = city.wired.keyring.pepper
    with city.app.app_context(), transaction() as session:
        erasure.erase(session, person=city.person("siti"), now=clock.now(), pepper=pepper)
    assert city.visitor("budi").get(page).text.count("huruf yang tidak dapat dicetak") == 2
    with city.app.app_context():
        with transaction() as session:
            erasure.erase(session, person=city.person("budi"), now=clock.now(), pepper=pepper)
        assert db.session().execute(select(Job)).first() is None


def test_a_marked_institution_gets_its_lembar_without_any_name(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        session.execute(update(Institution).where(Institution.code == "pemkot").values(marked=True))
    page = ask(city)
    work(city)
    answer = city.visitor("budi").get(f"{page}/lembar.zip").data
    with zipfile.ZipFile(io.BytesIO(answer)) as opened:
        assert all("/lembar-" in name for name in opened.namelist()[:-1]) and len(opened.namelist()) == 4
        text = opened.read("DAFTAR.csv").decode()
    assert "Siti" not in text and text.count(".pdf") == 3


@pytest.mark.parametrize(("who", "unit", "count"), [("rini", "dikbud", 3), ("ani", "pemkot", 4)])
def test_delegates_and_administrators_may_too_in_their_scope(city: City, who: str, unit: str, count: int) -> None:
    page = ask(city, who, unit=unit)
    work(city)
    assert len(taken(city, page, who)[0]) == count
    for other in ({"budi", "rini", "ani"} - {who}) | {"wati"}:
        for path in ("", ".json", "/lembar.zip"):
            assert city.visitor(other).get(page + path).status_code == (403 if other == "wati" else 404)
        assert city.visitor(other).post(page + "/batalkan").status_code == (403 if other == "wati" else 404)
    assert page in city.visitor(who).get("/pekerjaan").text


def test_a_download_needs_a_fresh_sign_in_the_right_and_a_job_that_is_done_and_not_over(city: City) -> None:
    page = ask(city)
    assert city.visitor("budi").get(f"{page}/lembar.zip").status_code == 404
    work(city)
    assert city.visitor("budi").get(f"{page}/lembar.zip").status_code == 200
    stale = city.visitor("budi", ago=STALE)
    assert stale.get(page).status_code == 200
    assert "/masuk?lanjut=" in stale.get(f"{page}/lembar.zip").headers["Location"]
    with city.app.app_context(), transaction() as session:
        session.execute(update(RoleGrant).where(RoleGrant.role == "head").values(unit_id=city.person("joko").unit_id))
    answer = city.visitor("budi").get(f"{page}/lembar.zip")
    assert (answer.status_code, "tidak berwenang" in answer.text) == (403, True)
    with city.app.app_context(), transaction() as session:
        session.execute(update(RoleGrant).where(RoleGrant.role == "head").values(unit_id=city.person("budi").unit_id))
        session.execute(update(Job).values(finished_at=clock.now() - timedelta(hours=25)))
    assert city.visitor("budi").get(f"{page}/lembar.zip").status_code == 404
    assert "Tidak ada pekerjaan" in city.visitor("budi").get("/pekerjaan").text


def test_asking_and_each_download_are_written_down(city: City) -> None:
    page = ask(city)
    work(city)
    taken(city, page)
    taken(city, page)
    with city.app.app_context():
        lines = select(AccessLog.action, AccessLog.detail, AccessLog.account_id).where(
            AccessLog.action.in_(("lembar-siapkan", "lembar-unduh")),
            AccessLog.unit_id == city.person("budi").unit_id,
        )
        found = sorted(db.session().execute(lines).all())
    account = city.keys["budi"][0]
    assert [tuple(each) for each in found] == [
        ("lembar-siapkan", "ASN-2026", account), *[("lembar-unduh", "ASN-2026", account)] * 2,
    ]  # fmt: skip


def test_a_job_is_cancelled_and_asked_for_again_from_where_it_was(city: City) -> None:
    page = ask(city)
    assert city.visitor("budi").post(f"{page}/batalkan").headers["Location"] == page
    shown = city.visitor("budi").get(page).text
    assert "Dibatalkan setelah 0 dari 3 lembar" in shown and 'href="/cakupan/dikbud/lembar"' in shown
    work(city)
    with city.app.app_context():
        assert db.session().execute(select(Document)).first() is None
    again = ask(city)
    work(city)
    assert again != page and len(taken(city, again)[0]) == 3


def test_a_unit_where_nobody_has_signed_says_so_and_begins_nothing(city: City) -> None:
    shown = city.visitor("ani").get("/cakupan/kel-blooto/lembar").text
    assert "Belum ada sertifikat yang sah di unit ini" in shown and "Siapkan lembar" not in shown
    assert ask(city, "ani", unit="kel-blooto") == "/cakupan/kel-blooto/lembar"
    assert city.visitor("ani").post("/cakupan/dikbud/lembar", data={"naskah": "XXX"}).status_code == 302
    with city.app.app_context():
        assert db.session().execute(select(Job)).first() is None


def test_who_has_moved_away_is_not_in_it_any_more(city: City) -> None:
    page = ask(city)
    work(city)
    with city.app.app_context(), transaction() as session:
        session.execute(
            update(Person).where(Person.id == city.person("siti").id).values(unit_id=city.person("joko").unit_id)
        )
    _, lines = taken(city, page)
    assert [line[1] for line in lines] == ["Rini Astuti", "Lina Marlina"]


def test_the_zip_that_is_sent_is_one_that_unzip_takes(city: City, tmp_path: Path) -> None:
    page = ask(city)
    work(city)
    (tmp_path / "a.zip").write_bytes(city.visitor("budi").get(f"{page}/lembar.zip").data)
    assert subprocess.run(["unzip", "-tqq", tmp_path / "a.zip"]).returncode == 0
