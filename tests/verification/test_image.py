"""Pictures from strangers: QR codes are found in photos, and bombs hurt nobody."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from pakta.certificates import card, qr
from pakta.core.errors import Reason, Refusal
from pakta.verification import confined, contents, image
from tests import documents, slices

SOON = 20.0  # seconds, where reading takes minutes


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """Return a picture as a file."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def photo(address: str, *, size: tuple[int, int] = (2400, 1800)) -> Image.Image:
    """Return what a phone sees of a paper on a table: grey, turned, a little blurred."""
    code = qr.image(address, pixels=8).convert("L")
    table = Image.new("L", size, 110)
    table.paste(code, ((size[0] - code.width) // 2, (size[1] - code.height) // 2))
    return table.rotate(17, fillcolor=110).filter(ImageFilter.GaussianBlur(1.2))


def found_in(content: bytes) -> list[str]:
    """Return the texts of the QR codes in a picture, as the confined process finds them."""
    return list(confined.read(content).texts)


def reason_of(content: bytes) -> Reason:
    """Return why a picture is refused."""
    with pytest.raises(Refusal) as refused:
        found_in(content)
    return refused.value.reason


@pytest.fixture(scope="module")
def address() -> str:
    """Give the address of a certificate."""
    return documents.address()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_photo_is_read(form: str, address: str) -> None:
    assert found_in(encoded(photo(address), form)) == [address]


def test_the_card_is_read() -> None:
    facts = documents.card_facts()
    assert found_in(card.render(facts)) == [facts.address]


def test_a_scanned_lembar_is_read(tmp_path: Path) -> None:
    facts = documents.longest()
    page = documents.pages(documents.unsealed(facts), tmp_path, dpi=300)[0]
    assert found_in(page.read_bytes()) == [facts.address]


def test_a_photo_lying_on_its_side_is_read_upright_or_not(address: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert found_in(encoded(photo(address), "JPEG", exif=exif)) == [address]


def test_a_qr_that_is_small_in_a_large_photo_is_read(address: str) -> None:
    assert found_in(encoded(photo(address, size=(5600, 4200)), "JPEG", quality=85)) == [address]


def test_a_picture_with_see_through_ground_is_read(address: str) -> None:
    code = qr.image(address, pixels=4).convert("L")
    ink = Image.new("RGBA", code.size, (0, 0, 0, 0))
    ink.paste((0, 0, 0, 255), mask=code.point(lambda value: 255 - value))
    assert found_in(encoded(ink)) == [address]


def test_a_qr_of_somebody_else_is_handed_on_as_it_is() -> None:
    other = "https://wa.me/6281200000000"
    assert found_in(qr.png(other)) == [other]


def test_two_codes_in_one_photo_are_both_found(address: str) -> None:
    both = Image.new("L", (1800, 900), 255)
    both.paste(qr.image(address, pixels=8).convert("L").resize((800, 800)), (50, 50))
    both.paste(qr.image("https://lain.example/", pixels=8).convert("L"), (1200, 300))
    assert sorted(found_in(encoded(both))) == sorted([address, "https://lain.example/"])


def test_a_picture_without_a_qr_says_so() -> None:
    assert reason_of(encoded(Image.new("L", (800, 600), 200))) is Reason.IMAGE_WITHOUT_QR


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"BM" + bytes(60), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFF1234AVI "],
    ids=["empty", "gif", "bmp", "svg", "avi"],
)
def test_other_formats_are_refused(content: bytes) -> None:
    assert reason_of(content) is Reason.IMAGE_FORMAT


def test_a_truncated_or_damaged_picture_is_unreadable(address: str) -> None:
    whole = encoded(photo(address))
    assert reason_of(whole[: len(whole) // 2]) is Reason.IMAGE_UNREADABLE
    at = len(whole) // 2
    damaged = reason_of(whole[:at] + bytes(200) + whole[at + 200 :])  # now and then it still unpacks, to nonsense
    assert damaged in (Reason.IMAGE_UNREADABLE, Reason.IMAGE_WITHOUT_QR)


def test_a_photo_with_a_second_picture_beside_it_is_read(address: str) -> None:
    depth = Image.new("RGB", (40, 40))
    content = encoded(photo(address).convert("RGB"), "MPO", save_all=True, append_images=[depth])
    assert Image.open(io.BytesIO(content)).format == "MPO"  # what phones with depth or a gain map write
    assert found_in(content) == [address]


def test_a_file_over_ten_megabytes_is_not_opened() -> None:
    assert reason_of(b"\x89PNG\r\n\x1a\n" + bytes(contents.LARGEST)) is Reason.FILE_TOO_LARGE


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG that unpacks to `width` times `height` pixels of four bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + 4 * width)
    data = b"".join(packer.compress(row) for _ in range(min(height, 2_000))) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """Return a PNG whose compressed comment unpacks to 100 MB."""
    comment = b"zTXt", b"c\0\0" + zlib.compress(bytes(100_000_000), 9)
    small = qr.png("https://x.example/v#1")
    chunk = struct.pack(">I", len(comment[1])) + comment[0] + comment[1]
    return small[:33] + chunk + struct.pack(">I", zlib.crc32(comment[0] + comment[1])) + small[33:]


@pytest.mark.parametrize(
    "make",
    [lambda: bomb(20_000, 20_000), lambda: bomb(100_000, 100_000), lambda: bomb(6_400, 6_400), text_bomb],
    ids=["1.6 GB", "40 GB", "just under a limit", "comment"],
)
def test_a_bomb_is_refused_without_reading_it(make: Callable[[], bytes]) -> None:
    content = make()
    assert len(content) < 2_000_000
    begin = time.monotonic()
    reason = reason_of(content)
    assert time.monotonic() - begin < SOON
    assert reason in (Reason.IMAGE_TOO_LARGE, Reason.IMAGE_TOO_SLOW, Reason.IMAGE_UNREADABLE, Reason.IMAGE_FORMAT)


# the largest that is let in takes half of what a child may: a drill's matter, a busy machine would refuse it
@pytest.mark.parametrize(
    ("mode", "size"), [("L", (30_000, 1_300)), ("RGBA", (6_300, 6_300) if slices.WHOLE else (4_900, 4_900))]
)
def test_a_large_picture_that_is_whole_is_read_in_time(mode: str, size: tuple[int, int]) -> None:
    picture = Image.new(mode, size, "white")
    assert reason_of(encoded(picture, compress_level=1)) is Reason.IMAGE_WITHOUT_QR


def test_a_qr_that_only_the_finest_look_reads_is_not_lost(address: str) -> None:
    table = Image.new("L", (5600, 4200), 110)
    table.paste(qr.image(address, pixels=4).convert("L"), (2300, 1700))
    coarse = table.resize((image.QUICK, image.QUICK * 3 // 4), Image.Resampling.BOX)
    content = encoded(table, "JPEG", quality=90)
    assert reason_of(encoded(coarse)) is Reason.IMAGE_WITHOUT_QR
    assert found_in(content) == [address]


@pytest.mark.parametrize("lying", range(2, 9))
def test_a_photo_is_read_however_its_camera_lay(lying: int, address: str) -> None:
    """Exif's ways to lie: turned and mirrored ones."""
    turned = [None, 0, 3, 1, 5, 4, 6, 2][lying - 1]
    assert found_in(encoded(photo(address).transpose(Image.Transpose(turned)), "JPEG")) == [address]


def test_a_phone_s_photo_of_fifty_megapixels_is_read_and_no_other_picture_of_that_size(address: str) -> None:
    large = photo(address, size=(8160, 6120))
    assert found_in(encoded(large, "JPEG", quality=70)) == [address]
    assert reason_of(encoded(large, "JPEG", quality=70, progressive=True)) is Reason.IMAGE_TOO_LARGE
    assert reason_of(encoded(large)) is Reason.IMAGE_TOO_LARGE
