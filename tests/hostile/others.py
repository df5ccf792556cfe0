"""Hostile files of other kinds: archives, files of two kinds, texts, and QR codes that say what they should not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile

from PIL import Image

from pakta.certificates import qr
from pakta.core.errors import Reason
from tests.hostile import papers, pictures
from tests.hostile.case import MEGABYTE, Case, case, chunk

ARCHIVE, TWO, MANY = Reason.FILE_IS_ARCHIVE, Reason.FILE_OF_TWO_KINDS, Reason.FILE_HOLDS_MANY
FORMAT, HOST, ADDRESS, DIGITS = (
    Reason.IMAGE_FORMAT,
    Reason.OTHER_HOST,
    Reason.ADDRESS_MALFORMED,
    Reason.DIGITS_MALFORMED,
)
WITHOUT, HEAVY = Reason.IMAGE_WITHOUT_QR, Reason.FILE_TOO_HEAVY
COSE, CBOR = Reason.COSE_MALFORMED, Reason.CBOR_MALFORMED
OURS = "http://localhost:5000/v#"


def zipped(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def nested_zip() -> bytes:
    """Return ZIPs within ZIPs: five levels of ten, a terabyte at the end."""
    inner = zipped({f"{at}.bin": bytes(10 * MEGABYTE) for at in range(2)})
    for _ in range(5):
        inner = zipped({f"{at}.zip": inner for at in range(10)})
    return inner


def overlapping_zip() -> bytes:
    """Return a ZIP whose directory names one file 10,000 times."""
    whole = zipped({"a": bytes(10 * MEGABYTE)})
    at = whole.rindex(b"PK\1\2")
    entry, end = whole[at : whole.rindex(b"PK\5\6")], bytearray(whole[whole.rindex(b"PK\5\6") :])
    end[8:12] = struct.pack("<HH", 10_000, 10_000)
    end[12:16] = struct.pack("<I", len(entry) * 10_000)
    return whole[:at] + entry * 10_000 + bytes(end)


def seen(*texts: str) -> bytes:
    """Return a picture of these QR codes."""
    codes = [qr.image(text, pixels=4).convert("L") for text in texts]
    side = max(code.width for code in codes)
    field = Image.new("L", (side * 3, side * ((len(codes) + 2) // 3)), 255)
    for at, code in enumerate(codes):
        field.paste(code, (at % 3 * side, at // 3 * side))
    return pictures.encoded(field, "PNG")


def page(content: bytes) -> bytes:
    """Return a PDF with something before it, near enough for readers to find."""
    return content + papers.with_page()


def hidden(kind: bytes) -> bytes:
    """Return a picture of a QR whose own comment is a PDF."""
    return pictures.beside(chunk(kind, b"c\0" + papers.with_page()))


def apart(count: int) -> bytes:
    """Return a text of so many addresses of other places."""
    return b"".join(b"http://x.example/%d#1 " % at for at in range(count))


ALL: tuple[Case, ...] = (
    case("ZIP of 300 MB", lambda: zipped({"a": bytes(300 * MEGABYTE)}), ARCHIVE),
    case("ZIP within ZIP, five levels", nested_zip, ARCHIVE),
    case("ZIP whose directory overlaps", overlapping_zip, ARCHIVE),
    case("ZIP that climbs out of its folder", lambda: zipped({"../../etc/passwd": b"x"}), ARCHIVE),
    case("a letter of an office program", lambda: zipped({"word/document.xml": b"<x/>"}), ARCHIVE),
    case("gzip of 300 MB", lambda: gzip.compress(bytes(300 * MEGABYTE), 9), ARCHIVE),
    case("bzip2 of 50 MB", lambda: bz2.compress(bytes(50 * MEGABYTE)), ARCHIVE),
    case("xz of 50 MB", lambda: lzma.compress(bytes(50 * MEGABYTE), preset=1), ARCHIVE),
    case("RAR", lambda: b"Rar!\x1a\x07\x01\0" + bytes(500), ARCHIVE),
    case("a web page and a PDF", lambda: page(b"<html><script>alert(1)</script>"), TWO),
    case("a PNG and a PDF", lambda: hidden(b"tEXt"), TWO),
    case("a JPEG and a PDF", lambda: page(b"\xff\xd8\xff\xfe\x00\xff" + bytes(200)), TWO),
    case("a GIF and a PDF", lambda: page(b"GIF89a" + bytes(100)), TWO),
    case("a ZIP and a PDF", lambda: page(zipped({"a": b"x"}, method=zipfile.ZIP_STORED)), ARCHIVE),
    case("a program and a PDF", lambda: page(b"\x7fELF" + bytes(60)), TWO),
    case("a PDF and a ZIP",
         lambda: papers.with_page() + zipped({"a.class": b"\xca\xfe\xba\xbe"}), Reason.PDF_NOT_SEALED),
    case("a GIF and a JAR", lambda: b"GIF89a" + bytes(100) + zipped({"A.class": b"\xca\xfe\xba\xbe"}), FORMAT),
    case("a QR and a ZIP", lambda: qr.png("https://jahat.example/v#1") + zipped({"a": b"x"}), HOST),
    case("a program", lambda: b"\x7fELF" + bytes(1000), FORMAT),
    case("a script", lambda: b"#!/bin/sh\nrm -rf /\n", FORMAT),
    case("nothing but zeros", lambda: bytes(10 * MEGABYTE), FORMAT),
    case("addresses that never come to an end", lambda: b"http://" * 1_400_000, FORMAT, HEAVY),
    case("an address of five megabytes", lambda: b"http://x.example/v#" + b"1" * 5_000_000, HOST, DIGITS),
    case("a hundred thousand addresses", lambda: apart(100_000), MANY),
    case("JSON a million deep", lambda: b'{"a":' * 1_000_000, FORMAT),
    case("JSON as long as evidence, all one number", lambda: b'{"a":' + b"9" * 32_000 + b"}", FORMAT),
    case("JSON nested as deep as evidence is long", lambda: b'{"a":' + b"[" * 16_000 + b"]" * 16_000 + b"}", FORMAT),
    case("words in UTF-16", lambda: "http://x.example/v#1".encode("utf-16"), FORMAT),
    case("a QR of another site", lambda: seen("https://jahat.example/v#123"), HOST),
    case("a QR that names our host as its user",
         lambda: seen("http://localhost:5000@jahat.example/v#123"), HOST, ADDRESS),
    case("a QR whose host begins as ours", lambda: seen("http://localhost:5000.jahat.example/v#123"), HOST, ADDRESS),
    case("a QR of letters that look like ours", lambda: seen("http://lоcalhost:5000/v#123"), HOST, ADDRESS),
    case("a QR that is a script", lambda: seen("javascript:alert(document.cookie)"), ADDRESS, HOST),
    case("a QR that is a page", lambda: seen("data:text/html,<script>alert(1)</script>"), ADDRESS, HOST),
    case("a QR that reads a file", lambda: seen("file:///etc/passwd"), ADDRESS, HOST),
    case("a QR with control characters",
         lambda: seen("http://localhost:5000/v#\x1b[2J\x07\r\nX: y"), ADDRESS, DIGITS, HOST),
    case("a QR that turns the way of reading",
         lambda: seen("http://localhost:5000/v#\u202e321"), ADDRESS, DIGITS, HOST),
    case("a QR with tags", lambda: seen("<img src=x onerror=alert(1)>"), ADDRESS, HOST),
    case("a QR with SQL", lambda: seen("' OR 1=1; DROP TABLE entry; --"), ADDRESS, HOST),
    case("a QR of our address without digits", lambda: seen(OURS), ADDRESS, DIGITS),
    case("a QR of our address and 1,000 nines", lambda: seen(OURS + "9" * 1000), DIGITS, ADDRESS),
    case("a QR of our address and 900 zeros", lambda: seen(OURS + "0" * 901), DIGITS, ADDRESS, COSE, CBOR),
    case("as many digits as a QR holds", lambda: seen("7" * 2000), ADDRESS, HOST),
    case("two QR codes of other sites", lambda: seen("https://jahat.example/1", "https://lain.example/2"), HOST),
    case("ten QR codes", lambda: seen(*(f"https://jahat.example/{at}" for at in range(10))), MANY),
    case("a QR for a telephone", lambda: seen("tel:+62812"), ADDRESS, HOST),
)  # fmt: skip
