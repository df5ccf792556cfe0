"""Verdicts for programs: the same judge as the page's, told as the description says, with no session."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pakta.accounts import attempts
from pakta.accounts.models import SignIn
from pakta.api import answers, openapi
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.core import credential, number
from pakta.core.errors import Reason, Refusal
from pakta.core.verdict import Step, Word
from pakta.database import db
from pakta.verification import asked
from pakta.verification.document import Finding
from pakta.web import clock, errors, page, recent, wording
from tests.api.conftest import Program, revoke
from tests.api.schemas import faults
from tests.people import KNOWN, City


def address(city: City, row: IssuedCredential) -> str:
    return certificates.address(row, config=city.wired.config)


def test_an_address_and_a_number_get_the_same_verdict_as_on_the_page(
    city: City, siti: IssuedCredential, program: Program
) -> None:
    by_address = program.verify(json={"address": address(city, siti)})
    by_number = program.verify(json={"number": f" {number.spoken(siti.number).lower()} "})
    assert by_address.status_code == by_number.status_code == 200
    (found,) = by_address.get_json()["results"]
    assert by_number.get_json()["results"] == [found]
    assert (found["verdict"], found["valid"], found["reason"]) == ("SAH", True, None)
    assert found["certificate"]["name"] == "Siti Lestari"
    assert found["certificate"]["number"] == number.spoken(siti.number)
    marks = {each["step"]: each["mark"] for each in found["steps"]}
    assert marks == {**dict.fromkeys(Step, "yes"), "witnesses": "unchecked", "person": "unchecked"}
    assert found["as_of"]["ledger_size"] > found["certificate"]["ledger_index"]
    assert found["as_of"]["status_at"] is not None and found["as_of"]["witnessed_at"] is None
    shown = city.visitor()
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.get("/periksa").text)
    assert token is not None
    said = shown.post("/periksa", data={"csrf_token": token[1], "nomor": siti.number}).text
    assert found["sentence"] in said
    assert all(each["text"] in said for each in found["steps"])


def test_no_identity_number_is_in_any_answer(city: City, siti: IssuedCredential, program: Program) -> None:
    pdf = city.visitor("siti").get(f"/sertifikat/{siti.number}/berkas-bukti.pdf").data
    answer = program.verify(data=pdf, content_type="application/pdf")
    (found,) = answer.get_json()["results"]
    assert (found["verdict"], found["valid"]) == ("SAH", True)
    assert any("Tanda tangan orangnya sendiri cocok" in fact["text"] for fact in found["facts"])
    assert KNOWN["siti"].number not in answer.text


def test_a_revoked_certificate_is_told_with_its_day_and_class(
    city: City, siti: IssuedCredential, program: Program
) -> None:
    revoke(city, siti)
    (found,) = program.verify(json={"number": siti.number}).get_json()["results"]
    assert (found["verdict"], found["valid"], found["reason"]) == ("DICABUT", False, "STATUS_REVOKED")
    assert "data salah" in found["change"]
    assert {each["step"]: each["mark"] for each in found["steps"]}["status"] == "no"


def test_what_is_not_ours_is_judged_and_told_nothing_of(city: City, siti: IssuedCredential, program: Program) -> None:
    foreign = address(city, siti).replace("localhost:5000", "jahat.example")
    cases = [
        (foreign, "OTHER_HOST"),
        (address(city, siti).split("#")[0] + "#12", "DIGITS_MALFORMED"),
        ("apa saja", "ADDRESS_MALFORMED"),
    ]
    for sent, reason in cases:
        (found,) = program.verify(json={"address": sent}).get_json()["results"]
        assert (found["verdict"], found["valid"], found["certificate"]) == ("TIDAK DIKENAL", False, None)
        assert found["reason"] == reason


@pytest.mark.parametrize("way", ["body", "form"])
def test_a_picture_and_a_pdf_are_read_as_on_the_page(
    city: City, siti: IssuedCredential, program: Program, way: str
) -> None:
    owner = city.visitor("siti")
    for name, kind in (("kartu.png", "image/png"), ("lembar.pdf", "application/pdf")):
        content = owner.get(f"/sertifikat/{siti.number}/{name}").data
        sent = (
            {"data": content, "content_type": kind}
            if way == "body"
            else {"data": {"file": (io.BytesIO(content), name)}}
        )
        (found,) = program.verify(**sent).get_json()["results"]
        assert (found["verdict"], found["valid"]) == ("SAH", True)
        assert len(found["facts"]) == (5 if name == "lembar.pdf" else 1)
    changed = content.replace(b"Lestari", b"Lestarx") + b"\n% more"
    (found,) = program.verify(data=changed, content_type="application/pdf").get_json()["results"]
    assert (found["verdict"], found["valid"], found["reason"]) == ("TIDAK DIKENAL", False, "PDF_CHANGED")


def questions() -> list[tuple[dict[str, object], int, str | None]]:
    """Return what is refused, with its status and reason; files are made anew, since sending closes them."""

    def part(name: str) -> tuple[io.BytesIO, str]:
        return io.BytesIO(b"a"), name

    return [
        ({"json": {}}, 400, "QUESTION_MALFORMED"),
        ({"json": []}, 400, "QUESTION_MALFORMED"),
        ({"json": {"address": "a", "number": "b"}}, 400, "QUESTION_MALFORMED"),
        ({"json": {"nomor": "7K3M"}}, 400, "QUESTION_MALFORMED"),
        ({"json": {"number": 7}}, 400, "QUESTION_MALFORMED"),
        ({"json": {"number": ""}}, 400, "QUESTION_MALFORMED"),
        ({"json": {"address": "1" * 4001}}, 400, "QUESTION_MALFORMED"),
        ({"data": b"{", "content_type": "application/json"}, 400, "QUESTION_MALFORMED"),
        ({"data": b"", "content_type": "application/pdf"}, 422, "FILE_EMPTY"),
        ({"data": {"file": (io.BytesIO(), "kosong.pdf")}}, 422, "FILE_EMPTY"),
        ({"data": b'{"enrolment": 1, "statement": 2}', "content_type": "text/plain"}, 422, "EVIDENCE_MALFORMED"),
        ({"data": {"berkas": "x"}, "content_type": "multipart/form-data"}, 400, "QUESTION_MALFORMED"),
        ({"data": {"file": "surat"}, "content_type": "multipart/form-data"}, 400, "QUESTION_MALFORMED"),
        ({"data": {"file": [part("a"), part("b")]}}, 400, "QUESTION_MALFORMED"),
        ({"data": {"file": part("a"), "lain": part("b")}}, 400, "QUESTION_MALFORMED"),
        ({"data": {"file": part("a"), "number": "7K3M"}}, 400, "QUESTION_MALFORMED"),
        ({"data": b'{"number": "a", "number": "b"}', "content_type": "application/json"}, 400, "QUESTION_MALFORMED"),
        ({"data": {"number": "7K3M"}}, 415, "QUESTION_TYPE"),
        ({}, 415, "QUESTION_TYPE"),
        ({"data": b"<a/>", "content_type": "application/xml"}, 415, "QUESTION_TYPE"),
        ({"json": {"number": "7K3M"}}, 422, "CERTIFICATE_NUMBER_MALFORMED"),
        ({"json": {"number": "7K3M-0000-0000-0000-0"}}, 422, "CERTIFICATE_NUMBER_CHECK"),
        ({"json": {"number": "0000-0000-0000-0000-0"}}, 422, "CERTIFICATE_UNKNOWN"),
        ({"data": b"\x89PNG\r\n\x1a\n", "content_type": "image/png"}, 422, None),
        ({"data": b"0" * (10 * 1024 * 1024 + 1), "content_type": "text/plain"}, 413, "FILE_TOO_LARGE"),
        ({"data": b"0" * (13 * 1024 * 1024), "content_type": "text/plain"}, 413, None),
        ({"json": {"address": "a\0b"}}, 400, None),
    ]


def test_every_refusal_is_a_problem_with_its_reason(app: Flask, city: City, program: Program) -> None:
    for sent, status, reason in questions():
        answer = program.verify(**sent)
        told = answer.get_json(force=True)
        assert (answer.status_code, told["status"], answer.mimetype) == (status, status, "application/problem+json")
        if reason is not None:
            assert (told["reason"], told["detail"]) == (reason, told["detail"]), sent
            assert told["type"] == f"http://localhost:5000/untuk-program#{reason}"
            assert f'id="{reason}"' in program.client.get("/untuk-program").text


def test_what_does_not_exist_below_the_interface_is_a_problem_too(program: Program) -> None:
    for method, path, status in (
        ("GET", "/api/v1/verify", 405), ("GET", "/api/v2/verify", 404), ("GET", "/api/v1/badge/tidak-ada.svg", 404),
        ("DELETE", "/api/v1/coverage", 405),
    ):  # fmt: skip
        answer = program.client.open(path, method=method)
        program.check(answer, {"default": {"$ref": "#/components/responses/Problem"}})
        assert answer.status_code == status
        assert answer.get_json(force=True)["type"] == "about:blank"
    assert "POST" in program.client.get("/api/v1/verify").headers["Allow"]


def test_a_failure_of_ours_is_a_problem_and_never_a_page(
    app: Flask, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("planted")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("pakta.coverage.publishing.latest", lambda *_args, **_more: broken())
    answer = program.ask("/api/v1/coverage")
    assert (answer.status_code, answer.get_json(force=True)["detail"]) == (500, wording.status(500))


def test_who_asks_too_often_is_told_when_to_ask_again(
    app: Flask, city: City, siti: IssuedCredential, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FROM_HERE", 2)
    for question in ({"address": address(city, siti)}, {"number": siti.number}):
        assert [program.verify(json=question).status_code for _ in range(3)] == [200, 200, 429]
    answer = program.verify(json={"number": siti.number})
    told = answer.get_json(force=True)
    assert told["reason"] == "TRIES_USED_UP" and 0 < int(answer.headers["Retry-After"]) <= 900
    later = clock.now() + timedelta(seconds=int(answer.headers["Retry-After"]) + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert program.verify(json={"number": siti.number}).status_code == 200


def test_a_number_that_a_program_tries_counts_as_one_on_the_page(
    app: Flask, city: City, siti: IssuedCredential, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FROM_HERE", 1)
    browser = city.visitor()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/periksa").text)
    assert token is not None
    assert browser.post("/periksa", data={"csrf_token": token[1], "nomor": siti.number}).status_code == 200
    assert program.verify(json={"number": siti.number}).status_code == 429
    assert program.verify(data=b"surat", content_type="text/plain").status_code == 429
    assert program.verify(json={"address": address(city, siti)}).status_code == 200


def test_what_is_no_question_is_counted_too(
    app: Flask, city: City, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FROM_HERE", 2)
    assert [program.verify(json={"alamat": "x"}).status_code for _ in range(3)] == [400, 400, 429]
    assert program.verify(data=b"<a/>", content_type="application/xml").status_code == 429


def test_a_question_empties_nothing_that_is_remembered_for_all(
    city: City, siti: IssuedCredential, program: Program
) -> None:
    with city.app.app_context():
        assert recent.remember("uji", lambda: b"1") == b"1"
        commits = recent._memory().commits
        for question in ({"address": address(city, siti)}, {"number": siti.number}):
            assert program.verify(json=question).status_code == 200
        assert recent._memory().commits == commits


@pytest.mark.parametrize("reason", [Reason.STORAGE_FULL, Reason.STORAGE_DOWN])
def test_an_address_is_judged_while_nothing_can_be_stored(
    city: City, siti: IssuedCredential, program: Program, monkeypatch: pytest.MonkeyPatch, reason: Reason
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Refusal(reason)

    monkeypatch.setattr(attempts, "take", full)
    (found,) = program.verify(json={"address": address(city, siti)}).get_json()["results"]
    assert found["verdict"] == "SAH"
    answer = program.verify(json={"number": siti.number})  # which can be guessed: not without a count
    assert (answer.status_code, answer.get_json(force=True)["reason"]) == (503, reason.value)
    assert answer.headers["Retry-After"] == "5"


class Broken(io.BytesIO):
    """A body that fails when it is read, as gunicorn's does where a chunk is none."""

    def __init__(self, error: Exception) -> None:
        super().__init__(b"a")
        self.error = error

    def read(self, *_: object) -> bytes:
        raise self.error

    readinto = readline = read  # type: ignore[assignment]


@pytest.mark.parametrize("content_type", ["application/json", "application/pdf", "multipart/form-data; boundary=a"])
def test_a_body_that_breaks_off_is_the_senders_fault_and_no_failure_of_ours(
    city: City, program: Program, content_type: str, caplog: pytest.LogCaptureFixture
) -> None:
    for kind in errors.BROKEN:
        answer = program.verify(
            input_stream=Broken(kind(b"zz")), content_type=content_type,
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )  # fmt: skip
        assert (answer.status_code, answer.get_json(force=True)["type"]) == (400, "about:blank")
    assert "failed at" not in caplog.text


def test_the_way_of_signing_is_told_by_its_name(city: City, siti: IssuedCredential, program: Program) -> None:
    (found,) = program.verify(json={"number": siti.number}).get_json()["results"]
    assert (found["certificate"]["method"], answers.METHODS) == ("passkey", {1: "passkey", 2: "device", 3: "kiosk"})


def test_of_a_forged_certificate_no_claim_is_told(city: City, siti: IssuedCredential, program: Program) -> None:
    origin = city.wired.config.origin
    raw = credential.from_address(address(city, siti), origin=origin)
    forged = credential.to_address(raw[:-1] + bytes([raw[-1] ^ 1]), origin=origin)
    answer = program.verify(json={"address": forged})
    (found,) = answer.get_json()["results"]
    assert b"Siti Lestari" in raw and "Siti Lestari" not in answer.text
    assert (found["verdict"], found["reason"], found["certificate"]) == ("TIDAK DIKENAL", "SIGNATURE_DIFFERS", None)
    assert "person" not in {each["step"] for each in found["steps"]}


def test_of_a_true_one_that_the_ledger_lacks_no_claim_is_told_either(city: City, siti: IssuedCredential) -> None:
    with city.app.test_request_context():
        good = asked.judge(address(city, siti))
        lacking = replace(good, word=Word.UNKNOWN, reason=Reason.NOT_IN_LEDGER)
        for verdict, told in ((good, True), (lacking, False)):
            answer = answers.of(
                [Finding(verdict)], config=city.wired.config, demo=True, listed=asked.listed, now=clock.now()
            )
            assert ("Siti Lestari" in str(answer)) is told


def test_times_are_told_to_the_second(
    city: City, siti: IssuedCredential, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = clock.now().replace(microsecond=123_456)
    monkeypatch.setattr(clock, "now", lambda: at)
    told = program.verify(json={"number": siti.number}).get_json()
    times = [
        told["checked_at"],
        told["results"][0]["certificate"]["issued_at"],
        told["results"][0]["as_of"]["status_at"],
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each) for each in times)


def test_an_answer_says_whether_the_people_are_invented(
    city: City, siti: IssuedCredential, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    for invented in (True, False):
        monkeypatch.setitem(city.app.extensions, page.INVENTED, lambda invented=invented: invented)
        assert program.verify(json={"number": siti.number}).get_json()["demonstration"] is invented
        badge = program.ask("/api/v1/badge/pemkot.svg", rule="/api/v1/badge/{code}.svg").text
        assert ("(peragaan)" in badge) is invented
        with city.app.app_context():
            recent._memory().held.clear()


def test_another_site_may_ask_and_is_told_so_beforehand(program: Program) -> None:
    headers = {"Origin": "https://koran.example", "Access-Control-Request-Method": "POST",
               "Access-Control-Request-Headers": "content-type"}  # fmt: skip
    answer = program.client.options("/api/v1/verify", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type, If-None-Match"
    assert {"Date", "ETag", "Retry-After"} == set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in program.client.get("/periksa").headers


def test_a_session_is_neither_looked_at_nor_touched(city: City, siti: IssuedCredential, program: Program) -> None:
    city.activate("joko")
    signed_in = city.visitor("joko", ago=timedelta(minutes=30))

    def seen() -> object:
        with city.app.app_context():
            return [each.last_seen_at for each in db.session().scalars(select(SignIn))]

    before = seen()
    answer = signed_in.post("/api/v1/verify", json={"number": siti.number})
    assert answer.get_json()["results"] == program.verify(json={"number": siti.number}).get_json()["results"]
    assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")
    for path in ("/api/v1/coverage", "/api/v1/openapi.json", "/api/v1/tidak-ada"):
        assert "Joko" not in signed_in.get(path).text
    assert before and seen() == before


def test_verdicts_are_never_stored_on_the_way(city: City, siti: IssuedCredential, program: Program) -> None:
    answer = program.verify(json={"number": siti.number})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["checked_at"].endswith("Z") and answer.get_json()["demonstration"] in (True, False)


def test_every_reason_that_is_described_has_its_sentence_on_the_page(program: Program) -> None:
    page = program.client.get("/untuk-program").text
    for reason in openapi.REASONS:
        assert f'id="{reason.value}"' in page
        assert wording.sentence(Refusal(reason, "…"))[:20] in page
    assert "kebanyakan kalimatnya sama" in page  # QUESTION_… are said to programs alone
    assert set(openapi.REASONS) >= {
        each for each in Reason if each.value.startswith(("IMAGE_", "QUESTION_", "FILE_"))
    } - {Reason.FILE_MISSING}  # no file is no question there


def test_the_description_holds_together(program: Program) -> None:
    assert program.ask("/api/v1/openapi.json").get_json()["openapi"] == "3.1.0"
    text = program.client.get("/api/v1/openapi.json").text
    for name in set(re.findall(r'"#/components/([a-zA-Z/]+)"', text)):
        part, _, key = name.partition("/")
        assert key in program.described["components"][part]
    rules = {str(rule) for rule in program.client.application.url_map.iter_rules() if "/api/" in str(rule)}
    assert {path.replace("{code}", "<code>") for path in program.described["paths"]} == rules


def test_a_wrong_answer_would_be_noticed(city: City, siti: IssuedCredential, program: Program) -> None:
    told = program.verify(json={"number": siti.number}).get_json()
    schema = {"$ref": "#/components/schemas/Answer"}
    assert list(faults(told, schema, program.described)) == []
    found = told["results"][0]
    for wrong in (
        told | {"results": []}, told | {"more": 1}, {name: told[name] for name in ("host", "results")},
        told | {"checked_at": "yesterday"}, told | {"results": [found | {"verdict": "MUNGKIN"}]},
        told | {"results": [found | {"valid": 1}]}, told | {"results": [found | {"certificate": {}}]},
        told | {"results": [found | {"as_of": found["as_of"] | {"ledger_size": -1}}]},
    ):  # fmt: skip
        assert list(faults(wrong, schema, program.described)) != []
