"""Hostile pictures: those that unpack to more than they seem, those that are slow, broken, or no picture."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image

from pakta.certificates import qr
from pakta.core.errors import Reason
from tests.hostile.case import Case, case, chunk, png, zeros

TOO_LARGE, UNREADABLE, WITHOUT = Reason.IMAGE_TOO_LARGE, Reason.IMAGE_UNREADABLE, Reason.IMAGE_WITHOUT_QR
SLOW, FORMAT, MOVES = Reason.IMAGE_TOO_SLOW, Reason.IMAGE_FORMAT, Reason.IMAGE_MOVES
SMALL = "https://x.example/"


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    """Return a picture as a file."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def bomb(width: int, height: int, *, kind: int = 6, depth: int = 8, interlaced: int = 0) -> bytes:
    """Return a PNG that claims a size, and holds zeros for up to 200 MB of it."""
    data = zeros(min(200, width * height * depth // 8 * (4 if kind == 6 else 1) // 1_000_000 + 1))
    return png(width, height, chunk(b"IDAT", data), kind=kind, depth=depth, interlaced=interlaced)


def beside(*extra: bytes) -> bytes:
    """Return a small good PNG with other chunks before its pixels."""
    small = qr.png(SMALL)
    return small[:33] + b"".join(extra) + small[33:]


def endless_rows() -> bytes:
    """Return ten by ten dots whose pixels unpack to 300 MB."""
    return png(10, 10, chunk(b"IDAT", zeros(300)), kind=0)


def many_texts() -> bytes:
    """Return a thousand comments of a megabyte each."""
    return beside(*([chunk(b"zTXt", b"c\0\0" + zeros(1))] * 1000))


def profile() -> bytes:
    """Return a colour profile of 300 MB."""
    return beside(chunk(b"iCCP", b"p\0\0" + zeros(300)))


def noise() -> bytes:
    """Return 36 million random dots: everywhere something that might begin a QR."""
    dots = random.Random(5).randbytes(6000 * 750)
    rows = b"".join(b"\0" + dots[at : at + 750] for at in range(0, len(dots), 750))
    return png(6000, 6000, chunk(b"IDAT", zlib.compress(rows, 1)), kind=0, depth=1)


def corners(count: int) -> bytes:
    """Return a field of the marks that a QR has in three corners, and nothing else."""
    mark = Image.new("1", (9, 9), 1)
    mark.paste(0, (1, 1, 8, 8))
    mark.paste(1, (2, 2, 7, 7))
    mark.paste(0, (3, 3, 6, 6))
    field = Image.new("1", (9 * count, 9 * count), 1)
    for at in range(count * count):
        field.paste(mark, (at % count * 9, at // count * 9))
    return encoded(field.resize((min(4000, 9 * count * 3),) * 2), "PNG")


def board() -> bytes:
    """Return a chequered board of single dots."""
    rows = [b"\xaa" * 500, b"\x55" * 500]
    return png(
        4000,
        4000,
        chunk(b"IDAT", zlib.compress(b"".join(b"\0" + rows[at % 2] for at in range(4000)))),
        kind=0,
        depth=1,
    )


def scans() -> bytes:
    """Return a progressive JPEG with its last scan a thousand times."""
    whole = encoded(Image.effect_noise((2000, 2000), 60).convert("RGB"), "JPEG", progressive=True, quality=30)
    begin = whole.rindex(b"\xff\xda")
    end = whole.rindex(b"\xff\xd9")
    times = min(1000, 9_000_000 // (end - begin))
    return whole[:begin] + whole[begin:end] * times + b"\xff\xd9"


def jpeg_of(width: int, height: int) -> bytes:
    """Return a JPEG that claims a size, with the pixels of a small one."""
    small = bytearray(encoded(Image.new("L", (16, 16)), "JPEG"))
    at = small.index(b"\xff\xc0")
    small[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(small)


def exif() -> bytes:
    """Return a JPEG whose EXIF leads to itself."""
    loop = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 4000) + struct.pack("<HHII", 0x8769, 4, 1, 8) * 4000
    small = encoded(Image.new("L", (64, 64)), "JPEG")
    return small[:2] + b"\xff\xe1" + struct.pack(">H", len(loop) + 2) + loop + small[2:]


def webp(kind: bytes, data: bytes) -> bytes:
    """Return a WebP of one chunk."""
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossless(width: int, height: int) -> bytes:
    """Return a lossless WebP that claims a size."""
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(40))


def canvas(width: int, height: int) -> bytes:
    """Return an extended WebP with a canvas of a size."""
    return webp(b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def moving(form: str) -> bytes:
    """Return a picture that first shows one QR and then another."""
    first, then = (
        qr.image(text, pixels=4).convert("RGB").resize((300, 300)) for text in (SMALL, "https://y.example/")
    )
    return encoded(first, form, save_all=True, append_images=[then], duration=500)


def frames() -> bytes:
    """Return a GIF of 20,000 frames."""
    one = encoded(Image.new("P", (8, 8)), "GIF")
    head, body = one[: one.index(b",")], one[one.index(b",") : -1]
    return head + body * 20_000 + b";"


def tiff(*, loop: bool) -> bytes:
    """Return a TIFF whose directories lead to each other, or one of a size."""
    if loop:
        return b"II*\0" + struct.pack("<IHI", 8, 0, 8)
    entries = [(256, 60_000), (257, 60_000), (258, 8), (259, 1), (262, 1), (273, 8), (278, 60_000), (279, 1)]
    return (
        b"II*\0"
        + struct.pack("<IH", 8, len(entries))
        + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        + bytes(4)
    )


SVG = b'<?xml version="1.0"?>\n<!DOCTYPE svg [%s]>\n<svg xmlns="http://www.w3.org/2000/svg"><text>%s</text></svg>'
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, 12))

ALL: tuple[Case, ...] = (
    case("PNG, 20,000 by 20,000", lambda: bomb(20_000, 20_000), TOO_LARGE),
    case("PNG, 100,000 by 100,000", lambda: bomb(100_000, 100_000), TOO_LARGE),
    case("PNG, 2 billion wide", lambda: bomb(2**31 - 1, 1), TOO_LARGE, UNREADABLE),
    case("PNG, larger than a size can be", lambda: bomb(2**32 - 1, 2**32 - 1), TOO_LARGE, UNREADABLE),
    case("PNG without a dot", lambda: png(0, 0, chunk(b"IDAT", zlib.compress(b""))), UNREADABLE),
    case("PNG just under the limit, in colours", lambda: bomb(6_300, 6_300), WITHOUT, TOO_LARGE, UNREADABLE),
    case("PNG just under the limit, 16 bits", lambda: bomb(6_300, 6_300, depth=16), WITHOUT, TOO_LARGE, UNREADABLE),
    case("PNG just under the limit, interlaced",
         lambda: bomb(6_300, 6_300, kind=0, interlaced=1), WITHOUT, UNREADABLE),
    case("PNG of one row, 40 million wide", lambda: bomb(40_000_000, 1, kind=0), WITHOUT, TOO_LARGE),
    case("PNG of one column, 40 million high", lambda: bomb(1, 40_000_000, kind=0), WITHOUT, TOO_LARGE, UNREADABLE),
    case("PNG whose rows unpack to 300 MB", endless_rows, WITHOUT, UNREADABLE),
    case("PNG with a comment of 300 MB", lambda: beside(chunk(b"zTXt", b"c\0\0" + zeros(300))), UNREADABLE),
    case("PNG with an international comment of 300 MB",
         lambda: beside(chunk(b"iTXt", b"c\0\1\0\0\0" + zeros(300))), UNREADABLE),
    case("PNG with a thousand comments of a megabyte", many_texts, UNREADABLE),
    case("PNG with a colour profile of 300 MB", profile, UNREADABLE, FORMAT),
    case("PNG with a chunk longer than the file", lambda: beside(b"\x7f\xff\xff\xffabCd"), UNREADABLE),
    case("PNG with a wrong checksum", lambda: qr.png(SMALL).replace(b"IDAT", b"IDAU"), UNREADABLE),
    case("PNG cut in the middle", lambda: bomb(3_000, 3_000)[:9_000], UNREADABLE),
    case("PNG that moves", lambda: moving("PNG"), MOVES),
    case("PNG that claims 2 billion frames",
         lambda: beside(chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))), MOVES, UNREADABLE),
    case("PNG of nothing but noise", noise, WITHOUT, SLOW),
    case("PNG full of corners of QR codes", lambda: corners(120), WITHOUT, SLOW),
    case("PNG fuller of smaller ones", lambda: corners(400), WITHOUT, SLOW),
    case("PNG, a board of single dots", board, WITHOUT, SLOW),
    case("JPEG, 65,500 by 65,500", lambda: jpeg_of(65_500, 65_500), TOO_LARGE),
    case("JPEG, 6,300 by 6,300, with the dots of a small one", lambda: jpeg_of(6_300, 6_300), UNREADABLE, WITHOUT),
    case("JPEG with a scan repeated to 9 MB", scans, WITHOUT, SLOW, UNREADABLE),
    case("JPEG in four inks, 40 million dots",
         lambda: encoded(Image.new("CMYK", (6_300, 6_300)), "JPEG"), WITHOUT, TOO_LARGE, UNREADABLE),
    case("JPEG in four inks, 70 million dots, the most that is let in",
         lambda: encoded(Image.new("CMYK", (8_360, 8_360)), "JPEG"), WITHOUT, TOO_LARGE, UNREADABLE),
    case("JPEG whose EXIF leads to itself", exif, WITHOUT, UNREADABLE),
    case("JPEG of three bytes", lambda: b"\xff\xd8\xff", UNREADABLE),
    case("JPEG of zeros", lambda: b"\xff\xd8\xff" + bytes(5_000_000), UNREADABLE),
    case("WebP with a canvas of 16,384 by 16,384", lambda: canvas(16_384, 16_384), TOO_LARGE),
    case("WebP, lossless, 16,384 by 16,384", lambda: lossless(16_384, 16_384), TOO_LARGE),
    case("WebP, lossless, just under the limit", lambda: lossless(6_300, 6_300), UNREADABLE, WITHOUT, TOO_LARGE),
    case("WebP that moves", lambda: moving("WEBP"), MOVES),
    case("WebP cut in the middle", lambda: encoded(Image.effect_noise((500, 500), 50), "WEBP")[:3_000], UNREADABLE),
    case("WebP of another size than it says", lambda: webp(b"VP8 ", bytes(30)), UNREADABLE),
    case("a film in the same wrapper", lambda: b"RIFF\x10\0\0\0AVI LIST" + bytes(200), FORMAT),
    case("GIF of 20,000 frames", frames, FORMAT),
    case("GIF, 65,535 by 65,535", lambda: b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + bytes(50), FORMAT),
    case("TIFF whose directories are a ring", lambda: tiff(loop=True), FORMAT),
    case("TIFF, 60,000 by 60,000", lambda: tiff(loop=False), FORMAT),
    case("BMP, 2 billion wide",
         lambda: b"BM" + bytes(12) + struct.pack("<Iii", 40, 2**31 - 1, 9) + bytes(99), FORMAT),
    case("icon of 256 pictures", lambda: b"\0\0\1\0\0\1" + bytes(4_096), FORMAT),
    case("HEIC", lambda: b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(2_000), Reason.IMAGE_HEIC),
    case("JPEG 2000", lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(2_000), FORMAT),
    case("PostScript that deletes files", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) deletefile\n", FORMAT),
    case("SVG that a parser would blow up", lambda: SVG % (b'<!ENTITY l0 "ha">' + LAUGHS, b"&l11;"), FORMAT),
    case("SVG that reads a file", lambda: SVG % (b'<!ENTITY x SYSTEM "file:///etc/passwd">', b"&x;"), FORMAT),
    case("SVG with a script",
         lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', FORMAT),
)  # fmt: skip
