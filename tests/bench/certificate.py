"""Measure documents and status list, and write docs/measurements-certificate.md: `make bench-certificate`.

python -m tests.bench.certificate [--pairs N] [--entries N] [--print]

A minute on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from flask import Flask
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore
from sqlalchemy import select

from pakta import keyring
from pakta.certificates import documents, filing, seal
from pakta.certificates.models import IssuedCredential
from pakta.config import ROOT
from pakta.database import db, transaction
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.keyring import SealKey
from pakta.ledger import sequencer
from pakta.roster.models import Person
from pakta.web import Wired, clock, display
from tests import databases, make
from tests.bench import statuslist
from tests.bench.__main__ import machine
from tests.bench.site import fill

TARGET = ROOT / "docs" / "measurements-certificate.md"
PAIRS, WARM = 60, 6  # the first files of a process fetch what all the others use
TIMES = 3.0  # the mark: a lembar beside a bare seal
LEMBAR, CARD = 150_000, 300_000  # the marks: bytes
KINDS = {"lembar": "lembar", "berkas": "berkas bukti", "kartu": "card"}


@dataclass(slots=True)
class Taken:
    """Milliseconds and bytes of one kind of file, in turns with a bare seal of the same unsealed file."""

    whole: list[float]
    bare: list[float]
    ours: list[float]
    sizes: list[int]

    @property
    def ratio(self) -> float:
        """Return how many times a bare seal the whole takes: the median of the pairs."""
        return statistics.median(one / other for one, other in zip(self.whole, self.bare, strict=True))


def main(words: Sequence[str]) -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.certificate")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--entries", type=int, default=statuslist.ENTRIES)
    parser.add_argument("--print", action="store_true", help="print only, write nothing")
    wanted = parser.parse_args(words)
    begun = os.getloadavg()[0]
    first, taken = of_documents(wanted.pairs)
    lists = statuslist.everything(wanted.entries)
    load = f"{begun:.1f} to {os.getloadavg()[0]:.1f}"
    lines = [*head(load), *documents_table(first, taken), *statuslist.table(lists), *marks(taken, lists)]
    print("\n".join(lines))
    if not wanted.print:
        TARGET.write_text("\n".join(lines) + "\n")


def of_documents(pairs: int) -> tuple[float, dict[str, Taken]]:
    """Return the milliseconds of a process's first lembar, and what each kind of file takes."""
    with tempfile.TemporaryDirectory(prefix="pakta-bench-") as name:
        app = city(Path(name), people=pairs + WARM)
        with app.app_context():
            rows = db.session().execute(select(IssuedCredential).order_by(IssuedCredential.id)).scalars().all()
            first, _content = timed(lambda: fetch(app, rows[0], "lembar"))
            for row in rows[1:WARM]:
                for kind in KINDS:
                    fetch(app, row, kind)
            taken = {kind: measured(app, rows[WARM:], kind) for kind in KINDS}
            db.session.remove()
            db.engine.dispose()
    return first, taken


def city(folder: Path, *, people: int) -> Flask:
    """Make a city in an SQLite file that waits for the disk; so many people have signed, nobody downloaded."""
    keyring.create(folder / "keys", host="localhost:5000", city="Kota Mojokerto")
    app = make.app(make.config(f"sqlite:///{folder / 'pakta.sqlite'}", folder / "keys"))
    databases.make_tables(app)
    wired: Wired = app.extensions["pakta"]
    with app.app_context():
        fill(app, people)
        setting = Setting(wired.keyring, wired.config, lambda _line: None)
        for person in db.session().execute(select(Person.id).order_by(Person.id).limit(people)).scalars().all():
            signer.sign(setting, who=signer.activate(setting, person_id=person, device=False))
        with transaction() as session:
            sequencer.sequence(session, keyring=wired.keyring, config=wired.config, now=clock.now())
    return app


def measured(app: Flask, rows: Sequence[IssuedCredential], kind: str) -> Taken:
    """Download each certificate's file for the first time, in turns with two seals of the same unsealed file."""
    key = app.extensions["pakta"].keyring.seal
    bare, taken = bare_seal(key), Taken([], [], [], [])
    for row in rows:
        whole, content = timed(lambda row=row: fetch(app, row, kind))
        taken.whole.append(whole)
        taken.sizes.append(len(content))
        if kind != "kartu":
            plain = unsealed(content)
            taken.bare.append(timed(lambda plain=plain: bare(plain))[0])
            taken.ours.append(timed(lambda plain=plain: ours(plain, key))[0])
    return taken


def fetch(app: Flask, row: IssuedCredential, kind: str) -> bytes:
    """Download a file as its owner's page does: set, attach, seal and store it."""
    wired: Wired = app.extensions["pakta"]
    found = filing.file_of(
        row, kind=kind, display=display.moment, now=clock.now(), keyring=wired.keyring, config=wired.config
    )
    assert documents.stored(db.session(), credential_id=row.id, kind=kind) is not None
    return found


def bare_seal(key: SealKey) -> Callable[[bytes], bytes]:
    """Return pyHanko's own signing with a key of the same curve in a file, PAdES and all else as it comes."""
    from cryptography.hazmat.primitives.asymmetric import ec

    own = ec.generate_private_key(ec.SECP256R1())
    der = own.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = [asn1_x509.Certificate.load(each.public_bytes(serialization.Encoding.DER)) for each in key.chain]
    store = SimpleCertificateStore()
    store.register_multiple(chain)
    who = signers.SimpleSigner(
        signing_cert=chain[0], signing_key=asn1_keys.PrivateKeyInfo.load(der), cert_registry=store, embed_roots=True
    )

    def sealing(plain: bytes) -> bytes:
        metadata = signers.PdfSignatureMetadata(
            field_name="Segel", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
        )
        done: bytes = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(plain)), metadata, signer=who).getvalue()
        return done

    return sealing


def ours(plain: bytes, key: SealKey) -> bytes:
    """Seal as Pakta does, which is told how long the seal will be and so signs once."""
    return seal.seal(plain, key=key, signed_at=clock.now(), city="Kota Mojokerto")


def unsealed(content: bytes) -> bytes:
    """Return the file as it was before its seal: a seal only adds to it."""
    mark = b"%%EOF"
    return content[: content.index(mark) + len(mark)]


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Return how many milliseconds something took, and what it gave."""
    begun = time.perf_counter()
    result = act()
    return (time.perf_counter() - begun) * 1000, result


def head(load: str) -> Iterator[str]:
    """Say what this is, and what machine it was."""
    yield "# Documents and status list"
    yield ""
    yield "Written by `make bench-certificate`. Ratios count, other machines differ."
    yield ""
    yield f"{machine()} · load {load}"


def documents_table(first: float, taken: dict[str, Taken]) -> Iterator[str]:
    """Write what each kind of file takes."""
    some = taken["lembar"]
    yield from ("", "## Files", "")
    yield "What a first download takes: evidence, proofs and texts read, the page set by typst, attached, sealed,"
    yield "stored and committed in an SQLite file. In turns with it pyHanko alone signs the same unsealed file"
    yield "(a key of the same curve, PAdES, all else as it comes: that is two signatures, one to learn the length),"
    yield f"and our own seal alone. {len(some.whole)} certificates, medians in milliseconds; the ratio is the median"
    yield f"of the pairs, {TIMES:.0f} are allowed. The first lembar of a process, which loads typst and pyHanko,"
    yield f"takes {first:.0f} ms."
    yield ""
    yield "| file | first download | bare pyHanko | ratio | our seal alone | largest, bytes | allowed |"
    yield "|---|---|---|---|---|---|---|"
    for kind, each in taken.items():
        size = f"{max(each.sizes):,} | {(CARD if kind == 'kartu' else LEMBAR):,}"
        if each.bare:
            beside = f"{statistics.median(each.bare):.1f} | **{each.ratio:.2f}** | {statistics.median(each.ours):.1f}"
        else:
            beside = "| |"
        yield f"| {KINDS[kind]} | {statistics.median(each.whole):.1f} | {beside} | {size} |"


def marks(taken: dict[str, Taken], lists: Sequence[statuslist.Listed]) -> Iterator[str]:
    """Name every mark that was missed."""
    yield from ("", "## Marks", "")
    found = [
        f"the {KINDS[kind]} takes {each.ratio:.2f} times a bare seal"
        for kind, each in taken.items()
        if each.bare and each.ratio > TIMES
    ]
    for kind, each in taken.items():
        if max(each.sizes) > (CARD if kind == "kartu" else LEMBAR):
            found.append(f"the {KINDS[kind]} has {max(each.sizes):,} bytes")
    found += statuslist.missed(lists)
    yield from [f"- **Missed**: {line}" for line in found] or ["All are reached."]


if __name__ == "__main__":
    main(sys.argv[1:])
