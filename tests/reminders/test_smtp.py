"""The line to a mail server: encrypted and signed in where that is asked for; and the worker's thread for it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from pakta.config import Mail
from pakta.ledger import worker
from pakta.reminders import smtp
from pakta.reminders.rules import State, Trouble
from pakta.reminders.smtp import Outcome, Server, ServerTrouble
from tests.reminders.office import Mailbox, mail_server

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
PASSWORD = "kata sandi"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    made = made.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("smtp") / "localhost.pem"
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture
def strict(certificate: Path) -> Iterator[Mailbox]:
    """Give a mail server that asks for STARTTLS and a sign-in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def sign_in(_server: object, _session: object, _envelope: object, _how: str, given: object) -> AuthResult:
        good = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)

    settings = {"require_starttls": True, "auth_required": True, "authenticator": sign_in}
    with mail_server(tls_context=context, **settings) as box:
        yield box


def mail(box: Mailbox, password: str = PASSWORD) -> Mail:
    """Return how to reach a server."""
    return Mail("localhost", box.port, "starttls", "pakta@kota.example", user="pakta", password=password)


def test_a_letter_goes_encrypted_after_a_sign_in(
    strict: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    content = smtp.letter(to="a@b.example", text=".titik\n..dua\n", host="kota.example", mail=mail(strict), now=NOW)
    server = Server(mail(strict), name="kota.example")
    try:
        assert server.hand_over(to="a@b.example", content=content) == Outcome(State.HANDED)
    finally:
        server.close()
    assert strict.newest().get_content().replace("\r\n", "\n") == ".titik\n..dua\n"


def test_a_wrong_password_or_a_certificate_that_nobody_vouches_for_ends_it(
    strict: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ServerTrouble) as refused:
        Server(mail(strict), name="kota.example")
    assert refused.value.args == (Trouble.REFUSES,)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(ServerTrouble) as refused:
        Server(mail(strict, "keliru"), name="kota.example")
    assert refused.value.args == (Trouble.REFUSES,)
    assert strict.asked == []


def test_a_mail_server_that_hangs_does_not_hold_the_ledgers_heads_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TICK", 0.01)
    stop, hangs, ticks = threading.Event(), threading.Event(), []

    def post(stop: threading.Event) -> None:
        hangs.set()
        stop.wait()

    def tick() -> None:
        ticks.append(hangs.wait(5))
        if len(ticks) == 3:
            stop.set()

    worker.run(Flask("kosong"), each_tick=tick, post=post, stop=stop)
    assert ticks == [True] * 3
