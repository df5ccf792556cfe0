"""Asking a witness: whatever it does, the answer is read in bounded time and size, and nowhere else."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pakta import exchange
from pakta.core import merkle, note, submission
from pakta.keyring import Keyring
from pakta.ledger import witnessclient
from pakta.ledger.rules import Trouble
from tests.ledger.witness import Witness

ORIGIN = "localhost:5000/log"
PATIENCE, SLACK = 0.6, 5.0  # seconds; a slack for a busy machine, less than what a drip takes


@pytest.fixture
def witness(keys: Keyring) -> Iterator[Witness]:
    """Give a running witness of our log."""
    vkey = note.vkey(name=ORIGIN, public_key=keys.ledger.public_bytes)
    running = Witness("satu", log_vkey=vkey).start()
    yield running
    running.stop()


@pytest.fixture
def letter(keys: Keyring) -> bytes:
    """Give a submission of a head over one entry."""
    body = note.checkpoint_body(origin=ORIGIN, size=1, root=merkle.leaf_hash(b"satu"))
    signed = note.sign(body, name=ORIGIN, public_key=keys.ledger.public_bytes, sign=keys.ledger.sign)
    return submission.make(old_size=0, path=[], checkpoint=signed)


def test_an_honest_witness_answers_with_its_cosignature(witness: Witness, letter: bytes) -> None:
    reply = witnessclient.ask(witness.url, letter, patience=PATIENCE)
    assert reply.status == 200 and reply.body.startswith("— satu.example/w ".encode())
    assert witnessclient.ask(witness.url + "/", letter, patience=PATIENCE).status == 409


@pytest.mark.parametrize(
    ("mode", "trouble"),
    [
        ("hangs", Trouble.TIMEOUT),
        ("drips", Trouble.TIMEOUT),
        ("endless", Trouble.TOO_LONG),
        ("not http", Trouble.GARBLED),
    ],
)
def test_one_that_misbehaves_is_given_up_in_time(
    witness: Witness, letter: bytes, mode: str, trouble: Trouble
) -> None:
    witness.mode, began = mode, time.monotonic()
    with pytest.raises(witnessclient.NoReply) as failed:
        witnessclient.ask(witness.url, letter, patience=PATIENCE)
    assert failed.value.trouble is trouble
    assert time.monotonic() - began < PATIENCE + SLACK


def test_silent_addresses_of_a_host_leave_time_to_the_others(
    witness: Witness, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until November 2026 each address had all of the time: four of them took four times as long."""
    port = int(witness.url.split(":")[2].split("/")[0])
    with contextlib.ExitStack() as silent:
        places = [*(silent.enter_context(deaf()).getsockname() for _ in range(3)), ("127.0.0.1", port)]
        known = [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", each) for each in places]
        monkeypatch.setattr(exchange.socket, "getaddrinfo", lambda *_, **__: known)
        assert witnessclient.ask(witness.url, letter, patience=PATIENCE).status == 200


@contextlib.contextmanager
def deaf() -> Iterator[socket.socket]:
    """Give a place that answers no connection: its queue is full."""
    with contextlib.ExitStack() as held:
        place = held.enter_context(socket.socket())
        place.bind(("127.0.0.1", 0))
        place.listen(0)
        for _ in range(3):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(place.getsockname())
        yield place


def test_a_witness_that_is_down_is_told_from_one_that_is_slow(witness: Witness, letter: bytes) -> None:
    witness.stop()
    with pytest.raises(witnessclient.NoReply) as failed:
        witnessclient.ask(witness.url, letter, patience=PATIENCE)
    assert failed.value.trouble is Trouble.UNREACHABLE
    witness.start()
    assert witnessclient.ask(witness.url, letter, patience=PATIENCE).status == 200


def test_nobody_is_followed_elsewhere(witness: Witness, letter: bytes) -> None:
    witness.mode = "elsewhere"
    assert witnessclient.ask(witness.url, letter, patience=PATIENCE).status == 307
    assert witness.asked == 1


def test_over_tls_only_a_certificate_that_is_trusted_is_believed(
    witness: Witness, letter: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness.stop()
    witness.start(tls=_certified(tmp_path / "saksi.pem"))
    url = f"https://localhost:{witness.port}/w"
    with pytest.raises(witnessclient.NoReply) as failed:
        witnessclient.ask(url, letter, patience=PATIENCE)
    assert failed.value.trouble is Trouble.CERTIFICATE and witness.asked == 0
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "saksi.pem"))
    assert witnessclient.ask(url, letter, patience=PATIENCE).status == 200
    witness.mode, began = "drips", time.monotonic()
    with pytest.raises(witnessclient.NoReply):
        witnessclient.ask(url, letter, patience=PATIENCE)
    assert time.monotonic() - began < PATIENCE + SLACK


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/w",
        "http://localhost.example/w",
        "ftp://127.0.0.1/w",
        "file:///etc/passwd",
        "//127.0.0.1/w",
        "http://nama:sandi@127.0.0.1/w",
        "http://127.0.0.1/w?x",
        "http://127.0.0.1/w#x",
        "http://127.0.0.1:99999/w",
        "http://[::1/w",
        "http://127.0.0.1/w\udcff",
        "",
    ],
)
def test_only_https_or_this_machine_is_asked(url: str, letter: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange.socket, "getaddrinfo", None)  # nothing may even be tried
    with pytest.raises(witnessclient.NoReply) as failed:
        witnessclient.ask(url, letter)
    assert failed.value.trouble is Trouble.ADDRESS


def test_a_client_that_waits_anew_for_each_byte_would_be_held_by_a_drip(
    witness: Witness, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: the time that is left is never less than all of it."""
    monkeypatch.setattr(exchange.Connection, "left", lambda self: PATIENCE)
    witness.mode, began = "drips", time.monotonic()
    witnessclient.ask(witness.url, letter, patience=PATIENCE)  # 79 bytes, a tenth of a second each
    assert time.monotonic() - began > 10 * PATIENCE


def _certified(path: Path) -> ssl.SSLContext:
    """Return what a TLS server of localhost needs; its key and certificate lie at `path`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pem + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
