"""What somebody with a timestamp authority of their own adds to a sealed PDF, where no roots are named."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import io
from collections.abc import Sequence

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, StreamObject, pdf_name
from pyhanko.sign import signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from pakta.certificates import seal
from tests.attacks import edits
from tests.attacks.scene import Scene
from tests.timestamping.authority import Authority
from tests.verification import lasting

RUBBISH = b"<html><script>alert(1)</script>" + b"apa saja " * 3_000
TIMESTAMP = bytes.fromhex("060b2a864886f70d010910020e")  # the type id-aa-timeStampToken
DATA = bytes.fromhex("06092a864886f70d010701")


@functools.cache
def stranger(called: str = "Asing") -> DummyTimeStamper:
    """Return an authority of somebody whom nobody trusts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)  # the dummy of pyHanko signs with no other
    root, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in ("Akar asing", called))
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    leaf = Authority.builder(name, root, key.public_key(), days=9, until=9).add_extension(uses, critical=True)
    certificate = leaf.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    )


def archived(
    content: bytes, certificates: Sequence[bytes], lists: Sequence[bytes], *, by: DummyTimeStamper | None = None
) -> bytes:
    """Append a revision of our form with this in its store, stamped by the stranger."""
    writer = seal._Appending(io.BytesIO(content))
    store = DictionaryObject()
    for name, held in (("/Certs", certificates), ("/CRLs", lists)):
        store[pdf_name(name)] = ArrayObject([writer.add_object(StreamObject(stream_data=each)) for each in held])
    writer.root[pdf_name("/DSS")] = writer.add_object(store)
    writer.update_root()
    stamper = signers.PdfTimeStamper(by or stranger(), field_name=seal.ARCHIVE_FIELD)
    made: bytes = stamper.timestamp_pdf(writer, "sha256", bytes_reserved=seal.RESERVED_STAMPED).getvalue()
    return made


def rubbish(scene: Scene) -> bytes:
    """Fill the store with what is neither certificate nor list."""
    return archived(scene.lembar, [RUBBISH], [b"bukan daftar"])


def of_our_form(scene: Scene) -> bytes:
    """Fill the store with our own certificates and list: all is well but that the seal says B-B."""
    return archived(scene.lembar, *ours(scene))


def ours(scene: Scene) -> tuple[list[bytes], list[bytes]]:
    """Return what our own archives hold of our seal."""
    assert scene.seal.crl is not None
    return [each.public_bytes(Encoding.DER) for each in scene.seal.chain], [scene.seal.crl.public_bytes(Encoding.DER)]


def moved(scene: Scene) -> bytes:
    """Move the seal's string by one byte, with a range in the store that says so: the seal covers the same bytes."""
    shifted, says = aside(scene.lembar)
    made = archived(scene.lembar, [says], [b"bukan daftar"])
    return stamped_again(made, shifted + made[len(shifted) :])


def aside(content: bytes) -> tuple[bytes, bytes]:
    """Return a file with its seal's string moved by one byte, and the range that would say so."""
    where = edits.span(content)
    begin, end = where.begin, where.end
    shifted = content[: begin - 1] + content[begin:end] + content[begin - 1 : begin] + content[end:]
    return shifted, b"/ByteRange [0 %d %d %d]" % (begin - 1, end - 1, where.tail + 1)


def stamped_again(made: bytes, changed: bytes, *, by: DummyTimeStamper | None = None) -> bytes:
    """Let the stranger stamp a file of the same length in which something was changed."""
    *_, last = edits.RANGE.finditer(made)
    begin, end = int(last[1]), int(last[2])
    string = token_over(changed[:begin] + changed[end:], by=by).hex().upper().encode().ljust(end - begin - 2, b"0")
    return changed[: begin + 1] + string + changed[end - 1 :]


def token_over(covered: bytes, *, by: DummyTimeStamper | None = None) -> bytes:
    """Return the stranger's timestamp over these bytes."""
    digest = hashlib.sha256(covered).digest()
    token: bytes = asyncio.run((by or stranger()).async_timestamp(digest, "sha256")).dump()
    return token


def free_bytes(scene: Scene) -> bytes:
    """Put what one likes into the seal in place of a timestamp: no signature covers it."""
    octets = lasting.joined(b"\x04", b"RAHASIA " * 280)
    return beside(scene.lembar, lasting.joined(b"\x30", DATA, lasting.joined(b"\xa0", octets)))


def own_timestamp(scene: Scene) -> bytes:
    """Put a timestamp into a seal that says that it has none."""
    return beside(scene.lembar, token_over(lasting.signature_of(scene.lembar)))


def beside(content: bytes, *values: bytes) -> bytes:
    """Put these in as the seal's timestamp."""
    attribute = lasting.joined(b"\x30", TIMESTAMP, lasting.joined(b"\x31", *values))
    return lasting.with_unsigned(content, lasting.joined(b"\xa1", attribute))
