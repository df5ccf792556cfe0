"""What an attacker has: real sealed documents of a small city, those of another under its name, and other keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pakta import keyring
from pakta.certificates import seal, sheet
from pakta.certificates.models import IssuedCredential
from pakta.keyring import Keyring, SealKey
from pakta.verification import pdf
from pakta.web import clock
from tests import databases, documents, make
from tests.people import City

CITY = "Kota Mojokerto"
FILES = ("credential.cose", "proof.tlog-proof", "evidence.json", "enrolment.tlog-proof")


@dataclass(frozen=True)
class Scene:
    """Documents as their owners downloaded them.

    lembar    Siti's, to be shared       berkas   hers, with her evidence     joko  the berkas bukti of somebody else
    nameless  the lembar of a marked institution
    elsewhere a lembar of another Pakta that calls itself as ours does       other, there  that Pakta, and its keys
    """

    city: City
    other: City
    lembar: bytes
    berkas: bytes
    joko: bytes
    nameless: bytes
    elsewhere: bytes
    there: Keyring

    @property
    def seal(self) -> SealKey:
        """Return our own sealing key: only a thief of it has it."""
        return self.city.wired.keyring.seal

    @property
    def stranger(self) -> SealKey:
        """Return a key whose certificates carry our names."""
        return self.there.seal

    def attached(self, content: bytes, *, by: SealKey | None = None) -> dict[str, bytes]:
        """Return what a sealed document carries."""
        facts = pdf.read(content, trust_roots=(by or self.seal).roots)
        found = (facts.credential, facts.proof, facts.evidence, facts.enrolment)
        return {name: each for name, each in zip(FILES, found, strict=True) if each is not None}

    def resealed(self, files: dict[str, bytes]) -> bytes:
        """Seal a sheet around other files with our own key, as its thief can."""
        now = clock.now().replace(microsecond=0)
        return self.sealed(sheet.render(documents.facts(), attachments=files, document_date=now))

    def sealed(self, prepared: bytes, *, by: SealKey | None = None) -> bytes:
        """Seal what somebody prepared."""
        return seal.seal(prepared, key=by or self.seal, signed_at=clock.now().replace(microsecond=0), city=CITY)

    def unsealed(self) -> bytes:
        """Return Siti's lembar as it was before it was sealed."""
        return self.lembar[: self.lembar.index(b"%%EOF") + 5]


@contextmanager
def standing(folder: Path, *, template: Path, keys_dir: Path, keys: Keyring) -> Iterator[Scene]:
    """Give the documents of two cities, and leave both behind."""
    built = build(folder, template=template, keys_dir=keys_dir, keys=keys)
    yield built
    for city in (built.city, built.other):
        databases.leave(city.app)


def build(folder: Path, *, template: Path, keys_dir: Path, keys: Keyring) -> Scene:
    """Let people of two cities sign, and download what they are given."""
    there_dir = folder / "there" / "private"
    keyring.create(there_dir, host="localhost:5000", city=CITY)
    there = keyring.load(there_dir)
    city = _city(folder / "ours.sqlite", template, keys_dir, keys)
    other = _city(folder / "theirs.sqlite", template, there_dir, there)
    siti, joko, agus = (city.sign(who) for who in ("siti", "joko", "agus"))
    return Scene(
        city=city,
        other=other,
        lembar=_file(city, "siti", siti, "lembar"),
        berkas=_file(city, "siti", siti, "berkas-bukti"),
        joko=_file(city, "joko", joko, "berkas-bukti"),
        nameless=_file(city, "agus", agus, "lembar"),
        elsewhere=_file(other, "siti", other.sign("siti"), "lembar"),
        there=there,
    )


def _city(path: Path, template: Path, keys_dir: Path, keys: Keyring) -> City:
    shutil.copyfile(template, path)
    app = make.app(replace(make.config(f"sqlite:///{path}", keys_dir), instance=path.parent), keys=keys)
    return City(app).build()


def _file(city: City, who: str, row: IssuedCredential, name: str) -> bytes:
    answer = city.visitor(who).get(f"/sertifikat/{row.number}/{name}.pdf")
    if answer.status_code != 200:
        raise RuntimeError(answer.text)
    return answer.data
