"""Every form and every script's post needs our token; without it nothing happens."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from pakta.accounts.models import SignIn
from pakta.database import db
from tests.architecture import routemap
from tests.people import City
from tests.web.test_headers import ANYTHING

FOR_PROGRAMS = {"/api/v1/verify"}  # looks at no session: tests/api/test_programs.py


def posts(app: Flask) -> list[str]:
    """Return an address of every route that takes a post from our pages."""
    paths = {routemap.path_of(route, ANYTHING) for route in routemap.routes(app) if route.method == "POST"}
    return sorted(paths - FOR_PROGRAMS)


def test_every_post_without_a_token_is_refused(app: Flask) -> None:
    assert len(posts(app)) > 15
    for address in posts(app):
        answer = app.test_client().post(address, data={"nomor": "1"})
        assert answer.status_code == 400, address
        assert "FORM_EXPIRED" in answer.text, address


def test_every_script_without_a_token_is_refused(app: Flask) -> None:
    for address in posts(app):
        answer = app.test_client().post(address, json={"nomor": "1"})
        assert (answer.status_code, answer.get_json()["reason"]) == (400, "FORM_EXPIRED"), address


def test_a_token_made_for_another_visitor_does_not_help(app: Flask) -> None:
    foreign = token_of(app.test_client().get("/masuk").text)
    mine = app.test_client()
    own = token_of(mine.get("/masuk").text)
    assert mine.post("/masuk", data={"csrf_token": foreign}).status_code == 400
    assert mine.post("/masuk", data={"csrf_token": own}).status_code == 422  # past the token: a wrong passphrase


def test_a_signed_in_person_loses_nothing_to_a_post_from_elsewhere(app: Flask) -> None:
    city = City(app).build("joko")
    visitor = city.visitor("joko")
    assert visitor.post("/keluar").status_code == 400
    assert live(app) == 1
    token = token_of(visitor.get("/akun").text)
    assert visitor.post("/keluar", data={"csrf_token": token}).status_code == 302
    assert live(app) == 0


@pytest.mark.parametrize("path", ["/masuk", "/aktivasi", "/bukan-saya", "/periksa"])
def test_every_form_of_a_page_carries_the_token(app: Flask, path: str) -> None:
    page = app.test_client().get(path).text
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL)
    assert forms
    assert all('name="csrf_token"' in form for form in forms)


def token_of(page: str) -> str:
    """Return the token that a page carries in its forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def live(app: Flask) -> int:
    """Return how many sign-ins are live."""
    with app.app_context():
        count = select(func.count()).select_from(SignIn).where(SignIn.ended_at.is_(None))
        return db.session().execute(count).scalar_one()
