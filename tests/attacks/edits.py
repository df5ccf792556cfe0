"""Hands for whoever changes a sealed PDF: revisions after it, bytes in it, seals by other keys."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject, StreamObject, pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from pakta.certificates import seal
from pakta.keyring import SealKey

FALSE_NAME = "NAMA PALSU"
Writer = Any  # pyHanko's writer: its objects are untyped
RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\] *")


@dataclass(frozen=True)
class Span:
    """Where the seal's string lies in a file, and where its range ends."""

    begin: int
    end: int
    until: int

    @property
    def tail(self) -> int:
        """Return how many bytes are covered after the string."""
        return self.until - self.end


def span(content: bytes) -> Span:
    """Return where a sealed file's only seal lies."""
    (found,) = RANGE.finditer(content)
    begin, end, tail = map(int, found.groups())
    return Span(begin, end, end + tail)


def cms_of(content: bytes) -> bytes:
    """Return the seal's CMS as hexadecimal digits, with the zeros after it."""
    where = span(content)
    return content[where.begin + 1 : where.end - 1]


def with_string(content: bytes, string: bytes) -> bytes:
    """Put something of the same length in place of the seal's string."""
    where = span(content)
    if len(string) != where.end - where.begin:
        raise ValueError("another length")
    return content[: where.begin] + string + content[where.end :]


def with_range(content: bytes, text: str) -> bytes:
    """Write another byte range over the seal's own, in the room that it has."""
    (found,) = RANGE.finditer(content)
    new = f"/ByteRange {text}".encode().ljust(len(found[0]))
    if len(new) != len(found[0]):
        raise ValueError("too long")
    return content[: found.start()] + new + content[found.end() :]


def increment(content: bytes, change: Callable[[Writer], None]) -> bytes:
    """Append a revision, as incremental saving does."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(content), strict=False), io.BytesIO()
    change(writer)
    writer.write(out)
    changed = out.getvalue()
    if not changed.startswith(content):
        raise ValueError("not a revision")
    return changed


def first_page(writer: Writer) -> Any:
    """Return the first page."""
    return writer.root["/Pages"]["/Kids"][0]


def words(text: str, *, at: tuple[int, int] = (60, 420), white: bool = False) -> bytes:
    """Return page content that prints a text, over a white field if so wished."""
    x, y = at
    field = b"1 g %d %d 460 40 re f 0 g " % (x - 5, y - 10) if white else b""
    return b"q " + field + b"BT /Palsu 28 Tf %d %d Td (%s) Tj ET Q" % (x, y, text.encode()) + b"\n"


def fonts() -> Any:
    """Return resources that hold the font of `words`."""
    font = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type1"),
            pdf_name("/BaseFont"): pdf_name("/Helvetica-Bold"),
        }
    )
    return DictionaryObject({pdf_name("/Font"): DictionaryObject({pdf_name("/Palsu"): font})})


def form(content: bytes) -> Any:
    """Return an appearance that draws this content."""
    members = {
        pdf_name("/Type"): pdf_name("/XObject"),
        pdf_name("/Subtype"): pdf_name("/Form"),
        pdf_name("/BBox"): ArrayObject(map(NumberObject, (0, 0, 595, 842))),
        pdf_name("/Resources"): fonts(),
    }
    return StreamObject(members, stream_data=content)


def add_content(writer: Writer, content: bytes) -> Any:
    """Add content to the first page; return the reference to its stream."""
    page = first_page(writer)
    resources = generic.DictionaryObject(page["/Resources"])
    known = generic.DictionaryObject(resources["/Font"])
    known[pdf_name("/Palsu")] = fonts()["/Font"]["/Palsu"]
    resources[pdf_name("/Font")] = known
    page[pdf_name("/Resources")] = resources
    added = writer.add_object(StreamObject(stream_data=content))
    present = page.raw_get("/Contents")
    before = list(present) if isinstance(present, ArrayObject) else [present]
    page[pdf_name("/Contents")] = ArrayObject([*before, added])
    writer.update_container(page)
    return added


def add_annotation(writer: Writer, subtype: str, content: bytes, **members: Any) -> Any:
    """Lay an annotation with this appearance over the whole first page; return the reference to it."""
    page = first_page(writer)
    look = writer.add_object(form(content))
    made = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name(subtype),
            pdf_name("/Rect"): ArrayObject(map(NumberObject, (0, 0, 595, 842))),
            pdf_name("/F"): NumberObject(4),
            pdf_name("/AP"): DictionaryObject({pdf_name("/N"): look}),
            **{pdf_name(f"/{name}"): value for name, value in members.items()},
        }
    )
    added = writer.add_object(made)
    page[pdf_name("/Annots")] = ArrayObject([*page.get("/Annots", ()), added])
    writer.update_container(page)
    return added


def new_page(writer: Writer, content: bytes) -> Any:
    """Return the reference to a tree of pages that has this one page only."""
    tree = writer.add_object(DictionaryObject({pdf_name("/Type"): pdf_name("/Pages")}))
    page = DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): ArrayObject(map(NumberObject, (0, 0, 595, 842))),
            pdf_name("/Resources"): fonts(),
            pdf_name("/Contents"): writer.add_object(StreamObject(stream_data=content)),
            pdf_name("/Parent"): tree,
        }
    )
    members = tree.get_object()
    members[pdf_name("/Kids")] = ArrayObject([writer.add_object(page)])
    members[pdf_name("/Count")] = NumberObject(1)
    return tree


def file_spec(writer: Writer, name: str) -> Any:
    """Return the file specification of an attachment."""
    (found,) = [spec for at in range(len(writer.root["/AF"])) if (spec := writer.root["/AF"][at])["/UF"] == name]
    return found


def embedded(writer: Writer, content: bytes) -> Any:
    """Return the reference to an embedded file."""
    return writer.add_object(StreamObject({pdf_name("/Type"): pdf_name("/EmbeddedFile")}, stream_data=content))


def attach(writer: Writer, name: str, content: bytes) -> None:
    """Put another file behind an attachment's name."""
    spec = file_spec(writer, name)
    file = embedded(writer, content)
    spec[pdf_name("/EF")] = DictionaryObject({pdf_name("/F"): file, pdf_name("/UF"): file})
    writer.update_container(spec)


def specification(name: str, file: Any) -> Any:
    """Return a new file specification."""
    return DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Filespec"),
            pdf_name("/F"): pdf_string(name),
            pdf_name("/UF"): pdf_string(name),
            pdf_name("/AFRelationship"): pdf_name("/Data"),
            pdf_name("/EF"): DictionaryObject({pdf_name("/F"): file, pdf_name("/UF"): file}),
        }
    )


def sign_again(content: bytes, key: SealKey, *, field: str = "Lain", certify: bool = False) -> bytes:
    """Sign a file once more with another key, as any program that signs does."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    metadata = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", certify=certify)
    sealer = signers.PdfSigner(metadata, signer=seal._Signer(key))
    made: bytes = sealer.sign_pdf(writer, bytes_reserved=8192).getvalue()
    return made


def cms_by(key: SealKey, covered: bytes) -> bytes:
    """Return a CMS over these bytes by another key, as hexadecimal digits."""
    signing = seal._Signer(key).async_sign(
        hashlib.sha256(covered).digest(), "sha256", use_pades=True,
        signed_attr_settings=PdfCMSSignedAttributes(signing_time=datetime.now(UTC)),
    )  # fmt: skip
    made: bytes = asyncio.run(signing).dump()
    return made.hex().upper().encode()
