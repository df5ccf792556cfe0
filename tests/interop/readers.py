"""Let readers that no one here wrote read our credentials and QR codes: `make interop`; ARGS="--codes 100" for fewer.

A library that is missing, believes a changed credential or refuses a good one is a failure; so is a reader that reads
another text than a QR holds, or that does not read every code as it is drawn.  How many are read after each
distortion is counted and told.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.interop import credentials, qrcodes
from tests.interop.report import Report

SEED = "pembaca lain 1"


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
        for name, (right, wrong) in counts.items():
            if wrong or (at == 0 and right < len(codes)):
                report.wrong.append(f"{name}, {way}: {right} of {len(codes)} read, {wrong} wrongly")


if __name__ == "__main__":
    sys.exit(main())
