"""Who may open what: every route of the map, asked by every role, for their own unit and for another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from pakta.database import Base, db
from pakta.roles import MAY, Role
from pakta.web import access
from tests.architecture import routemap
from tests.architecture.routemap import OPEN, SIGNED_IN, Route
from tests.people import City

WHO: Mapping[str, Role] = {
    "joko": Role.SIGNER,
    "budi": Role.HEAD,
    "rini": Role.DELEGATE,
    "ani": Role.ADMINISTRATOR,
    "wati": Role.SUPERVISOR,
}
STALE = access.FRESH_FOR + timedelta(minutes=1)
# What a GET may write: who looked, when they were last seen, the cache of rendered files.
MAY_GROW = {"access_log", "documents"}
TRIED = {"heartbeats"}  # /kesehatan tries whether the database can be written


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Give a city in which each role has a holder, and siti and joko have signed; forms need no token here."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    return City(app).build(*WHO, signed=["siti", "joko", "agus"])


def values(city: City, *, whose: str) -> dict[str, object]:
    """Return what stands in for the arguments of rules: things of siti (in Dikbud) or of joko (in Dinkes)."""
    with city.app.app_context():
        person = city.person(whose)
        number = (
            db.session()
            .execute(select(Base.metadata.tables["credentials"].c.number).filter_by(person_id=person.id))
            .scalar_one()
        )
        return {
            "code": person.unit.code, "number": number, "key_id": 1, "sign_in_id": 1, "report_id": 1,
            "dispute_id": 1, "recovery_id": 1, "request_id": 1, "grant_id": 1, "appointment_id": 1,
            "departure_id": 1, "rollcall_id": 1, "batch_id": 1, "import_id": 1, "objection_id": 1,
            "mark_id": 1, "person_id": person.id, "job_id": 1, "index": 0, "path": "0/000",
            "sha256": "0" * 64, "version": "1", "name": "v.js",
        }  # fmt: skip


def ask(client: FlaskClient, route: Route, given: Mapping[str, object], *, script: bool = False) -> TestResponse:
    """Send a route's request."""
    path = routemap.path_of(route, given)
    if script:
        return client.open(path, method=route.method, json={})
    return client.open(path, method=route.method)


def admits(answer: TestResponse) -> bool:
    """Say whether an answer came from the view itself, and not from the door."""
    assert answer.status_code < 500, answer.text
    to_sign_in = answer.status_code == 302 and "/masuk?lanjut=" in answer.headers["Location"]
    return not to_sign_in and answer.status_code not in (401, 403)


def may_enter(asks: routemap.Asks, role: Role | None) -> bool:
    """Say what the table of the house says."""
    if asks is OPEN:
        return True
    if role is None:
        return False
    return asks is SIGNED_IN or asks is role or asks in MAY[role]


@pytest.mark.parametrize("who", [None, *WHO])
def test_every_route_opens_to_exactly_the_roles_of_the_table(city: City, who: str | None) -> None:
    given, reader = values(city, whose="siti"), city.visitor(who)
    wrong = [
        route.name
        for route in sorted(routemap.routes(city.app), key=lambda each: each.method)  # a post may end the sign-in
        if admits(ask(reader if route.method == "GET" else city.visitor(who), route, given))
        != may_enter(routemap.ASKS[route.name], WHO[who] if who else None)
    ]
    assert wrong == []


def test_who_has_not_signed_in_is_sent_to_sign_in_and_a_script_is_told_so(city: City) -> None:
    given, stranger = values(city, whose="siti"), city.visitor()
    for route in routemap.routes(city.app):
        if routemap.ASKS[route.name] is OPEN:
            continue
        answer = ask(stranger, route, given)
        assert answer.status_code == (302 if route.method == "GET" else 401), route.name
        told = ask(stranger, route, given, script=True)
        assert (told.status_code, told.get_json()["reason"]) == (401, "SIGN_IN_FIRST"), route.name


def test_a_sign_in_of_six_minutes_ago_is_asked_again_where_it_matters(city: City) -> None:
    given = values(city, whose="siti")
    for route in routemap.routes(city.app):
        asks = routemap.ASKS[route.name]
        if asks is OPEN or not may_enter(asks, Role.ADMINISTRATOR):
            continue
        fresh, stale = (ask(city.visitor("ani", ago=ago), route, given) for ago in (timedelta(0), STALE))
        assert admits(fresh), route.name
        assert admits(stale) is not route.fresh, route.name


def test_a_view_without_a_mark_is_closed_to_everybody(city: City) -> None:
    city.app.view_functions["web.meaning"] = lambda: "unmarked"
    assert city.visitor().get("/arti").status_code == 403
    assert city.visitor("ani").get("/arti").status_code == 403
    city.app.view_functions["web.meaning"] = access.open_to_all(lambda: "marked")
    assert city.visitor().get("/arti").text == "marked"


SCOPED = [
    "/cakupan/{unit}",
    "/cakupan/{unit}.csv",
    "/cakupan/{unit}.xlsx",
    "/cakupan/{unit}/daftar",
    "/cakupan/{unit}/kini.json",
    "/cakupan/{unit}/ingatkan",
    "/cakupan/{unit}/lembar",
    "/sertifikat/{number}",
    "/sertifikat/{number}/lembar.pdf",
]
SEES = {  # whose things answer, for a person of Dikbud, of Dinkes, and of the police
    "budi": (True, False, False),
    "rini": (True, False, False),
    "ani": (True, True, False),
}


@pytest.mark.parametrize("who", SEES)
def test_heads_see_their_subtree_and_administrators_their_institution(city: City, who: str) -> None:
    for whose, seen in zip(("siti", "joko", "agus"), SEES[who], strict=True):
        given = values(city, whose=whose)
        for path in SCOPED:
            address = path.format(unit=given["code"], number=given["number"])
            answer = city.visitor(who).get(address)
            assert (answer.status_code == 200) is seen, f"{who} {address}: {answer.status_code}"
            assert seen or answer.status_code == 404, address


def test_what_lies_outside_the_scope_answers_as_what_does_not_exist(city: City) -> None:
    given = values(city, whose="joko")
    outside = city.visitor("budi").get(f"/cakupan/{given['code']}")
    unknown = city.visitor("budi").get("/cakupan/tidak-ada")
    assert (outside.status_code, outside.text) == (unknown.status_code, unknown.text)
    outside = city.visitor("budi").get(f"/sertifikat/{given['number']}")
    unknown = city.visitor("budi").get("/sertifikat/0000-0000-0000-0000-0")
    assert (outside.status_code, outside.text) == (unknown.status_code, unknown.text)


def test_a_signer_opens_their_own_certificate_and_nobody_elses(city: City) -> None:
    own, other = values(city, whose="joko")["number"], values(city, whose="siti")["number"]
    for name in ("", "/lembar.pdf", "/kartu.png", "/berkas-bukti.pdf"):
        assert city.visitor("joko").get(f"/sertifikat/{own}{name}").status_code == 200
        assert city.visitor("joko").get(f"/sertifikat/{other}{name}").status_code == 404


@pytest.mark.parametrize("who", ["budi", "ani", "wati"])
def test_the_berkas_bukti_goes_to_its_owner_alone(city: City, who: str) -> None:
    number = values(city, whose="siti")["number"]
    assert city.visitor(who).get(f"/sertifikat/{number}/berkas-bukti.pdf").status_code == 404
    assert city.visitor("siti").get(f"/sertifikat/{number}/berkas-bukti.pdf").status_code == 200


def test_reading_changes_nothing(city: City) -> None:
    given = values(city, whose="siti")
    visitors = {who: city.visitor(who) for who in (None, *WHO, "siti")}
    seen_long_ago = city.visitor("joko", ago=timedelta(minutes=11))
    before = rows(city)
    for route in routemap.routes(city.app):
        if route.method == "GET":
            for client in (*visitors.values(), seen_long_ago):
                ask(client, route, given)
    after = rows(city)
    assert [name for name in before if name not in MAY_GROW | TRIED and before[name] != after[name]] == []
    assert all(set(before[name]) <= set(after[name]) for name in MAY_GROW)
    assert len(after["access_log"]) > len(before["access_log"])


def rows(city: City) -> dict[str, list[str]]:
    """Return every row of every table in words, last-seen times left out."""
    with city.app.app_context():
        session = db.session()
        return {
            table.name: sorted(
                str([value for name, value in row._mapping.items() if name != "last_seen_at"])
                for row in session.execute(select(table))
            )
            for table in Base.metadata.sorted_tables
        }


def test_a_number_that_was_searched_for_does_not_travel_to_the_sign_in_page(app: Flask) -> None:
    city = City(app).build()
    where = city.visitor().get("/cakupan/dikbud?cari=19860926+201505+2+901&halaman=3").location
    assert where == "/masuk?lanjut=%2Fcakupan%2Fdikbud%3Fhalaman%3D3"
