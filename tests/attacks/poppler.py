"""What poppler says of a file: its signatures, its words, its first page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

SAID = {
    "Signature is Valid.": "valid",
    "Digest Mismatch.": "digest differs",
    "Signature is Invalid.": "invalid",
    "Signature has not yet been verified.": "not verified",
    "Document isn't signed or corrupted data.": "not signed",
    "Unknown Validation Failure.": "fails",
    "Signature Decoding Error.": "cannot be decoded",
    "Decoding Error.": "cannot be decoded",
}


def signatures(path: Path, *more: str) -> str:
    """Return what pdfsig says, of each signature: how it is, how far it reaches, whether its signer is trusted."""
    done = _run("pdfsig", *more, str(path))
    blocks = re.split(r"Signature #\d+:\n", done.stdout)[1:]
    if not blocks:
        return (
            "no signature" if "does not contain any signatures" in done.stdout + done.stderr else "cannot be opened"
        )
    return ", then ".join(_signature(each) for each in blocks)


def _signature(block: str) -> str:
    found = re.search(r"Signature Validation: (.*)", block)
    how = SAID.get(found[1].strip(), found[1].strip()) if found else "unsigned field"
    whole = " of the whole" if "\n  - Total document signed" in block else ""
    whole = " of a part" if "\n  - Not total document signed" in block else whole
    trust = re.search(r"Certificate Validation: (.*)", block)
    trusted = ", trusted" if trust and trust[1].strip() == "Certificate is Trusted." else ""
    return f"{how}{whole}{trusted}"


def text(path: Path) -> str:
    """Return the words of all pages and annotations, on one line; nothing where the file cannot be opened."""
    done = _run("pdftotext", str(path), "-")
    return " ".join(done.stdout.split())


def metadata(path: Path) -> str:
    """Return the XMP."""
    return _run("pdfinfo", "-meta", str(path)).stdout


def attached(path: Path) -> dict[str, bytes]:
    """Return the attached files by name, as pdfdetach takes them out; of two of one name the later."""
    with TemporaryDirectory() as folder:
        _run("pdfdetach", "-saveall", "-o", folder, str(path))
        return {each.name: each.read_bytes() for each in Path(folder).iterdir()}


def picture(path: Path) -> bytes:
    """Return the first page as a small picture."""
    done = subprocess.run(
        ["pdftoppm", "-r", "40", "-gray", "-f", "1", "-l", "1", str(path)], capture_output=True, timeout=60
    )
    return done.stdout


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=60)
