"""Who is out of the sums stands there with since when, by whom and through what."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, select

from pakta.accounts.models import Account
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.roster import importing, units
from pakta.roster import service as roster
from pakta.roster.models import Person, PersonMove
from tests.coverage.conftest import HEADER, NOW, SignIn, lines
from tests.coverage.test_pages import words


def excused(page: str) -> str:
    return words("<main" + page.split('<h2 id="dikecualikan"')[1].split('<h2 id="sudah"')[0]).replace(" ,", ",")


def change(city: Flask, name: str, status: str, account_id: int | None, *, hours: int = 2) -> None:
    with city.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.name == name)).one()
        at = NOW + timedelta(hours=hours)
        roster.set_place(session, person=person, status=status, account_id=account_id, now=at)


def test_who_came_into_the_roster_with_a_status_has_it_since_then(sign_in: SignIn) -> None:
    assert "sejak masuk daftar" in excused(sign_in((Role.HEAD, "dinkes")).get("/cakupan").text)


def test_who_changed_it_and_through_what_is_told_and_the_last_change_counts(city: Flask, sign_in: SignIn) -> None:
    client = sign_in((Role.HEAD, "dinkes"))
    with city.app_context():
        account_id = db.session().scalars(select(Account)).one().id
    change(city, "Orang dinkes 3", "cuti", None)
    change(city, "Orang dinkes 3", "tugas belajar", account_id, hours=3)
    told = excused(client.get("/cakupan").text)
    assert "Tugas belajar" in told and "pukul 11.15 WIB oleh Orang setda 0, perbaikan data" in told
    assert "10.15" not in told
    change(city, "Orang dinkes 3", "aktif", account_id, hours=4)
    assert "perbaikan data" not in excused(client.get("/cakupan").text)


def test_an_import_is_named_as_where_a_status_comes_from(city: Flask, sign_in: SignIn) -> None:
    row = "Orang dinkes 3,,Analis,dinkes,"
    changed = "\n".join((HEADER, *lines())).replace(f"{row}aktif", f"{row}pensiun")
    with city.app_context(), transaction() as session:
        session.execute(delete(PersonMove))
        report = importing.import_roster(
            session, content=changed.encode(), now=NOW, pepper=lambda label: label.encode(), dry_run=False
        )
        assert report.errors == ()
    told = excused(sign_in((Role.HEAD, "dinkes")).get("/cakupan").text)
    assert "Pensiun" in told and "pukul 08.15 WIB, impor daftar pegawai" in told


def test_a_change_of_unit_alone_is_no_change_of_status(city: Flask, sign_in: SignIn) -> None:
    change(city, "Orang dinkes 3", "cuti", None)
    with city.app_context(), transaction() as session:
        person = session.scalars(select(Person).where(Person.name == "Orang dinkes 3")).one()
        other = units.by_code(session, code="bkpsdm")
        assert other is not None
        assert other.id != person.unit_id
        roster.set_place(session, person=person, unit=other, now=NOW + timedelta(hours=5))
    told = excused(sign_in((Role.ADMINISTRATOR, "pemkot")).get("/cakupan/pemkot").text)
    assert "pukul 10.15 WIB, perbaikan data" in told and "13.15 WIB, perbaikan" not in told
