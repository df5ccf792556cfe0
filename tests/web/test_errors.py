"""Refusals and failures: a sentence, a reason code, a next step; and nothing in the log that names a person."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import ServiceUnavailable

from pakta.core.errors import Reason, Refusal
from pakta.web import access, errors, wording

NUMBER = "198609262015052901"


@pytest.fixture
def failing(app: Flask) -> Callable[[Exception], FlaskClient]:
    """Let the page /arti fail in a chosen way, and give a visitor of it."""

    def plant(error: Exception) -> FlaskClient:
        def view() -> str:
            raise error

        app.view_functions["web.meaning"] = access.open_to_all(view)
        return app.test_client()

    return plant


def test_every_refusal_has_a_page_with_its_sentence_and_its_code(
    failing: Callable[[Exception], FlaskClient],
) -> None:
    for reason in Reason:
        page = failing(Refusal(reason)).get("/arti")
        assert page.status_code == errors.STATUS.get(reason, 422)
        assert f"<code>{reason.value}</code>" in page.text
        told = failing(Refusal(reason)).get("/arti", headers={"Accept": "application/json"})
        assert told.get_json() == {"reason": reason.value, "message": wording.sentence(Refusal(reason))}
        assert told.status_code == page.status_code


def test_what_a_refusal_repeats_is_shown_as_text_and_never_as_code(
    failing: Callable[[Exception], FlaskClient],
) -> None:
    page = failing(Refusal(Reason.EDITION_FIELD, "<script>alert(1)</script>")).get("/arti").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_a_failure_says_that_we_do_not_know_and_where_to_look(failing: Callable[[Exception], FlaskClient]) -> None:
    answer = failing(RuntimeError(NUMBER)).get("/arti")
    assert answer.status_code == 500
    assert "jangan ulangi" in answer.text
    assert 'href="/pakta/status"' in answer.text
    assert NUMBER not in answer.text
    told = failing(RuntimeError(NUMBER)).get("/arti", headers={"Accept": "application/json"})
    assert told.get_json() == {"reason": "HTTP_500", "message": wording.status(500)}


def test_the_log_names_the_route_and_never_the_address(
    failing: Callable[[Exception], FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    visitor = failing(RuntimeError("planted"))
    with caplog.at_level(logging.DEBUG):
        visitor.get(f"/arti?nomor={NUMBER}")
    assert "failed at GET /arti: RuntimeError" in caplog.text
    assert NUMBER not in caplog.text


def test_the_log_never_repeats_what_a_database_says_of_a_row(
    failing: Callable[[Exception], FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    refused = IntegrityError("INSERT", {"number": NUMBER}, ValueError(f"Key (number)=({NUMBER}) already exists."))
    failing(refused).get("/arti")
    assert "IntegrityError" in caplog.text
    assert "tests/web/test_errors.py" in caplog.text
    assert NUMBER not in caplog.text


def test_a_failure_with_a_status_of_its_own_keeps_it(failing: Callable[[Exception], FlaskClient]) -> None:
    answer = failing(ServiceUnavailable()).get("/arti")
    assert answer.status_code == 503
    assert "HTTP 503" in answer.text


def test_a_refusal_is_no_failure_and_leaves_no_line_in_the_log(
    failing: Callable[[Exception], FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        failing(Refusal(Reason.SLIP_UNKNOWN)).get("/arti")
    assert caplog.text == ""


def test_the_error_page_stands_even_when_the_database_does_not(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_token: str) -> None:
        raise OSError("no database")

    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = "x", True
    monkeypatch.setattr(app.extensions.get("login_manager") or app.login_manager, "_user_callback", broken)
    answer = client.get("/akun")
    assert answer.status_code == 500
    assert "jangan ulangi" in answer.text


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = client.post("/periksa/berkas", data=b"x" * (13 * 1024 * 1024))
    assert answer.status_code == 413
    assert "Berkas terlalu besar" in answer.text


@pytest.mark.parametrize("path", ["/tidak-ada", "/naskah/TIDAK-ADA", "/log/payload/999", "/sertifikat/../../etc"])
def test_an_unknown_address_is_a_page_of_ours(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (302, 404)
    assert answer.status_code == 302 or "Kode: <code>HTTP 404</code>" in answer.text
