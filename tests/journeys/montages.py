"""The pictures of the README, put together from some of those that `make screenshots` took.

    python -m tests.journeys.montages [FOLDER]

Few colours and no more pixels than the README shows keep each below LARGEST bytes.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

from pakta.config import ROOT

OUT = ROOT / "docs" / "pictures"
LARGEST = 150_000  # bytes of each
GAP, GROUND = 18, "#D9D5E4"
# name: (width of one picture, height after which it is cut off, pictures from left to right)
MONTAGES: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "signing": (360, 860, ("langkah-3-baca-360", "langkah-4-tinjau-360", "langkah-5-selesai-360")),
    "verdicts": (
        270, 560, ("putusan-sah-360", "putusan-suspended-360", "putusan-revoked-360", "putusan-unknown-360"),
    ),
    "coverage": (620, 700, ("penuh-cakupan-1280", "penuh-cakupan-umum-1280")),
    "papers": (440, 640, ("berkas-lembar-1", "berkas-kartu")),
}  # fmt: skip


def main() -> None:
    """Make them all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    for name, (width, height, pictures) in MONTAGES.items():
        content = together([folder / f"{each}.png" for each in pictures], width=width, height=height)
        if len(content) > LARGEST:
            raise SystemExit(f"{name}: {len(content)} bytes")
        (OUT / f"{name}.png").write_bytes(content)
        print(f"{name}.png {len(content) // 1000} kB")


def together(pictures: list[Path], *, width: int, height: int) -> bytes:
    """Return the pictures side by side, as a PNG of few colours."""
    shown = [shrunk(each, width=width, height=height) for each in pictures]
    tall = max(each.height for each in shown)
    whole = Image.new("RGB", ((width + GAP) * len(shown) + GAP, tall + 2 * GAP), GROUND)
    for at, each in enumerate(shown):
        whole.paste(each, (GAP + at * (width + GAP), GAP))
    out = io.BytesIO()
    few = whole.quantize(colors=32, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def shrunk(path: Path, *, width: int, height: int) -> Image.Image:
    """Return a picture at a width, without what reaches below `height`."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").resize(
            (width, picture.height * width // picture.width), Image.Resampling.LANCZOS
        )
    return small.crop((0, 0, width, min(height, small.height)))


if __name__ == "__main__":
    main()
