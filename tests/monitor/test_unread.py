"""What cannot be read proves nothing: the run says why, and the state stays as it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pakta.core import note, policy
from pakta.monitor import state
from pakta.monitor.findings import Unread
from pakta.monitor.site import Site
from tests.monitor.lies import equivocate
from tests.monitor.town import Answer, Town
from tests.monitor.watching import watch, words
from tests.verification.paper import Issuer


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Answer without an end."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")
    except OSError:
        handler.close_connection = True


def hanging(handler: BaseHTTPRequestHandler) -> None:
    """Take the request and say nothing."""
    time.sleep(3)
    handler.close_connection = True


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Say a byte now and then, so that no single wait is long."""
    try:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + bytes(40):
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass
    handler.close_connection = True


def answering(status: int, body: bytes = b"", length: int | None = None, **headers: str) -> Answer:
    """Answer with a status and headers."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = length is not None

    return answer


def garbled(handler: BaseHTTPRequestHandler) -> None:
    """Answer with what is not HTTP."""
    handler.wfile.write(b"\0\1\2\n")
    handler.close_connection = True


PATHS = ("/log/checkpoint", "/log/tile/entries/000.p/14", "/log/payload/0", "/s/0", "/log/totals")
ANSWERS: tuple[tuple[str, Answer, str], ...] = (
    ("an endless body", endless, "TOO_LARGE"),
    ("a server that hangs", hanging, "TOO_SLOW"),
    ("a server that drips", dripping, "TOO_SLOW"),
    ("a redirect elsewhere", answering(302, Location="https://elsewhere.example/"), "REDIRECTED"),
    ("a redirect to itself", answering(301, Location="/log/checkpoint"), "REDIRECTED"),
    ("an error of the server", answering(500), "NO_ANSWER"),
    ("a door", answering(403), "NO_ANSWER"),
    ("nothing new", answering(304), "NO_ANSWER"),
    ("a body cut short", answering(200, b"ab", length=400), "NO_ANSWER"),
    ("a packed body", answering(200, b"ab", Content_Encoding="gzip"), "NO_ANSWER"),
    ("no HTTP", garbled, "NO_ANSWER"),
)


@pytest.mark.parametrize(("name", "answer", "word"), ANSWERS, ids=[each[0] for each in ANSWERS])
def test_an_answer_that_is_none_concludes_nothing_wherever_it_comes(
    town: Town, tmp_path: Path, name: str, answer: Answer, word: str
) -> None:
    path = tmp_path / "state.json"
    town.live()
    assert watch(town, path).good
    before = path.read_bytes()
    for where in PATHS:
        honest, town.files[where] = town.files[where], answer
        with pytest.raises(Unread) as unread:
            watch(town, path, patience=0.6, full=True)
        assert (str(unread.value.finding.word), unread.value.finding.where) == (word, where)
        town.files[where] = honest
    assert path.read_bytes() == before
    assert watch(town, path, patience=0.6).good


def test_a_site_that_falls_silent_does_not_hide_what_was_found_before(town: Town, tmp_path: Path) -> None:
    town.live()
    town.files["/log/payload/0"] = b"other"
    town.files["/log/totals"] = hanging
    assert words(watch(town, tmp_path / "state.json", patience=0.6)) == {"PAYLOAD_CHANGED", "TOO_SLOW"}


def test_nobody_at_the_address_concludes_nothing(town: Town, tmp_path: Path) -> None:
    town.live()
    town.close()
    with pytest.raises(Unread) as unread:
        watch(town, tmp_path / "state.json")
    assert unread.value.finding.word == "NO_ANSWER"


@pytest.mark.parametrize(
    "origin",
    ["", "localhost", "ftp://localhost", "http://", "http://a@localhost", "http://localhost/x", "http://localhost?x",
     "http://localhost:x", "http://localhost:99999", "http://[::1"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(origin: str) -> None:
    with pytest.raises(Unread):
        Site(origin)


def test_a_connection_that_was_closed_in_between_is_opened_again(town: Town) -> None:
    town.files |= {"/a": answering(200, b"x", length=1), "/b": b"y"}
    site = Site(town.origin)
    assert (site.get("/a"), site.get("/b"), site.get("/none")) == (b"x", b"y", None)
    site.close()


MALFORMED = (
    b"", b"\n\n", b"<!doctype html>", b"a\n1\n\n", b"a\n1\nx\n\n\xe2\x80\x94 b c\n", b"\xff\n\n\n", bytes(9),
)  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_note_concludes_nothing(town: Town, tmp_path: Path, text: bytes) -> None:
    town.live().files["/log/checkpoint"] = text
    with pytest.raises(Unread) as unread:
        watch(town, tmp_path / "state.json")
    assert unread.value.finding.word == "NOTE_MALFORMED"


def test_a_ledger_without_a_head_concludes_nothing(town: Town, tmp_path: Path) -> None:
    town.live().files.pop("/log/checkpoint")
    with pytest.raises(Unread) as unread:
        watch(town, tmp_path / "state.json")
    assert unread.value.finding.word == "NO_HEAD"


def keys_of_another_log(town: Town) -> bytes:
    """Return a key set that names the log of another host."""
    vkey = note.vkey(name="other.example/log", public_key=town.ledger_public)
    return town.keys_text.replace(town.vkey.encode(), vkey.encode())


@pytest.mark.parametrize(
    "tell",
    [lambda town: None, lambda town: b"{}", keys_of_another_log],
    ids=["no key set", "a key set of no form", "a key of another host"],
)
def test_a_first_visit_without_a_key_concludes_nothing(
    town: Town, tmp_path: Path, tell: Callable[[Town], bytes | None]
) -> None:
    town.live()
    town.files["/.well-known/pakta-keys.json"] = tell(town)
    with pytest.raises(Unread) as unread:
        watch(town, tmp_path / "state.json")
    assert unread.value.finding.word == "KEY_UNREADABLE"


def test_a_key_that_is_none_or_another_than_before_is_refused(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    town.live()
    other = note.vkey(name=f"{town.host}/log", public_key=Town.ledger_key_of().public_key().public_bytes_raw())
    assert watch(town, path, vkey=town.vkey).trust == "given"
    elsewhere = policy.parse(f"log {other}\nquorum none\n".encode())
    for wishes in ({"vkey": "x"}, {"vkey": other}, {"rules": elsewhere}):
        with pytest.raises(Unread) as unread:
            watch(town, path, **wishes)
        assert unread.value.finding.word == "KEY_UNREADABLE"
    own = policy.parse(f"log {town.vkey}\nquorum none\n".encode())
    assert watch(town, tmp_path / "other.json", rules=own).trust == "policy"


def changed(**members: object) -> Callable[[str], str]:
    """Change members of a state."""
    return lambda text: json.dumps({**json.loads(text), **members})


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-40],
        lambda text: "[]",
        lambda text: "[" * 100_000,
        changed(v=4),
        changed(note="x"),
        changed(edge=[[8, "00"]]),
        changed(edge=7),
        changed(known={}),
        changed(v=1, known={}),
        changed(edge=[[float("inf"), "00"]]),
        changed(vkey="x"),
        changed(origin="http://other.example"),
    ],
)
def test_a_state_that_is_none_is_not_taken_for_a_first_visit(
    town: Town, tmp_path: Path, change: Callable[[str], str]
) -> None:
    path = tmp_path / "state.json"
    watch(town.live(), path)
    path.write_text(change(path.read_text()))
    before = path.read_bytes()
    with pytest.raises(Unread) as unread:
        watch(town, path)
    assert unread.value.finding.word == "STATE_UNREADABLE"
    assert path.read_bytes() == before


def test_a_state_of_a_later_form_is_named_by_its_version(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    watch(town.live(), path)
    path.write_text(changed(v=4)(path.read_text()))
    with pytest.raises(Unread) as unread:
        watch(town, path)
    assert (unread.value.finding.word, unread.value.finding.what) == ("STATE_UNREADABLE", "(versi 4)")


@pytest.mark.parametrize(("version", "lacking"), [(1, ("places", "listed", "page", "css")), (2, ("page", "css"))])
def test_of_a_state_of_an_earlier_form_the_head_is_kept_and_all_is_read_again(
    town: Town, tmp_path: Path, version: int, lacking: tuple[str, ...]
) -> None:
    path = tmp_path / "state.json"
    watch(town.live().release_page(), path)
    new = path.read_text()
    members = json.loads(new)
    for name in lacking:
        members["known"].pop(name)
    path.write_text(json.dumps({**members, "v": version}))
    report = watch(town, path)
    assert (words(report), report.first, report.trust) == (set(), 0, "state")
    assert path.read_text() == new
    path.write_text(json.dumps({**members, "v": version}))
    equivocate(town)
    assert words(watch(town, path)) == {"LOG_EQUIVOCATES"}


def test_a_state_that_cannot_be_written_is_said(town: Town, tmp_path: Path) -> None:
    with pytest.raises(Unread) as unread:
        watch(town.live(), tmp_path / "none" / "state.json")
    assert unread.value.finding.word == "STATE_UNREADABLE"


def test_the_state_is_there_whole_even_if_writing_the_next_one_fails(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    watch(town.live(), path)
    before = path.read_bytes()
    town.enrol("198609262015052904")
    town.publish()

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unread):
        watch(town, path)
    assert path.read_bytes() == before
    monkeypatch.undo()
    assert watch(town, path).good and state.load(path) is not None


def test_both_heads_are_kept_as_evidence_and_the_state_stays(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    watch(town.live(), path)
    before, first = path.read_bytes(), town.files["/log/checkpoint"]
    town.entries[-5:] = reversed(town.entries[-5:])
    town.publish()
    report = watch(town, path)
    assert words(report) == {"LOG_EQUIVOCATES"}
    assert {each.read_bytes() for each in report.evidence} == {first, town.files["/log/checkpoint"]}
    assert all(each.parent == tmp_path and "LOG_EQUIVOCATES" in each.name for each in report.evidence)
    assert path.read_bytes() == before
    for text in (each.read_bytes() for each in report.evidence):
        assert note.verify(text, verifier_key=town.vkey)


def test_a_head_that_is_behind_for_a_moment_only_is_no_rewinding(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    watch(town.live(), path)
    town.serve_once("/log/checkpoint", town.checkpoint(12))
    assert watch(town, path).good


def test_what_is_served_a_moment_before_its_head_is_no_finding(town: Town, tmp_path: Path) -> None:
    town.live()
    early = town.checkpoint(len(town.entries) - 2)
    town.files |= town.tree(town.entries[:-2])
    town.serve_once("/log/checkpoint", early)
    report = watch(town, tmp_path / "state.json")
    assert words(report) == set() and report.head is not None and report.head.size == len(town.entries)
    assert town.asked.count("/log/checkpoint") == 2


def test_a_forged_signature_of_another_issuer_is_not_believed(town: Town, tmp_path: Path) -> None:
    town.live()
    own, town.issuer = town.issuer, Issuer()
    town.files["/.well-known/pakta-keys.json"] = town.key_set(version=town.version)
    town.issuer = own
    assert words(watch(town, tmp_path / "state.json", vkey=town.vkey)) == {
        "KEYSET_SERVED_DIFFERS", "STATUS_SERVED_DIFFERS"
    }  # fmt: skip
