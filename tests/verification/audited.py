"""What an auditor has at hand: the package installed, a site's files, and documents, good and forged."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image
from werkzeug.serving import make_server

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands import auditor
from pakta.config import ROOT
from pakta.core import canonical
from pakta.database import transaction
from pakta.keyring import Keyring
from pakta.verification import auditing, command
from pakta.verification.auditing import Wishes
from pakta.verification.telling import Outcome
from pakta.web import clock
from tests import databases, make
from tests.core.refusing import flipped
from tests.journeys.site import free_port
from tests.people import City
from tests.verification.lasting import stranger
from tests.verification.test_document import attached, file_of

PACKAGE = ROOT / "packages" / "pakta-verify"
SAH = ("alamat.txt", "kartu.png", "lembar.pdf", "berkas-bukti.pdf")
WITNESSES = ("Belum ada saksi luar yang menjaga buku catatan", "Saksi luar belum diperiksa")


@dataclass(frozen=True)
class Kept:
    """What an auditor has: documents, good and forged, a folder of the site's files, and what our command said."""

    origin: str
    address: str
    documents: Path
    folder: Path
    said: dict[str, Any]
    public: Path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path, keys: Keyring) -> Iterator[Kept]:
    """Let Siti sign at a site, save what is needed, ask our own command, and take the site away."""
    home, port = tmp_path_factory.mktemp("auditor"), free_port()
    config = make.config(f"sqlite:///{home / 'pakta.sqlite'}", keys_dir, origin=f"http://localhost:{port}")
    app = make.app(config, keys=keys)
    databases.make_tables(app)
    server = make_server("127.0.0.1", port, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    city = City(app).build()
    siti = city.sign("siti")
    files = {name: file_of(city, siti, name) for name in SAH[1:]}
    address = certificates.address(siti, config=config)
    files["alamat.txt"] = f"Alamat: {address}".encode()
    files["dicabut.txt"] = certificates.address(revoked(city), config=config).encode()
    files["evidence.json"] = attached(city, files["berkas-bukti.pdf"])["evidence.json"]
    documents = home / "dokumen"
    documents.mkdir()
    for name, content in {**files, **forged(files, address)}.items():
        (documents / name).write_bytes(content)
    saved = ask("--dari", config.origin, "--simpan", str(home / "situs"), address)
    online = ask("--dari", f"{config.origin}/", address)
    again = ask("--dari", config.origin, "--simpan", str(home / "situs"))
    said = {
        path.name: command.verify(str(path), source=config.origin, config=config, now=clock.now())
        for path in documents.iterdir()
    }
    said["address"] = command.verify(address, source=config.origin, config=config, now=clock.now())
    said |= {"saved": saved, "online": online, "again": again}
    server.shutdown()
    serving.join()
    server.server_close()
    yield Kept(config.origin, address, documents, home / "situs", said, keys_dir / "public.json")
    databases.leave(app)


def ask(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(auditor.main, words)


def revoked(city: City) -> IssuedCredential:
    """Let Joko sign, and revoke his certificate."""
    row = city.sign("joko")
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, row.id), status=Status.REVOKED,
            reason=ReasonClass.KEY_LOST, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    return row


def forged(files: dict[str, bytes], address: str) -> dict[str, bytes]:
    """Return a forgery of each kind of file, named `palsu-…`."""
    middle = len(address) // 2
    other = address[:middle] + ("1" if address[middle] != "1" else "2") + address[middle + 1 :]
    drawn = Image.fromarray(zxingcpp.create_barcode(other, zxingcpp.BarcodeFormat.QRCode).to_image(scale=8))
    evidence = json.loads(files["evidence.json"])
    signed = canonical.from_base64url(evidence["signature"])
    evidence["signature"] = canonical.base64url(flipped(signed, 8 * len(signed) - 8))
    return {
        "palsu-alamat.txt": other.encode(),
        "palsu-kartu.png": png(drawn),
        "palsu-lembar.pdf": changed(files["lembar.pdf"]),
        "palsu-berkas-bukti.pdf": changed(files["berkas-bukti.pdf"]),
        "palsu-evidence.json": canonical.encode(evidence),
    }


def png(picture: Image.Image) -> bytes:
    """Return a picture as PNG."""

    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def changed(content: bytes) -> bytes:
    """Return a PDF with one byte of its first stream changed."""
    at = content.index(b"stream\n") + 20
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package, install it into a new environment, and lay only what it says that it needs beside it."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(home))
    python = str(home / "bin" / "python")
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install")
    run(*pip, "--quiet", "--no-deps", "--no-index", str(PACKAGE))
    (site,) = home.glob("lib/python*/site-packages")
    (needed,) = site.glob("pakta_verify-*.dist-info/METADATA")
    beside(site, needed.read_text())
    return home / "bin" / "pakta-verify"


def beside(site: Path, needed: str) -> None:
    """Link the packages that a METADATA names, and all that those need, out of our own environment."""
    for found in closure(needed).values():
        for top in {path.parts[0] for path in found.files or () if path.parts[0] not in ("..", "__pycache__")}:
            place = Path(str(found.locate_file(top)))
            if place.exists() and not (site / top).exists():
                (site / top).symlink_to(place)


def closure(needed: str) -> dict[str, metadata.Distribution]:
    """Return the packages of our own environment that a METADATA names, and all that those need, by their names."""
    waiting, found = re.findall(r"^Requires-Dist: ([\w.-]+)", needed, re.M), dict[str, metadata.Distribution]()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # asked for on another kind of machine only
        waiting += [re.split(r"[^\w.-]", each)[0] for each in found[name].requires or () if "extra ==" not in each]
    return found


def run(*words: str, code: int = 0) -> str:
    """Run a program outside of our project; return what it said."""
    done = subprocess.run(words, cwd="/", env={}, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def verify(kept: Kept, target: str, *, folder: Path | None = None, **wishes: object) -> Outcome:
    """Check a document of the auditor's by a folder of saved files."""
    path = target if "://" in target else str(kept.documents / target)
    known = Wishes(**wishes)  # type: ignore[arg-type]
    return auditing.verify(path, source=str(folder or kept.folder), site=kept.origin, wishes=known, now=clock.now())


def offline(kept: Kept) -> tuple[str, ...]:
    """Return the options with which the saved folder is asked."""
    return "--dari", str(kept.folder), "--situs", kept.origin


def of_version_5() -> bytes:
    """Return a certificate that says that it is of a version which there is not."""
    der = stranger().public_bytes(Encoding.DER).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x04", 1)
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n".encode()


def facts(lines: Sequence[str]) -> list[str]:
    """Return what a command said, but where its data came from and what it knows of witnesses."""
    said = [re.sub("|".join(WITNESSES), "Saksi", line) for line in lines]
    return [line for line in said if not line.startswith("Data: ")]


def without(kept: Kept, tmp_path: Path, *paths: str) -> Path:
    """Return a copy of the saved files that lacks some of them."""
    folder = tmp_path / "situs"
    shutil.copytree(kept.folder, folder)
    for path in paths:
        place = folder / path
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    return folder
