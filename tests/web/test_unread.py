"""What the server cannot read gets a page of ours, with our headers; and neither page nor log repeats it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from http import HTTPStatus
from pathlib import Path

import pytest

from pakta import serve
from pakta.config import ROOT
from pakta.web import headers, unread
from tests.journeys.site import free_port
from tests.web.test_patience import begin, said

NUMBER = "198609262015052902"
FIELD = f"X-Nomor: {NUMBER}\r\n"
UNREAD = {
    "too many words": (400, f"GET /masuk?n={NUMBER} garbage\r\n\r\n"),
    "no protocol": (400, f"{NUMBER}\r\n\r\n"),
    "an odd method": (400, f"nomor={NUMBER} / HTTP/1.1\r\n\r\n"),
    "an odd version": (400, f"GET / HTTP/{NUMBER}\r\n\r\n"),
    "a field without a colon": (400, f"GET /?n={NUMBER} HTTP/1.1\r\nnomor {NUMBER}\r\n\r\n"),
    "an odd name of a field": (400, f"GET / HTTP/1.1\r\nno mor{NUMBER}: 1\r\n\r\n"),
    "a folded field": (400, f"GET / HTTP/1.1\r\n{FIELD} {NUMBER}\r\n\r\n"),
    "an odd length": (400, f"POST /?n={NUMBER} HTTP/1.1\r\nContent-Length: {NUMBER}x\r\n\r\n"),
    "too long an address": (414, f"GET /masuk?n={NUMBER * 300} HTTP/1.1\r\n\r\n"),
    "too many fields": (431, f"GET /?n={NUMBER} HTTP/1.1\r\n{FIELD * 200}\r\n"),
    "too long a field": (431, f"GET /?n={NUMBER} HTTP/1.1\r\nX: {NUMBER * 600}\r\n\r\n"),
    "an unknown expectation": (417, f"POST / HTTP/1.1\r\nExpect: {NUMBER}\r\nContent-Length: 1\r\n\r\na"),
    "an unknown coding": (501, f"POST / HTTP/1.1\r\nTransfer-Encoding: x{NUMBER}\r\n\r\n"),
    "a failure outside the handlers": (500, f"GET /gagal?n={NUMBER} HTTP/1.1\r\n\r\n"),
}


class Server:
    """The small application under gunicorn, with what `serve` tells gunicorn."""

    def __init__(self, folder: Path) -> None:
        self.port, self.log = free_port(), folder / "log"
        words = [
            {"app:app": "tests.web.slow_app:app"}.get(word, word) for word in serve._gunicorn("127.0.0.1", self.port)
        ]
        words = [sys.executable, "-m", *words]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def answer(self, sent: str) -> bytes:
        """Send some bytes, and return what comes back until the connection is closed."""
        with begin(self.port) as sender:
            sender.sendall(sent.encode())
            return said(sender)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve, and end it at the end."""
    found = Server(tmp_path_factory.mktemp("unread"))
    try:
        yield found
    finally:
        found.process.terminate()
        found.process.wait(20)


@pytest.mark.parametrize(("status", "sent"), UNREAD.values(), ids=UNREAD)
def test_what_cannot_be_read_gets_an_indonesian_page_with_our_headers(server: Server, status: int, sent: str) -> None:
    head, _, page = server.answer(sent).partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    fields = BytesHeaderParser().parsebytes(rest)
    assert first == f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    wanted = headers.HEADERS | {"Cache-Control": "no-store", "Connection": "close", "Content-Length": str(len(page))}
    assert {name: fields.get_all(name) for name in wanted} == {name: [value] for name, value in wanted.items()}
    text = page.decode()
    assert ("Permintaan ditolak" if status != 500 else "Gangguan di sistem kami") in text
    assert ("Tidak ada yang berubah" if status != 500 else "periksa dulu statusnya") in text
    assert NUMBER not in text


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, f"POST /api/v1/verify HTTP/1.1\r\nno mor{NUMBER}: 1\r\n\r\n"),
        (431, f"GET /api/v1/coverage HTTP/1.1\r\nX: {NUMBER * 600}\r\n\r\n"),
        (417, f"POST /api/v1/verify HTTP/1.1\r\nExpect: {NUMBER}\r\nContent-Length: 1\r\n\r\na"),
    ],
)
def test_a_program_is_told_in_its_own_form_and_may_read_it_from_any_site(
    server: Server, status: int, sent: str
) -> None:
    head, _, body = server.answer(sent).partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    assert first == f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    fields = BytesHeaderParser().parsebytes(rest)
    assert (fields["Content-Type"], fields["Access-Control-Allow-Origin"]) == ("application/problem+json", "*")
    told = json.loads(body)
    assert (told["status"], told["type"]) == (status, "about:blank") and "Tidak ada yang berubah" in told["detail"]
    assert NUMBER not in body.decode()


def test_what_cannot_be_read_is_not_repeated_in_the_log(server: Server) -> None:
    for _status, sent in UNREAD.values():
        server.answer(sent)
    log = server.log.read_text()
    assert "refused a request that cannot be read: InvalidRequestLine" in log
    assert "failed outside the application: RuntimeError\n" in log
    assert "  tests/web/slow_app.py:" in log
    assert NUMBER not in log
    assert "planted" not in log


def test_an_answer_that_breaks_off_is_logged_by_its_places(server: Server) -> None:
    assert b"begun" in server.answer(f"GET /tengah?n={NUMBER} HTTP/1.1\r\n\r\n")
    log = server.log.read_text()
    assert "Error handling request: RuntimeError\n" in log
    assert NUMBER not in log


def test_a_request_whose_rest_is_odd_gets_one_answer(server: Server) -> None:
    answer = server.answer(f"POST /lewati HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{NUMBER}x\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    log = server.log.read_text()
    assert "cannot be read: InvalidChunkSize" in log
    assert NUMBER not in log


def test_what_can_be_read_is_answered_by_the_application(server: Server) -> None:
    with contextlib.closing(begin(server.port)) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc")
        assert said(sender).endswith(b"\r\n\r\n3")


@pytest.mark.parametrize("status", [HTTPStatus.BAD_REQUEST, HTTPStatus.IM_A_TEAPOT, HTTPStatus.NOT_IMPLEMENTED])
def test_a_status_without_a_sentence_of_its_own_says_that_nothing_changed(status: HTTPStatus) -> None:
    answer = unread.answer(status).decode()
    assert answer.startswith(f"HTTP/1.1 {status.value} ")
    assert "Permintaan tidak dapat dibaca. Tidak ada yang berubah" in answer
