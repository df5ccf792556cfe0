"""B-T and B-LTA files, and what somebody with an account at the same authority can append to one."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from asn1crypto import cms, parser
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.validation.dss import DocumentSecurityStore

from pakta.certificates import seal
from pakta.keyring import Keyring, SealKey
from pakta.timestamps.authority import Stamper
from pakta.timestamps.level import Level
from tests import documents
from tests.timestamping.authority import Authority

Writer = IncrementalPdfFileWriter
Change = Callable[[Writer], object]


def sealed(
    keys: Keyring,
    authority: Authority,
    level: Level,
    *,
    unsealed: bytes | None = None,
    signed_at: datetime | None = None,
) -> bytes:
    """Return a lembar that is sealed at a level."""
    stamper = None if level is Level.B_B else Stamper(authority.settings())
    return seal.seal(
        unsealed or documents.unsealed(),
        key=keys.seal,
        signed_at=signed_at or datetime.now(UTC),
        city=documents.CITY,
        level=level,
        stamper=stamper,
    )


def stamped(content: bytes, change: Change, authority: Authority, *, store: bool = True, field: str = "X") -> bytes:
    """Change a file in a new revision, and have the whole stamped by an authority that everybody trusts."""
    writer = Writer(io.BytesIO(content), strict=False)
    change(writer)
    stamper = Stamper(authority.settings())
    if store:
        DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=(), crls=())
    made = signers.PdfTimeStamper(stamper, field_name=field).timestamp_pdf(writer, "sha256", bytes_reserved=16_384)
    out: bytes = made.getvalue()
    return out


def revised(content: bytes, change: Change) -> bytes:
    """Change a file in a new revision, with no timestamp."""
    writer = Writer(io.BytesIO(content), strict=False)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def nothing(_writer: Writer) -> None:
    """Change nothing but what a timestamp changes."""


def page_content(writer: Writer) -> None:
    """Write something over the page."""
    page = writer.root["/Pages"]["/Kids"][0]
    over = writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 100 500 300 60 re f Q"))
    page[pdf_name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), over])
    writer.update_container(page)


def shown_content(writer: Writer) -> None:
    """Put other content in the place of the page's own."""
    stream = writer.root["/Pages"]["/Kids"][0]["/Contents"]
    stream._data = b"q 0 0 1 rg 0 0 600 800 re f Q"
    stream._encoded_data = None
    writer.mark_update(stream.container_ref)


def attachment(writer: Writer) -> None:
    """Put another credential in the place of the attached one."""
    spec = writer.root["/AF"][0]
    made = generic.StreamObject(stream_data=b"\xd2\x84 another credential")
    made[pdf_name("/Type")] = pdf_name("/EmbeddedFile")
    spec["/EF"][pdf_name("/F")] = writer.add_object(made)
    writer.update_container(spec)


def catalog(writer: Writer) -> None:
    """Open the file at an address."""
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/URI"), pdf_name("/URI"): generic.pdf_string("https://palsu.example")}
    )
    writer.update_root()


def language(writer: Writer) -> None:
    """Say that the text is of another language."""
    writer.root[pdf_name("/Lang")] = generic.pdf_string("en")
    writer.update_root()


def metadata(writer: Writer) -> None:
    """Give the file other metadata."""
    made = generic.StreamObject(stream_data=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    made[pdf_name("/Type")], made[pdf_name("/Subtype")] = pdf_name("/Metadata"), pdf_name("/XML")
    writer.root[pdf_name("/Metadata")] = writer.add_object(made)
    writer.update_root()


def annotation(writer: Writer) -> None:
    """Stick a note onto the page."""
    page = writer.root["/Pages"]["/Kids"][0]
    note = writer.add_object(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FreeText"),
                pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(each) for each in (50, 50, 400, 200)]),
                pdf_name("/Contents"): generic.pdf_string("Sah"),
            }
        )
    )
    page["/Annots"].append(note)
    writer.update_container(page)


def orphan(writer: Writer) -> None:
    """Leave something in the file that nothing leads to, for readers that mend files."""
    writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 0 0 600 800 re f Q"))


def another_page(writer: Writer) -> None:
    """Add a page."""
    pages = writer.root["/Pages"]
    page = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/Parent"): generic.IndirectObject(pages.container_ref.idnum, 0, writer),
            pdf_name("/MediaBox"): generic.ArrayObject([generic.NumberObject(each) for each in (0, 0, 595, 842)]),
        }
    )
    pages["/Kids"].append(writer.add_object(page))
    pages[pdf_name("/Count")] = generic.NumberObject(len(pages["/Kids"]))
    writer.update_container(pages)


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        page_content, shown_content, attachment, catalog, language, metadata, annotation, orphan, another_page,
    )
}  # fmt: skip


def parts(der: bytes) -> list[bytes]:
    """Return the members of a constructed DER value."""
    *_, content, _trailer = parser.parse(der)
    found = []
    while content:
        length = parser.peek(content)
        found.append(content[:length])
        content = content[length:]
    return found


def joined(tag: bytes, *members: bytes) -> bytes:
    """Return a constructed DER value of these members."""
    content = b"".join(members)
    size = len(content).to_bytes(2, "big")
    return tag + b"\x82" + size + content


def with_unsigned(content: bytes, unsigned: bytes) -> bytes:
    """Return a file whose seal has these unsigned attributes: its string is not covered by the seal."""
    begin, end, der = seal_of(content)
    kind, inside = parts(der)
    (signed,) = parts(inside)
    *before, signers_ = parts(signed)
    (signer,) = parts(signers_)
    fields = [each for each in parts(signer) if each[:1] != b"\xa1"]
    signer = joined(b"\x30", *fields, *([unsigned] if unsigned else []))
    string = (
        joined(b"\x30", kind, joined(b"\xa0", joined(b"\x30", *before, joined(b"\x31", signer))))
        .hex()
        .upper()
        .encode()
    )
    return content[: begin + 1] + string.ljust(end - begin - 2, b"0") + content[end - 1 :]


def seal_of(content: bytes) -> tuple[int, int, bytes]:
    """Return where the seal's own string begins and ends, and the CMS in it."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", content)
    assert found
    begin, end = int(found[1]), int(found[2])
    padded = bytes.fromhex(content[begin + 1 : end - 1].decode())
    return begin, end, padded[: parser.peek(padded)]


def unsigned_of(content: bytes) -> bytes:
    """Return the unsigned attributes of a file's seal: the timestamp."""
    (signed,) = parts(parts(seal_of(content)[2])[1])
    (signer,) = parts(parts(signed)[-1])
    return next(each for each in parts(signer) if each[:1] == b"\xa1")


def signature_of(content: bytes) -> bytes:
    """Return the signature in a file's seal."""
    signed = cms.ContentInfo.load(seal_of(content)[2])["content"]
    found: bytes = signed["signer_infos"][0]["signature"].native
    return found


def cut(content: bytes) -> bytes:
    """Return a B-LTA file without its archive: as it was when it was sealed."""
    _, end, _ = seal_of(content)
    found = re.search(rb"/ByteRange \[0 \d+ \d+ (\d+)\]", content)
    assert found
    return content[: end + int(found[1])]


def stamped_again(content: bytes, changed: bytes, authority: Authority) -> bytes:
    """Let the authority stamp a file of the same length in which something was changed."""
    assert len(changed) == len(content)
    begin, end = (int(each) for each in re.findall(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", content)[-1])
    digest = hashlib.sha256(changed[:begin] + changed[end:]).digest()
    token = asyncio.run(Stamper(authority.settings()).async_timestamp(digest, "sha256"))
    string = token.dump().hex().upper().encode().ljust(end - begin - 2, b"0")
    return changed[: begin + 1] + string + changed[end - 1 :]


def stranger() -> x509.Certificate:
    """Return a certificate of nobody that we know."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "96 0 obj")])
    return Authority.builder(name, name, key.public_key(), days=1, until=1).sign(key, hashes.SHA256())


def archived(
    made: dict[Level, bytes], key: SealKey, authority: Authority, *, certificates: tuple[x509.Certificate, ...]
) -> bytes:
    """Archive a file anew by our own code, with more certificates than ours in the store."""
    stamper = Stamper(authority.settings())
    more = replace(key, chain=(*certificates, *key.chain))
    return seal._archived(cut(made[Level.B_LTA]), key=more, stamper=stamper)
