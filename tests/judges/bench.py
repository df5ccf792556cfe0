"""The judges: how each is asked about a file, and what counts as its yes.

Each answers with nothing where it believes that the whole file is as our seal left it, else with what it says.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from pakta.config import Config
from pakta.verification import command
from pakta.web import clock
from tests.attacks import poppler

RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
PATIENCE = 60  # seconds for one file
AT_ONCE = 2
Answer = Callable[[Path], str]


@dataclass(frozen=True)
class Judge:
    """Someone who is asked about files.

    blind  the regions of a file in which a changed byte may escape them, as docs/judges.md tells
    """

    name: str
    version: str
    ask: Callable[[Sequence[Path]], list[str]]
    blind: frozenset[str] = field(default_factory=frozenset)


def each(answer: Answer) -> Callable[[Sequence[Path]], list[str]]:
    """Ask about one file at a time, a few of them at once."""

    def ask(paths: Sequence[Path]) -> list[str]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(answer, paths))

    return ask


def ours(config: Config) -> Judge:
    """Ask what `python -m pakta verify` asks."""

    def answer(path: Path) -> str:
        outcome = command.verify(str(path), source=None, config=config, now=clock.now())
        good = outcome.good and outcome.lines[0] == "SAH"
        return "" if good else " ".join(outcome.lines[:2])

    return Judge("python -m pakta verify", "ours", lambda paths: [answer(path) for path in paths])


def pdfsig(trusting: Path | None, blind: Sequence[str] = ()) -> Judge:
    """Ask poppler's pdfsig; `trusting` is a database of NSS that trusts our root, without it nobody is trusted."""
    wanted = "valid of the whole" + (", trusted" if trusting else "")
    more = ("-nssdir", str(trusting)) if trusting else ()

    def answer(path: Path) -> str:
        said = poppler.signatures(path, *more)
        return "" if said == wanted else said

    version = run("pdfsig", "-v").split("version ")[-1].split("\n")[0]
    return Judge("pdfsig", f"poppler {version}", each(answer), frozenset(blind))


def openssl(root: Path, blind: Sequence[str] = ()) -> Judge:
    """Ask OpenSSL about the bytes that the range names, and the CMS out of the string between them."""

    def answer(path: Path) -> str:
        try:
            covered, der = _parts(path.read_bytes())
        except ValueError as error:
            return str(error)
        cms, content = path.with_suffix(".cms"), path.with_suffix(".covered")
        cms.write_bytes(der)
        content.write_bytes(covered)
        done = subprocess.run(
            ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(cms), "-content", str(content),
             "-CAfile", str(root), "-no-CApath", "-no-CAstore", "-out", "/dev/null"],
            capture_output=True, text=True, errors="replace", timeout=PATIENCE,
        )  # fmt: skip
        cms.unlink()
        content.unlink()
        return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no"])[-1]

    version = " ".join(run("openssl", "version").split()[:2])
    return Judge("openssl cms -verify", version, each(answer), frozenset(blind))


def _parts(content: bytes) -> tuple[bytes, bytes]:
    """Return what the last range covers, and the CMS; ValueError where it does not reach from start to end."""
    found = RANGE.findall(content)
    if not found:
        raise ValueError("no range")
    start, length, rest, end = map(int, found[-1])
    if start != 0 or rest + end != len(content):
        raise ValueError("a range that does not reach from start to end")
    string = content[length:rest]
    if string[:1] != b"<" or string[-1:] != b">":
        raise ValueError("no string between the parts")
    return content[:length] + content[rest:], bytes.fromhex(string[1:-1].decode("ascii"))


def pyhanko_library(root: x509.Certificate, blind: Sequence[str] = ()) -> Judge:
    """Ask pyHanko as a library: it made the seal, but judges it by other code."""
    trusted = asn1_x509.Certificate.load(root.public_bytes(Encoding.DER))

    def answer(path: Path) -> str:
        try:
            (found,) = PdfFileReader(io.BytesIO(path.read_bytes())).embedded_signatures
            context = ValidationContext(trust_roots=[trusted], allow_fetching=False)
            status = validate_pdf_signature(found, context)
        except Exception as error:  # whatever it is, it is no yes
            return f"{type(error).__name__}: {error}"
        whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        whole = whole and status.modification_level == ModificationLevel.NONE
        return "" if status.bottom_line and status.trusted and whole else status.summary()

    return Judge("pyHanko, the library", "", lambda paths: [answer(path) for path in paths], frozenset(blind))


def program(name: str, version: str, words: Sequence[str], blind: Sequence[str] = ()) -> Judge:
    """Ask a program that reads a list of paths and writes a list of answers."""

    def ask(paths: Sequence[Path]) -> list[str]:
        listed = json.dumps([str(path) for path in paths])
        done = subprocess.run(words, input=listed, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
        answers: list[str] = json.loads(done.stdout.splitlines()[-1])
        return answers

    return Judge(name, version, ask, frozenset(blind))


def run(*words: str) -> str:
    """Return what a program says."""
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stdout + done.stderr
