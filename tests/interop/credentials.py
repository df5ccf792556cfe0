"""Our credential before five COSE libraries that no one here wrote: each believes the good, and no changed one.

    parts   what is signed, or the signature, changed, and put together again as a credential: 1,000 times
    whole   the credential's bytes changed anywhere: 1,000 times

What lies around the signed bytes nobody signs: there some libraries are looser than we are.  `loose` names those
forms; of the whole bytes a library may accept nothing else.
"""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pakta.core import cose, credential, signature
from pakta.core.errors import Refusal
from tests.interop.report import Report
from tests.interop.tools import HERE, Missing, _run
from tests.verdicts.mutated import WAYS, mutated
from tests.verdicts.seeded import SeededCity
from tests.verification.paper import NOW, ORIGIN

COUNT = 1_000
PYCOSE, CWT = ("pycose==1.1.0", "cbor2==5.9.0"), ("cwt==3.3.0", "cbor2==5.9.0")  # pycose reads no list of cbor2 6
NPM = ("cose-js@0.9.0", "@auth0/cose@1.0.2", "cose-kit@1.7.1")


@dataclass(frozen=True, slots=True)
class Library:
    """A library, and the program that asks it."""

    name: str
    version: str
    command: Sequence[str]
    folder: Path

    def judge(self, given: Mapping[str, object]) -> list[str]:
        """Return why each credential is refused; nothing where it is believed."""
        done = subprocess.run(
            self.command, input=json.dumps(given), cwd=self.folder, capture_output=True, text=True, timeout=300
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {done.stderr[-2000:]}")
        answers: list[str] = json.loads(done.stdout)
        return answers


def python(folder: Path, packages: Sequence[str], program: str) -> Library:
    """Install a library into an environment of its own."""
    name, version = packages[0].split("==")
    place = folder / name
    line = f"python -m venv FOLDER && FOLDER/bin/pip install {' '.join(packages)}"
    _run([sys.executable, "-m", "venv", str(place)], folder, line)
    own = str(place / "bin" / "python")
    _run([own, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages], folder, line)
    return Library(name, version, [own, "-I", str(HERE / program)], folder)


def npm(folder: Path, packages: Sequence[str]) -> None:
    """Install packages into a folder of its own; none of them may run anything while that is done."""
    line = f"npm install --prefix FOLDER {' '.join(packages)}    (npm: sudo apt-get install -y nodejs npm)"
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    _run(["npm", "install", "--prefix", str(folder), *quiet, *packages], folder, line)


def libraries(folder: Path, report: Report) -> Iterator[Library]:
    """Bring each library; one that cannot be had is said and is a failure."""
    try:
        yield python(folder, PYCOSE, "judge_pycose.py")
        yield python(folder, CWT, "judge_cwt.py")
        npm(folder, NPM)
        for each in NPM:
            name, version = each.rsplit("@", 1)
            yield Library(name, version, ["node", str(HERE / "judge_cose.cjs"), name], folder)
    except Missing as missing:
        report.wrong.append(f"a library is missing; this brings it:\n  {missing}")


def goods(city: SeededCity) -> list[bytes]:
    """Return good credentials of every look."""
    return [city.named, city.nameless, *city.others.values()]


def parts(good: Sequence[bytes], count: int, seed: str) -> list[bytes]:
    """Return credentials of which header, claims or signature was changed, put together as they should be."""
    draw, found = random.Random(f"{seed} parts"), set[bytes]()
    while len(found) < count:
        read, way = cose.parse(draw.choice(good)), WAYS[len(found) % len(WAYS)]
        inside = {"protected": read.protected, "payload": read.payload, "signature": read.signature}
        what = draw.choice(list(inside))
        found.add(cose.assemble(**{**inside, what: mutated(inside[what], way, draw)}))
    return sorted(found - set(good))


def whole(good: Sequence[bytes], count: int, seed: str) -> list[bytes]:
    """Return credentials changed anywhere."""
    draw, found = random.Random(f"{seed} whole"), set[bytes]()
    while len(found) < count:
        found.add(mutated(draw.choice(good), WAYS[len(found) % len(WAYS)], draw))
    return sorted(found)


def forms(good: bytes) -> dict[str, bytes]:
    """Return a credential in other wrappings: the same signed bytes and signature, though no form of ours."""
    protected = cose.parse(good).protected
    return {
        "bytes behind its end": good + b"\0",
        "no tag": good[1:],
        "a header that is not wrapped": good[:2] + good[3:],
        "a list for the unprotected header": good.replace(protected + b"\xa0", protected + b"\x80", 1),
    }


def loose(raw: bytes, good: Sequence[bytes]) -> str:
    """Name the form by which a changed credential still holds the same signed bytes; nothing where it does not."""
    if any(raw.startswith(each) for each in good):
        return "bytes behind its end"
    return next((name for each in good for name, form in forms(each).items() if raw == form), "")


def ours(raw: bytes, city: SeededCity) -> str:
    """Return why our own reader refuses a credential."""
    try:
        credential.verify(raw, issuer_keys={city.issuer.kid: city.issuer.public}, now=NOW)
    except Refusal as refusal:
        return refusal.reason.value
    return ""


def judge(folder: Path, report: Report, *, seed: str = "pembaca lain 1") -> None:
    """Let every library judge everything."""
    city = SeededCity(seed, ORIGIN)
    good = goods(city)
    changed = [*parts(good, COUNT, seed), *whole(good, COUNT, seed), *forms(good[0]).values()]
    asked = [*good, *dict.fromkeys(changed)]
    given = {
        "jwk": signature.jwk_of(city.issuer.public),
        "kid": _text(city.issuer.kid),
        "credentials": [_text(each) for each in asked],
    }
    weigh("pakta.core", "ours", asked, [ours(each, city) for each in asked], good, report)
    for library in libraries(folder, report):
        weigh(library.name, library.version, asked, library.judge(given), good, report)


def weigh(
    name: str, version: str, asked: Sequence[bytes], refused: Sequence[str], good: Sequence[bytes], report: Report
) -> None:
    """Count what one library says, and tell what it should not have said."""
    forms: dict[str, int] = {}
    for raw, why in zip(asked, refused, strict=True):
        if raw in good and why:
            report.wrong.append(f"{name} refuses a good credential: {why}")
        if raw not in good and not why:
            form = loose(raw, good) if name != "pakta.core" else ""
            forms[form] = forms.get(form, 0) + 1
            if not form:
                report.wrong.append(f"{name} believes a changed credential: {raw.hex()}")
    told = "; ".join(f"{form}: {count}" for form, count in sorted(forms.items()))
    report.row(
        name, version, f"credentials{f' (believed as the same: {told})' if told else ''}",
        len(good), sum(map(bool, refused)),
    )  # fmt: skip


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
