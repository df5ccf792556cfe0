"""The judges that `make judges` brings: each at a pinned version, in a throw-away place."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pakta.config import ROOT
from tests.interop.tools import Missing
from tests.judges import bench
from tests.judges.bench import Judge
from tests.judges.regions import BLIND

HERE = ROOT / "tests" / "judges"
CLI, LIBRARY, ENDESIVE = "pyhanko-cli==0.6.0", "pyhanko==0.38.0", "endesive==3.0.1"


def brought(folder: Path, root: x509.Certificate) -> Iterator[Judge]:
    """Bring the judges that no one here wrote; raises Missing with the line that brings one."""
    for need, package in (("pdfsig", "poppler-utils"), ("openssl", "openssl"), ("certutil", "libnss3-tools")):
        if not shutil.which(need):
            raise Missing(f"sudo apt-get install -y {package}")
    pem = folder / "root.pem"
    pem.write_bytes(root.public_bytes(Encoding.PEM))
    yield bench.pdfsig(_trusting(folder / "nss", pem), BLIND["pdfsig"])
    yield bench.openssl(pem, BLIND["openssl"])
    python = _environment(folder / "venv")
    for name, pinned, program in (("pyhanko", CLI, "judge_pyhanko.py"), ("endesive", ENDESIVE, "judge_endesive.py")):
        words = [str(python), "-I", str(HERE / program), str(pem)]
        yield bench.program(pinned.split("==")[0], pinned.split("==")[1], words, BLIND[name])


def program_itself(folder: Path, path: Path) -> str:
    """Return what the program `pyhanko` prints and how it ends, to hold the answers of its commands against."""
    words = ["sign", "validate", "--trust", str(folder / "root.pem"), "--trust-replace", str(path)]
    done = subprocess.run([str(folder / "venv/bin/pyhanko"), *words], capture_output=True, text=True)
    return f"exit {done.returncode} {done.stdout.strip()}"


def _environment(venv: Path) -> Path:
    line = f"python -m venv FOLDER && FOLDER/bin/pip install {CLI} {LIBRARY} {ENDESIVE}"
    python = venv / "bin" / "python"
    for words in (
        [sys.executable, "-m", "venv", str(venv)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", CLI, LIBRARY, ENDESIVE],
    ):
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"{line}\n{done.stdout}{done.stderr}")
    return python


def _trusting(folder: Path, pem: Path) -> Path:
    """Return a database of NSS in which our root is the one that is trusted."""
    folder.mkdir()
    database = f"sql:{folder}"
    for words in (["-N", "--empty-password"], ["-A", "-n", "akar segel", "-t", "C,C,C", "-i", str(pem)]):
        subprocess.run(["certutil", *words[:1], "-d", database, *words[1:]], check=True, capture_output=True)
    return folder
