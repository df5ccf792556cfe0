"""One file of figures that two benchmarks write: each keeps the other's section."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from tests.bench.__main__ import ROOT, machine

TARGET = ROOT / "docs" / "measurements-verify.md"
TITLE = "# Measurements of verification\n\n"


def put(heading: str, lines: Sequence[str]) -> None:
    """Write a section, from its heading to the end, in the place of the one that was there; it stands last."""
    text = TARGET.read_text() if TARGET.exists() else TITLE
    TARGET.write_text(text.partition(heading)[0].rstrip() + "\n\n" + "\n".join(lines) + "\n")


def kept(heading: str) -> str:
    """Return the section as it is written, with a blank line before it, or nothing where there is none."""
    _, found, rest = (TARGET.read_text() if TARGET.exists() else "").partition(heading)
    return f"\n{found}{rest}" if found else ""


def measured_on(begun: float) -> Iterator[str]:
    """Say on what machine was measured, and how busy it was; `begun` is its load before."""
    yield machine()
    yield ""
    yield f"Load of the machine: {begun:.1f} before, {os.getloadavg()[1]:.1f} at the end."
    yield ""
