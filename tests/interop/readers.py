"""Let readers that no one here wrote read our credentials and QR codes: `make interop`; ARGS="--codes 100" for fewer.

A library that is missing, believes a changed credential or refuses a good one is a failure; so is a reader that reads
another text than a QR holds, or fewer after a distortion than its floor says.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.interop import credentials, qrcodes
from tests.interop.report import Report

SEED = "pembaca lain 1"
ALL = 100.0  # percent
# The least that each reads after each distortion, a little below what was measured; of what is not named, all.
# jsQR wants even modules, so ink that soaks takes most codes from it.
FLOORS = {
    ("zbarimg", "rotated"): 96.0,
    ("zbarimg", "a dot spread"): 99.0,
    ("jsQR", "blurred"): 98.0,
    ("jsQR", "rotated"): 94.0,
    ("jsQR", "printed"): 97.0,
    ("jsQR", "fitted to the page"): 83.0,
    ("jsQR", "a dot spread"): 90.0,
    ("zxing-cpp", "soaked"): 98.0,
    ("zbarimg", "soaked"): 98.0,
    ("jsQR", "soaked"): 3.0,
}


def main() -> int:
    """Run everything; return 0 only where nobody disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", type=int, default=1_000, help="how many certificates' QR codes are read")
    codes = list(qrcodes.addresses(parser.parse_args().codes, SEED))
    report = Report()
    with tempfile.TemporaryDirectory(prefix="pakta-readers-") as name:
        home = Path(name)
        credentials.judge(home, report, seed=SEED)
        report.show()
        credentials.npm(home, [qrcodes.JSQR])
        read(codes, home, report)
    for each in report.wrong:
        print(f"WRONG: {each}"[:300])
    return 1 if report.wrong else 0


def read(codes: list[str], home: Path, report: Report) -> None:
    """Let every reader read every code in every way, and print how many it read."""
    print(f"\n| {len(codes)} codes | {' | '.join(qrcodes.READERS)} |\n|---|{'---|' * len(qrcodes.READERS)}")
    for at, way in enumerate(qrcodes.WAYS):
        counts = qrcodes.read(codes, way, home / f"codes-{at}", home, SEED)
        print(f"| {way} | {' | '.join(str(right) for right, _ in counts.values())} |", flush=True)
        weigh(way, counts, len(codes), report)


def weigh(way: str, counts: Mapping[str, tuple[int, int]], of: int, report: Report) -> None:
    """Note who read another text than a code holds, and who read fewer codes than their floor says."""
    for name, (right, wrong) in counts.items():
        floor = FLOORS.get((name, way), ALL)
        if wrong or right < of * floor / 100:
            report.wrong.append(f"{name}, {way}: {right} of {of} read, {wrong} wrongly; at least {floor:g} %")


if __name__ == "__main__":
    sys.exit(main())
