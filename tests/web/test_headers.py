"""The security headers stand on every response: pages, files, refusals, failures, whatever the route."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pakta.web import access, headers
from tests.architecture import routemap

ANYTHING: Mapping[str, object] = {
    "code": "dikbud", "number": "7K3M", "key_id": 1, "sign_in_id": 1, "report_id": 1, "dispute_id": 1,
    "recovery_id": 1, "request_id": 1, "grant_id": 1, "appointment_id": 1, "objection_id": 1, "departure_id": 1,
    "rollcall_id": 1, "batch_id": 1, "import_id": 1,
    "mark_id": 1, "person_id": 1, "job_id": 1, "index": 0, "path": "0/000", "sha256": "0" * 64, "version": "1",
    "name": "v.js",
}  # fmt: skip


def stands(answer: TestResponse) -> bool:
    """Say whether an answer carries every header, the policy exactly once."""
    return all(name in answer.headers for name in headers.HEADERS) and (
        answer.headers.getlist("Content-Security-Policy") == [headers.POLICY]
    )


def test_every_route_answers_with_the_headers_whatever_the_method(app: Flask, client: FlaskClient) -> None:
    paths = {routemap.path_of(route, ANYTHING) for route in routemap.routes(app)}
    assert len(paths) > 40
    for path in sorted(paths):
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
            assert stands(client.open(path, method=method)), f"{method} {path}"


@pytest.mark.parametrize(
    "path",
    ["/static/pakta.css", "/static/js/v.js", "/static/img/pakta.svg", "/static/tidak-ada.js", "/static/../app.py",
     "/tidak-ada", "/%00", "/log/tile/0/..%2f..", "//luar.example/"],
)  # fmt: skip
def test_files_and_addresses_that_do_not_exist_answer_with_the_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code < 500
    assert stands(answer)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 429, 500, 503])
def test_every_kind_of_answer_carries_the_headers(app: Flask, status: int) -> None:
    def answer() -> object:
        if status == 500:
            raise RuntimeError("planted")
        return redirect("/", 301) if status == 301 else ("", status)

    app.view_functions["web.meaning"] = access.open_to_all(answer)
    found = app.test_client().get("/arti")
    assert found.status_code == status
    assert stands(found)


def test_an_answer_without_the_headers_would_be_noticed(app: Flask) -> None:
    app.after_request_funcs[None].clear()
    assert not stands(app.test_client().get("/arti"))


def test_the_policy_allows_no_inline_code_no_other_host_and_no_frame() -> None:
    rules = dict(rule.split(" ", 1) for rule in headers.POLICY.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert rules["trusted-types"] == "pakta"
    assert not any(word in headers.POLICY for word in ("unsafe-", "http:", "https:", "*", "nonce-"))


def test_pages_are_never_stored_and_files_may_be(client: FlaskClient) -> None:
    assert client.get("/masuk").headers["Cache-Control"] == "no-store"
    assert client.get("/tidak-ada").headers["Cache-Control"] == "no-store"
    assert "no-store" not in client.get("/static/pakta.css").headers["Cache-Control"]


def test_the_cookie_is_for_us_alone(app: Flask, client: FlaskClient) -> None:
    cookies = client.get("/masuk").headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie
    assert app.config["SESSION_COOKIE_NAME"] == "pakta"  # __Host-pakta wherever people come by https


@pytest.mark.parametrize(
    "path", ["/log/", "/s/0", "/.well-known/pakta-keys.json", "/log/checkpoint", "/static/pakta.css", "/v"]
)
def test_what_everybody_reads_sets_no_cookie(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers.getlist("Set-Cookie") == []


def test_the_headers_say_what_was_promised(client: FlaskClient) -> None:
    """Written out here, so that one that is dropped or loosened in the product is noticed."""
    answer = client.get("/")
    policy = dict(part.partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data: blob:",
        "media-src": "'self' blob:", "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
        "frame-ancestors": "'none'", "worker-src": "'self'", "manifest-src": "'self'",
        "require-trusted-types-for": "'script'", "trusted-types": "pakta",
    }  # fmt: skip
    wanted = {
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains", "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
    }  # fmt: skip
    assert {name: answer.headers.get(name) for name in wanted} == wanted
