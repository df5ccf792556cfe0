"""A real RFC 3161 authority: `openssl ts` with a P-256 key behind HTTP on loopback, and ways in which one fails."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import cms, keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from pakta.config import Timestamps

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
ess_cert_id_chain = no
ordering = no
tsa_name = no
"""
REJECTION = bytes.fromhex("30053003020102")  # PKIStatusInfo: rejection
TYPE = "application/timestamp-reply"
Key = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class Authority:
    """A timestamp authority with a root of its own."""

    def __init__(self, folder: Path, *, name: str = "Otoritas Waktu Uji", expired: bool = False) -> None:
        """Make root, key and certificate; `expired`: a certificate whose days are over."""
        self.folder, self.name, self.expired = folder, name, expired
        self.asked = 0  # how many queries have come
        self.answer: Callable[[bytes], tuple[int, bytes]] = self.good
        self.url = ""
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(CONFIG.format(folder=folder))
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self._root(root_key)
        self.certificate = self._certificate(key, root_key)
        (folder / "root.pem").write_bytes(self.root.public_bytes(Encoding.PEM))
        (folder / "tsa.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        (folder / "tsa.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def roots(self) -> Path:
        """Return the PEM file of the root, for PAKTA_TSA_ROOTS."""
        return self.folder / "root.pem"

    def settings(self, *, archive: bool = False) -> Timestamps:
        """Return what a configuration that trusts this authority says."""
        return Timestamps(self.url, (self.root,), archive=archive)

    def reply(self, query: bytes) -> bytes:
        """Return what `openssl ts` answers to a query."""
        with tempfile.NamedTemporaryFile(dir=self.folder) as file:
            file.write(query)
            file.flush()
            words = ["openssl", "ts", "-reply", "-config", self.folder / "ts.cnf", "-section", "here"]
            words += ["-queryfile", file.name, "-signer", self.folder / "tsa.pem", "-inkey", self.folder / "tsa.key"]
            words += ["-chain", self.roots, "-out", f"{file.name}.tsr"]
            subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=30)
            made = Path(f"{file.name}.tsr")
            content = made.read_bytes()
            made.unlink()
        return content

    # The ways to answer.

    def good(self, query: bytes) -> tuple[int, bytes]:
        """Answer as an authority does."""
        return 200, self.reply(query)

    def closed(self, _query: bytes) -> tuple[int, bytes]:
        """Be out of service."""
        return 503, b""

    def elsewhere(self, _query: bytes) -> tuple[int, bytes]:
        """Send whoever asks to where a good answer would be."""
        return 302, b""

    def rejects(self, _query: bytes) -> tuple[int, bytes]:
        """Refuse as RFC 3161 says it."""
        return 200, REJECTION

    def garbage(self, _query: bytes) -> tuple[int, bytes]:
        """Answer with a page."""
        return 200, b"<html>Selamat datang</html>"

    def endless(self, query: bytes) -> tuple[int, bytes]:
        """Answer well, and go on."""
        return 200, self.reply(query) + b"\0" * 200_000

    def silent(self, _query: bytes) -> tuple[int, bytes]:
        """Say nothing for longer than anybody waits in a test."""
        time.sleep(3)
        return 200, b""

    def of_another_digest(self, query: bytes) -> tuple[int, bytes]:
        """Stamp something else."""
        asked = tsp.TimeStampReq.load(query)
        asked["message_imprint"]["hashed_message"] = bytes(32)
        return 200, self.reply(asked.dump(force=True))

    def of_another_nonce(self, query: bytes) -> tuple[int, bytes]:
        """Stamp as if it were somebody else's query."""
        asked = tsp.TimeStampReq.load(query)
        asked["nonce"] = 12_345
        return 200, self.reply(asked.dump(force=True))

    def without_nonce(self, query: bytes) -> tuple[int, bytes]:
        """Stamp an older answer's way: without what ties it to the query."""
        asked = tsp.TimeStampReq.load(query)
        del asked["nonce"]
        return 200, self.reply(asked.dump(force=True))

    def _root(self, key: Key) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{self.name}: akar")])
        return (
            self.builder(name, name, key.public_key(), days=3650, until=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )

    def _certificate(self, key: Key, root: Key) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        return (
            self.builder(name, self.root.subject, key.public_key(), days=400, until=-30 if self.expired else 400)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(stamping, critical=True)
            .sign(root, hashes.SHA256())
        )

    @staticmethod
    def builder(
        subject: x509.Name, issuer: x509.Name, key: PublicKey, *, days: int, until: int
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=days))
            .not_valid_after(now + timedelta(days=until))
        )


def by_pyhanko(digest: bytes, uses: str) -> tuple[cms.ContentInfo, x509.Certificate]:
    """Return a token that is signed with RSA by a certificate of these uses, and its root: openssl would refuse."""
    stamper, root = dummy(uses)
    return asyncio.run(stamper.async_timestamp(digest, "sha256")), root


def dummy(uses: str) -> tuple[DummyTimeStamper, x509.Certificate]:
    """Return an authority whose certificate has these uses and which states what time it is told to, and its root."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in ("Akar", "Otoritas"))
    root = (
        Authority.builder(root_name, root_name, root_key.public_key(), days=400, until=400)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = Authority.builder(name, root_name, key.public_key(), days=400, until=400)
    more = [ExtendedKeyUsageOID.CLIENT_AUTH] if uses == "and more" else []
    if uses != "none":
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, *more])
        leaf = leaf.add_extension(stamping, critical=uses != "not critical")
    certificate = leaf.sign(root_key, hashes.SHA256())
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    )
    return stamper, root


@contextmanager
def serving(authority: Authority, *, port: int = 0) -> Iterator[Authority]:
    """Let the authority answer on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer a query."""
            query = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked += 1
            behaves = authority.good if self.path == "/good" else authority.answer
            status, body = behaves(query)
            self.send_response(status)
            self.send_header("Content-Type", TYPE)
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", "/good")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever asked went away
    threading.Thread(target=server.serve_forever, daemon=True).start()
    authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsr"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
