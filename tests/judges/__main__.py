"""Let judges that no one here wrote look at 1,000 sealed documents, and at changed ones: `make judges`.

    python -m tests.judges [--documents 1000] [--seed N]

All must believe every document, and nobody one of which a byte was changed, but in the regions where docs/judges.md
says that a judge is blind; our own verification is blind nowhere.  Ends with 1 on any disagreement.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from flask import Flask

from pakta.core.errors import Refusal
from pakta.verification import pdf
from pakta.web import Wired
from tests.interop.tools import Missing
from tests.journeys.site import free_port
from tests.judges import bench, city, regions, tools
from tests.judges.bench import Judge
from tests.judges.city import Document
from tests.judges.report import Report

AT_ONCE = 50  # files that a judge is given together
OF_EACH, ANYWHERE = 12, 120  # changed bytes of each region, and anywhere, in each of a few documents


def main() -> int:
    """Run everything; return 0 only where all agree."""
    asked = argparse.ArgumentParser(prog="python -m tests.judges")
    asked.add_argument("--documents", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    given, report, began = asked.parse_args(), Report(), time.monotonic()
    print(f"Seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="pakta-judges-") as name:
        folder = Path(name)
        print("Letting invented people sign …", flush=True)
        origin = f"http://localhost:{free_port()}"
        app = city.build(folder, origin=origin, signed=given.documents, seed=given.seed)
        wired: Wired = app.extensions["pakta"]
        try:
            judges = [bench.ours(wired.config), *tools.brought(folder, wired.keyring.seal.roots[0])]
        except Missing as missing:
            print(f"A judge is missing; this brings it:\n  {missing}")
            return 1
        documents = _made(app, folder, given.documents)
        with city.served(app):
            _untouched(judges, documents, report)
            _program_itself(folder, documents, report)
            _changed(judges, documents, Random(given.seed), folder, report)
        _every_byte(documents[0], wired, Random(given.seed), report)
    report.show()
    print(f"Took {time.monotonic() - began:.0f} s.")
    return 1 if report.wrong else 0


def _made(app: Flask, folder: Path, count: int) -> list[Document]:
    print(f"Sealing {count} documents …", flush=True)
    began, made = time.monotonic(), []
    for each in city.download(app, folder, documents=count):
        made.append(each)
        if len(made) % 100 == 0:
            print(f"  {len(made)} of {count}, {time.monotonic() - began:.0f} s", flush=True)
    print(f"  {city.counts(made)}", flush=True)
    return made


def _untouched(judges: Sequence[Judge], documents: Sequence[Document], report: Report) -> None:
    """Ask every judge about every document."""
    paths = [each.path for each in documents]
    print("\n| judge | version | documents believed | of | seconds |\n|---|---|---|---|---|", flush=True)
    for judge in judges:
        began = time.monotonic()
        for at in range(0, len(paths), AT_ONCE):
            batch = paths[at : at + AT_ONCE]
            report.good(judge.name, [each.name for each in batch], judge.ask(batch))
            print(f"  {judge.name}: {at + len(batch)} of {len(paths)}", end="\r", file=sys.stderr, flush=True)
        took = time.monotonic() - began
        print(
            f"| {judge.name} | {judge.version} | {report.believed[judge.name]} | {len(paths)} | {took:.0f} |",
            flush=True,
        )


def _program_itself(folder: Path, documents: Sequence[Document], report: Report) -> None:
    """Hold the answers of pyHanko's commands against those of its program, a yes and a no."""
    plain = documents[0].path
    changed = folder / "line-feed.pdf"
    changed.write_bytes(plain.read_bytes() + b"\n")
    yes, no = (tools.program_itself(folder, each) for each in (plain, changed))
    if not (yes.startswith("exit 0 ") and yes.endswith(":INTACT:TRUSTED,UNTOUCHED")) or "UNTOUCHED" in no:
        report.wrong.append(f"the program pyhanko says {yes!r} and {no!r}")


def _changed(
    judges: Sequence[Judge], documents: Sequence[Document], random: Random, folder: Path, report: Report
) -> None:
    """Ask every judge about a lembar, a berkas bukti and a lembar without a name, with a changed byte each."""
    chosen = {(each.kind, each.marked): each for each in documents}.values()
    files: list[tuple[str, Path]] = []
    for each in chosen:
        made = regions.changes(each.path.read_bytes(), of_each=OF_EACH, anywhere=ANYWHERE, random=random)
        for region, content in made:
            path = folder / f"changed-{len(files):05}.pdf"
            path.write_bytes(content)
            files.append((region, path))
    print(f"\nChanging one byte, {len(files)} times, in {len(chosen)} documents …", flush=True)
    for judge in judges:
        for at in range(0, len(files), AT_ONCE):
            batch = files[at : at + AT_ONCE]
            answers = judge.ask([path for _, path in batch])
            report.changed(judge.name, [region for region, _ in batch], answers, judge.blind)
        print(f"  {judge.name}: {sum(report.refused[judge.name].values())} refused", flush=True)


def _every_byte(document: Document, wired: Wired, random: Random, report: Report) -> None:
    """Let our own verification look at one document as often as it has bytes, each time with another one changed."""
    content, reasons = document.path.read_bytes(), Counter[str]()
    print(f"\nChanging every one of the {len(content)} bytes of a document, for ours alone …", flush=True)
    for at in range(len(content)):
        try:
            pdf.read(regions.flipped(content, at, random.randrange(8)), trust_roots=wired.keyring.seal.roots)
        except Refusal as refusal:
            reasons[refusal.reason.value] += 1
        else:
            report.wrong.append(f"ours believes a document whose byte {at} was changed")
        if at % 10_000 == 9_999:
            print(f"  {at + 1} of {len(content)}", flush=True)
    print("  refused: " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
