"""The QR codes of certificates before three readers: as drawn, and after what a phone or a printer does to them.

zxing-cpp   also draws them, so it is the least independent      zbarimg   Debian's      jsQR   npm's
"""

from __future__ import annotations

import html
import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from io import BytesIO
from math import ceil
from pathlib import Path

import zxingcpp
from PIL import Image, ImageChops, ImageFilter

from pakta.certificates import qr
from pakta.core import credential
from tests.interop.tools import HERE
from tests.verdicts.seeded import SeededCity
from tests.verification.paper import ORIGIN

JSQR = "jsqr@1.4.0"
PIXELS = 4  # a module on a screen
INCH, SIDE = 25.4, 40.0  # mm: of an inch, and of the printed code without its margin
DPI = 300  # of the printer, and of what photographs the paper
PARTS = ("Siti", "Joko", "Rahmawati", "Nugroho", "Putri", "Wijaya", "Lestari", "S.STP.", "M.Si.", "Hartono")
UNITS = ("Dinas Pendidikan", "Kecamatan Magersari", "Badan Kepegawaian dan Pengembangan SDM", "Inspektorat")


def addresses(count: int, seed: str) -> Iterator[str]:
    """Yield the addresses of different invented people's certificates, short and long."""
    draw, city = random.Random(seed), SeededCity(seed, ORIGIN)
    for at in range(count):
        name = " ".join(draw.choices(PARTS, k=draw.randrange(1, 9)))
        unit = " ".join(draw.sample(UNITS, draw.randrange(1, 3)))
        raw = city.issue(enter=False, name=name[:80], unit=unit[:70], cti=draw.randbytes(16), ledger_index=at * 977)
        yield credential.to_address(raw, origin="https://pakta.mojokertokota.example")


@cache
def _modules(address: str) -> Image.Image:
    return qr.image(address, pixels=1).convert("L")


def _grey(address: str, pixels: int) -> Image.Image:
    modules = _modules(address)
    return modules.resize((modules.width * pixels,) * 2, Image.Resampling.NEAREST)


def as_drawn(address: str, draw: random.Random) -> Image.Image:
    """Return the code as a page shows it."""
    return _grey(address, PIXELS)


def blurred(address: str, draw: random.Random) -> Image.Image:
    """Return it out of focus, by a third of a module."""
    return _grey(address, PIXELS).filter(ImageFilter.GaussianBlur(PIXELS / 3))


def rotated(address: str, draw: random.Random) -> Image.Image:
    """Return it held askew, by up to 30 degrees."""
    return _grey(address, PIXELS).rotate(draw.uniform(-30, 30), Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def as_jpeg(address: str, draw: random.Random) -> Image.Image:
    """Return it as a JPEG of quality 20, as messengers make them."""
    out = BytesIO()
    _grey(address, PIXELS).save(out, "JPEG", quality=20)
    return Image.open(out).convert("L")


def printed(address: str, draw: random.Random) -> Image.Image:
    """Return it as the lembar has it, 40 mm or a little more in whole dots of 300 an inch, photographed."""
    return _photographed(_lembar(address), draw)


def scaled(address: str, draw: random.Random) -> Image.Image:
    """Return it as a printer makes it that fits the page: 40 mm to the dot, some modules a dot wider than others."""
    modules = _modules(address).width
    side = round(SIDE / INCH * DPI * modules / (modules - 2 * qr.QUIET))
    dots = _grey(address, 8).resize((side, side), Image.Resampling.BOX)
    return _photographed(dots.point(lambda value: 255 if value > 127 else 0), draw)


def spread(address: str, draw: random.Random) -> Image.Image:
    """Return it as printed with ink that runs a dot further, to the right and down."""
    dots = _lembar(address)
    wider = ImageChops.darker(dots, ImageChops.offset(dots, 1, 0))
    return _photographed(ImageChops.darker(wider, ImageChops.offset(wider, 0, 1)), draw)


def soaked(address: str, draw: random.Random) -> Image.Image:
    """Return it as printed with ink that runs a dot further on every side: dark twice as wide as light."""
    return _photographed(_lembar(address).filter(ImageFilter.MinFilter(3)), draw)


def _lembar(address: str) -> Image.Image:
    return _grey(address, ceil(SIDE / INCH * DPI / (_modules(address).width - 2 * qr.QUIET)))


def _photographed(ink: Image.Image, draw: random.Random) -> Image.Image:
    """Return grey paper seen at 300 dots an inch askew, out of focus and with noise."""
    paper = ink.point(lambda value: 40 + value * 190 // 255)
    seen = paper.rotate(draw.uniform(-5, 5), Image.Resampling.BICUBIC, fillcolor=230)
    seen = seen.filter(ImageFilter.GaussianBlur(1))
    return Image.blend(seen, Image.effect_noise(seen.size, 40), 0.1)


WAYS: dict[str, Callable[[str, random.Random], Image.Image]] = {
    "as drawn": as_drawn, "blurred": blurred, "rotated": rotated, "JPEG 20": as_jpeg,
    "printed": printed, "fitted to the page": scaled, "a dot spread": spread, "soaked": soaked,
}  # fmt: skip


def zxing(folder: Path, files: Sequence[Path], home: Path) -> dict[str, str | None]:
    """Read with zxing-cpp."""
    return {each.name: _zxing(each) for each in files}


def _zxing(path: Path) -> str | None:
    found = zxingcpp.read_barcodes(Image.open(path), formats=zxingcpp.BarcodeFormat.QRCode)
    return found[0].text if found else None


def zbarimg(folder: Path, files: Sequence[Path], home: Path) -> dict[str, str | None]:
    """Read with zbarimg."""
    command = ["zbarimg", "--xml", "-q", "-Sdisable", "-Sqrcode.enable", *map(str, files)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=600).stdout
    found: dict[str, str | None] = {each.name: None for each in files}
    for source, inside in re.findall(r"<source href='([^']*)'>(.*?)</source>", said, re.DOTALL):
        text = re.search(r"<!\[CDATA\[(.*?)\]\]>", inside, re.DOTALL)
        found[Path(html.unescape(source)).name] = text[1] if text else None
    return found


def jsqr(folder: Path, files: Sequence[Path], home: Path) -> dict[str, str | None]:
    """Read with jsQR."""
    command = ["node", str(HERE / "judge_jsqr.cjs"), str(folder)]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=True, timeout=600)
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


READERS: dict[str, Callable[[Path, Sequence[Path], Path], dict[str, str | None]]] = {
    "zxing-cpp": zxing, "zbarimg": zbarimg, "jsQR": jsqr,
}  # fmt: skip


def read(codes: Sequence[str], way: str, folder: Path, home: Path, seed: str) -> dict[str, tuple[int, int]]:
    """Draw the codes in one way and let each reader read them: how many it read, and how many it read wrongly."""
    draw, expected, files = random.Random(f"{seed} {way}"), {}, []
    folder.mkdir()
    for at, code in enumerate(codes):
        path = folder / f"{at:04}.pgm"
        WAYS[way](code, draw).save(path)
        expected[path.name], files = code, [*files, path]
    counts = {}
    for name, reader in READERS.items():
        said = reader(folder, files, home)
        right = sum(said.get(file) == code for file, code in expected.items())
        wrong = sum(text is not None and text != expected[file] for file, text in said.items())
        counts[name] = (right, wrong)
    return counts
