"""Whatever a stranger sends, to whatever route: an answer with a reason, never a failure of ours."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from pakta.accounts import service as accounts
from pakta.accounts.blueprint import ticket_for
from pakta.certificates.models import IssuedCredential
from pakta.database import db
from pakta.web import inputs
from tests.architecture import routemap
from tests.people import City
from tests.slices import some

FIELDS = (
    "alasan", "bagian", "berkas", "butir", "cari", "clauses", "dilihat", "foto", "golongan", "hari", "hasil",
    "jabatan", "jawaban", "jwk", "kata_sandi", "keterangan", "key", "kiosk", "kode", "kunci", "lanjut", "minta",
    "mulai", "nama", "naskah", "nomor", "orang", "pangkat", "passphrase", "pesan", "proof", "response", "sampai",
    "selesai", "simpan", "slip", "statement", "signature", "tempat", "authenticatorData", "clientDataJSON", "ticket",
    "unit",
)  # fmt: skip
TEXTS = (
    "",
    "\0",
    "a\0b",
    "٣" * 18,
    "‮",
    "é" * 5000,
    "1.98E+17",
    "-1",
    "9" * 400,
    "' OR 1=1 --",
    "../../etc/passwd",
    "%00",
)
KEY = {"kty": "EC", "crv": "P-256", "x": "\ud800", "y": "A" * 43}
CLIENT_DATA = "eyJjaGFsbGVuZ2UiOiJBQUFBIn0"  # {"challenge":"AAAA"}
VALUES = (
    *TEXTS, "\ud800", None, True, -1, 2**70, 1.5, [], [[]], ["\0"], ["\ud800"], {}, {"id": "\ud800"}, KEY,
    KEY | {"x": "A" * 43}, KEY | {"x": "\0"}, {"id": "AAAA", "response": {"clientDataJSON": CLIENT_DATA}},
    {"id": "\ud800", "response": {"clientDataJSON": CLIENT_DATA}}, {"id": 1, "response": []},
    {"id": "AAAA", "response": {"clientDataJSON": "\ud800"}}, {"response": {"clientDataJSON": "W10"}},
)  # fmt: skip
RAW = (
    b"", b"[]", b"1", b'"a"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 20_000, b"null", b"NaN",
    b'{"ticket": ' + b"9" * 5000 + b"}",
)  # fmt: skip
ENDS = {"/keluar", "/akun/sesi/akhiri-lain", "/akun/sesi/1/akhiri"}  # they take nothing, and end the session
SLICES = 16  # of what `make drills` tries, `make test` tries one at each route
PATHS = ("%00", "%ff", "a" * 3000, "..%2f..", "%F0%9F%98%80", "-1", "9" * 30, "%d9%a3")


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Give a city whose forms need no token here, and which reports a failure as an answer of 500."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    app.config["TESTING"] = False
    return City(app).build("siti", "ani", "wati", signed=["siti"])


def posts(city: City) -> list[str]:
    """Return a path for each route that takes a post."""
    with city.app.app_context():
        number: str = db.session().execute(select(IssuedCredential.number)).scalar_one()
    ids = (
        "sign_in_id",
        "key_id",
        "dispute_id",
        "report_id",
        "recovery_id",
        "request_id",
        "job_id",
        "grant_id",
        "appointment_id",
        "objection_id",
        "departure_id",
        "rollcall_id",
        "batch_id",
        "import_id",
        "mark_id",
        "person_id",
    )
    given: dict[str, object] = dict.fromkeys(ids, 1) | {"code": "dikbud", "number": number}
    found = [routemap.path_of(each, given) for each in routemap.routes(city.app) if each.method == "POST"]
    return sorted(set(found) - ENDS)


def ticket(city: City) -> str:
    """Return a ticket that is good, so that what comes with it is looked at."""
    code = city.slip("joko")
    with city.app.test_request_context():
        return ticket_for(accounts.slip_by_code(db.session(), code=code, pepper=city.wired.keyring.pepper))


@pytest.mark.parametrize("who", [None, "siti", "ani"])
def test_odd_members_of_every_post(city: City, who: str | None, caplog: pytest.LogCaptureFixture) -> None:
    good, client = ticket(city), city.visitor(who)
    for turn, path in enumerate(posts(city)):
        for value in some(VALUES, turn, of=SLICES):
            content = dict.fromkeys(FIELDS, value)
            for sent in (content, content | {"ticket": good, "kiosk": 1}, {"ticket": good, "response": value}):
                answer = client.post(path, data=json.dumps(sent), content_type="application/json")
                assert answer.status_code < 500, (path, ascii(value)[:80], caplog.text[-600:])


@pytest.mark.parametrize("who", [None, "siti", "ani"])
def test_odd_fields_of_every_form(city: City, who: str | None, caplog: pytest.LogCaptureFixture) -> None:
    client = city.visitor(who)
    for turn, path in enumerate(posts(city)):
        for value in some((*TEXTS, "%ff%fe"), turn, of=SLICES):
            body = "&".join(f"{name}={value if value == '%ff%fe' else quote(value)}" for name in FIELDS)
            answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500, (path, ascii(value)[:80], caplog.text[-600:])


def test_a_form_that_names_a_row_that_no_database_can_hold_names_nobody(city: City) -> None:
    for odd in ("9" * 25, "9" * 10, "\u0661", "-1", ""):
        assert city.visitor("ani").post("/slip/unit/dikbud", data={"slip": odd}).status_code == 302
    assert inputs.ids(["7", str(inputs.LARGEST_ID), "9" * 10, "", "x"]) == [7, inputs.LARGEST_ID]


def test_bodies_that_are_no_object(city: City, caplog: pytest.LogCaptureFixture) -> None:
    client = city.visitor("siti")
    for turn, path in enumerate(posts(city)):
        for raw in some(RAW, turn, of=SLICES):
            for kind in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
                answer = client.post(path, data=raw, content_type=kind)
                assert answer.status_code < 500, (path, kind, raw[:40], caplog.text[-600:])


def test_a_file_whose_name_no_database_can_hold_is_refused_and_a_long_one_is_cut(city: City) -> None:
    line = "number,kind,name,rank,position,unit_code,status,email,phone\n198609262015052901,pns,X,,,dikbud,aktif,,\n"
    for name, status in (("a\0b.csv", 400), ("n" * 300 + ".csv", 302)):
        head = f'--x\r\nContent-Disposition: form-data; name="berkas"; filename="{name}"\r\n\r\n'
        sent = f"{head}{line}\r\n--x--\r\n".encode()
        answer = city.visitor("ani").post("/impor", data=sent, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == status, name[:10]


@pytest.mark.parametrize("who", [None, "ani"])
def test_odd_arguments_and_queries_of_every_page(
    city: City, who: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    client = city.visitor(who)
    for turn, route in enumerate(routemap.routes(city.app)):
        if route.method != "GET":
            continue
        for odd in some(PATHS, turn, of=SLICES):
            path = route.rule.rule
            for argument in route.rule.arguments:
                path = path.replace(f"<int:{argument}>", odd).replace(f"<path:{argument}>", odd)
                path = path.replace(f"<{argument}>", odd)
            query = "&".join(
                f"{name}={odd}" for name in ("cari", "halaman", "sudah", "dikecualikan", "lanjut", "ulang")
            )
            answer = client.get(f"{path}?{query}", headers={"Accept": "*/*"})
            assert answer.status_code < 500, (path, odd[:40], caplog.text[-600:])


def test_an_id_that_no_row_can_have_is_not_found(city: City) -> None:
    client = city.visitor("ani")
    for route in routemap.routes(city.app):
        for argument in route.rule.arguments:
            if f"<int:{argument}>" in route.rule.rule:
                given = {"number": "x", "code": "dikbud", "import_id": 1, "mark_id": 1, argument: 2**63}
                path = routemap.path_of(route, given)
                answer = client.open(path, method=route.method)
                assert answer.status_code == 404, (route.method, path)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "\udfff"])
def test_what_no_database_takes_is_refused_at_the_door(city: City, text: str) -> None:
    client = city.visitor()
    for sent in ({"kode": text}, {"x": [[{"y": text}]]}, {text: 1}):
        answer = client.post("/aktivasi/periksa", data=json.dumps(sent), content_type="application/json")
        assert (answer.status_code, answer.get_json()["reason"]) == (400, "HTTP_400")
    if text.isascii():
        assert client.post("/aktivasi", data={"kode": text}).status_code == 400
        assert client.get("/periksa", query_string={"x": text}).status_code == 400
        assert client.get(f"/naskah/{quote(text)}").status_code == 400
    assert client.post("/aktivasi/periksa", json={"kode": "\U0001f600"}).get_json()["reason"] == "SLIP_UNKNOWN"


def test_json_longer_than_any_of_ours_is_refused(city: City) -> None:
    answer = city.visitor().post("/aktivasi/periksa", json={"kode": "a" * inputs.JSON_LIMIT})
    assert (answer.status_code, answer.get_json()["reason"]) == (413, "HTTP_413")


@pytest.mark.parametrize(("size", "status"), [(inputs.JSON_LIMIT, 413), (20, 422)])
def test_json_without_a_told_length_has_the_same_limit(city: City, size: int, status: int) -> None:
    """A body in chunks, as gunicorn hands it on: without a length, and with an end."""
    raw = b'{"kode": "' + b"a" * size + b'"}'
    answer = city.visitor().open(
        "/aktivasi/periksa", method="POST", content_type="application/json", input_stream=io.BytesIO(raw),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )  # fmt: skip
    assert answer.status_code == status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_comes_along_with_a_question_is_not_read(city: City, method: str) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        body = io.BytesIO(b"a" * inputs.JSON_LIMIT)
        answer = city.visitor().open(
            "/arti", method=method, content_type=kind, input_stream=body,
            environ_overrides={"wsgi.input_terminated": True},
        )  # fmt: skip
        assert (answer.status_code, body.tell()) == (200, 0)
