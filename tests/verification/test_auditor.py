"""`pakta-verify`: built as a wheel, installed where there is neither Flask nor a database, and used offline."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image
from werkzeug.serving import make_server

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands import auditor
from pakta.config import ROOT
from pakta.core import canonical, keyset
from pakta.core.errors import Reason, Refusal
from pakta.database import transaction
from pakta.keyring import Keyring
from pakta.verification import auditing, command, judging, savedfiles, sealroots, words
from pakta.verification.auditing import Wishes
from pakta.verification.telling import Outcome
from pakta.web import clock
from tests import databases, make
from tests.core.refusing import flipped
from tests.journeys.site import free_port
from tests.people import KNOWN, City
from tests.verification.paper import Issuer
from tests.verification.test_command_witnessed import BOTH, ONE, TWO, cosigned
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
    waiting, seen = re.findall(r"^Requires-Dist: ([\w.-]+)", needed, re.M), set()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # asked for on another kind of machine only
        waiting += [re.split(r"[^\w.-]", each)[0] for each in found.requires or () if "extra ==" not in each]
        for top in {path.parts[0] for path in found.files or () if path.parts[0] not in ("..", "__pycache__")}:
            place = Path(str(found.locate_file(top)))
            if place.exists() and not (site / top).exists():
                (site / top).symlink_to(place)


def run(*words: str, code: int = 0) -> str:
    """Run a program outside of our project; return what it said."""
    done = subprocess.run(words, cwd="/", env={}, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def verify(kept: Kept, target: str, *, folder: Path | None = None, **wishes: object) -> Outcome:
    """Check a document of the auditor's by a folder of saved files."""
    path = target if "://" in target else str(kept.documents / target)
    return auditing.verify(path, source=str(folder or kept.folder), wishes=Wishes(**wishes), now=clock.now())  # type: ignore[arg-type]


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


def test_it_runs_without_flask_and_database_and_says_what_our_command_says(kept: Kept, installed: Path) -> None:
    python = str(installed.with_name("python"))
    assert run(python, "-c", "import click, cryptography, pakta.core.verdict; print('ya')") == "ya\n"
    for absent in ("flask", "sqlalchemy", "werkzeug", "pakta.database"):
        run(python, "-c", f"import {absent}", code=1)
    names = [path.name for path in sorted(kept.documents.iterdir())]
    targets = [str(kept.documents / name) for name in names]
    said = run(str(installed), *targets, "--dari", str(kept.folder), "--json", code=1)
    told = dict(zip(names, map(json.loads, said.splitlines()), strict=True))
    assert {name: each["good"] for name, each in told.items()} == {name: name in SAH for name in names}
    for name, each in told.items():
        ours = kept.said[name].told
        assert {**each, "data": "", "target": ""} == {**ours, "data": "", "target": ""}
        assert KNOWN["siti"].number not in json.dumps(each)


def test_it_ends_with_0_for_sah_only_and_prints_the_same_lines(kept: Kept, installed: Path) -> None:
    said = run(str(installed), kept.address, "--dari", str(kept.folder))
    assert facts(said.splitlines()) == facts(kept.said["address"].lines)
    assert said.splitlines()[-1].startswith(f"Data: folder {kept.folder}, disimpan ")
    assert run(str(installed), kept.address[:-3], "--dari", str(kept.folder), code=1).startswith("TIDAK DIKENAL\n")


def test_it_saves_a_site_asks_it_and_saves_it_again(kept: Kept) -> None:
    saved, online, again = (kept.said[name] for name in ("saved", "online", "again"))
    assert (saved.exit_code, online.exit_code, again.exit_code) == (0, 0, 0)
    counts = [int(re.match(r"(\d+) berkas baru", each.stderr)[1]) for each in (saved, again)]  # type: ignore[index]
    assert counts[0] > counts[1] >= 5  # no tile is fetched twice
    ours = facts(kept.said["address"].lines)
    assert facts(saved.stdout.splitlines()) == facts(online.stdout.splitlines()) == ours
    assert online.stdout.splitlines()[-1] == f"Data: diambil dari {kept.origin}"


def test_a_mistyped_command_ends_with_2_and_says_what_to_do(kept: Kept) -> None:
    document, folder = str(kept.documents / "lembar.pdf"), str(kept.folder)
    assert ask("--dari", folder, document).exit_code == 0
    for words_, said in (
        ((document,), "--dari"),
        (("--dari", folder), "Sebut yang diperiksa"),
        (("--dari", folder, "--akar", document, document), "bukan public.json"),
        (("--dari", folder, "--saksi", document, document), "bukan tlog-policy"),
        (("--dari", folder, "--otoritas", document, document), "bukan PEM"),
    ):
        mistyped = ask(*words_)
        assert (mistyped.exit_code, said in mistyped.stderr) == (2, True), mistyped.output
    silent = ask("--dari", kept.origin, "--simpan", str(kept.folder))
    assert (silent.exit_code, "Coba lagi" in silent.stderr) == (1, True)
    assert ask("--dari", folder, document).exit_code == 0


def test_witnesses_that_the_auditor_demands_are_counted(kept: Kept, tmp_path: Path) -> None:
    folder = without(kept, tmp_path, "log/pending")
    place = folder / "log" / "checkpoint"
    head = place.read_bytes()
    few = verify(kept, kept.address, folder=folder, policy=BOTH)
    assert (few.lines[0], "WITNESSES_TOO_FEW" in few.lines[1]) == ("TIDAK DAPAT DIPERIKSA", True)
    place.write_bytes(cosigned(head, ONE, TWO))
    enough = verify(kept, kept.address, folder=folder, policy=BOTH)
    assert (enough.lines[0], any("Saksi luar meneguhkan" in line for line in enough.lines)) == ("SAH", True)


@pytest.mark.parametrize(
    ("absent", "reason"),
    [(".well-known/pakta-keys.json", "KEYSET_MISSING"), ("s/0", "STATUS_MISSING"), ("log/tile", "LEDGER_MISSING")],
)
def test_what_is_not_at_hand_is_said_to_be_unchecked(kept: Kept, tmp_path: Path, absent: str, reason: str) -> None:
    outcome = verify(kept, kept.address, folder=without(kept, tmp_path, absent))
    assert (outcome.lines[0], outcome.good, reason in outcome.lines[1]) == ("TIDAK DAPAT DIPERIKSA", False, True)
    assert any(line.startswith("  [belum]") and "belum diperiksa" in line for line in outcome.lines)
    assert verify(kept, kept.address).good


def test_a_sealed_pdf_proves_its_own_place_where_the_ledger_is_not_at_hand(kept: Kept, tmp_path: Path) -> None:
    folder = without(kept, tmp_path, "log")
    outcome = verify(kept, "lembar.pdf", folder=folder)
    assert (outcome.lines[0], outcome.good) == ("SAH", True)
    assert any("[ya] Tercatat di buku catatan" in line for line in outcome.lines)
    assert verify(kept, "palsu-lembar.pdf", folder=folder).lines[0] == "TIDAK DIKENAL"
    assert verify(kept, "kartu.png", folder=folder).lines[0] == "TIDAK DAPAT DIPERIKSA"


def test_a_seal_that_nobody_here_can_judge_is_unchecked_and_no_forgery(kept: Kept, tmp_path: Path) -> None:
    folder = without(kept, tmp_path, ".well-known/pakta-seal.json")
    outcome = verify(kept, "lembar.pdf", folder=folder)
    assert (outcome.lines[0], "PDF_SEAL_UNCHECKED" in outcome.lines[1]) == ("TIDAK DAPAT DIPERIKSA", True)
    own = sealroots.read(kept.public.read_bytes())
    assert verify(kept, "lembar.pdf", folder=folder, roots=own).good
    assert verify(kept, "palsu-lembar.pdf", folder=folder, roots=own).lines[0] == "TIDAK DIKENAL"


def test_of_a_revoked_one_the_saved_files_tell_day_and_class(kept: Kept, tmp_path: Path) -> None:
    lines = verify(kept, "dicabut.txt").lines
    assert (lines[0], "kunci hilang" in lines[2]) == ("DICABUT", True)
    told = verify(kept, "dicabut.txt", folder=without(kept, tmp_path, "s/0.alasan")).lines
    assert (told[0], told[2]) == ("DICABUT", words.UNTOLD)


def test_evidence_alone_proves_the_signature_and_the_key_s_enrolment_but_is_never_sah(
    kept: Kept, tmp_path: Path
) -> None:
    outcome = verify(kept, "evidence.json")
    assert (outcome.lines[0], "EVIDENCE_ALONE" in outcome.lines[1]) == ("TIDAK DAPAT DIPERIKSA", True)
    assert [line[:6] for line in outcome.lines[2:4]] == ["  [ya]", "  [ya]"]
    unread = verify(kept, "evidence.json", folder=without(kept, tmp_path, "log/tile"))
    assert [line[:6] for line in unread.lines[2:4]] == ["  [ya]", "  [bel"]
    members = json.loads((kept.documents / "evidence.json").read_bytes())
    members["enrolment"]["index"] += 1
    moved = tmp_path / "pindah.json"
    moved.write_bytes(canonical.encode(members))
    elsewhere = verify(kept, str(moved))
    assert (elsewhere.lines[0], "ENROLMENT_DIFFERS" in elsewhere.lines[1]) == ("TIDAK DIKENAL", True)
    assert verify(kept, "palsu-evidence.json").lines[0] == "TIDAK DIKENAL"


def test_the_host_is_the_one_that_was_named_and_nobody_is_asked(kept: Kept) -> None:
    foreign = kept.address.replace(kept.origin, "https://jahat.example")
    assert "OTHER_HOST" in verify(kept, foreign).lines[1]


@pytest.mark.parametrize("source", ["pakta.kota.go.id", "http://[", "https://", "/tidak/ada"])
def test_what_is_neither_site_nor_folder_judges_nobody(kept: Kept, source: str) -> None:
    outcome = auditing.verify(kept.address, source=source, wishes=Wishes(), now=clock.now())
    assert (len(outcome.lines), outcome.good, "bukan alamat situs" in outcome.lines[0]) == (1, False, True)


def test_a_folder_takes_no_older_key_set_and_none_that_does_not_follow(kept: Kept, tmp_path: Path) -> None:
    folder = without(kept, tmp_path)
    place, stranger, host = folder / ".well-known/pakta-keys.json", Issuer(), judging.host_of(kept.origin)
    true = place.read_bytes()
    known = keyset.parse(true)
    payload = keyset.build(
        issuer_keys={stranger.kid: stranger.public}, version=known.version + 1, host=host, issued_at=clock.now(),
        log_origin=known.log_origin, log_vkey=known.log_vkey,
    )  # fmt: skip
    newer = keyset.sign(payload, kid=stranger.kid, sign=stranger.sign)
    savedfiles._check(folder, true, host=host)
    with pytest.raises(Refusal, match=Reason.KEYSET_UNVOUCHED):
        savedfiles._check(folder, newer, host=host)
    place.write_bytes(newer)
    with pytest.raises(Refusal, match=Reason.KEYSET_ROLLED_BACK):
        savedfiles._check(folder, true, host=host)


def test_a_site_that_does_not_answer_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(savedfiles.NotSaved, match="Coba lagi"):
        savedfiles.save(tmp_path / "situs", origin=f"http://localhost:{free_port()}", now=clock.now())
    assert not (tmp_path / "situs").exists()


def test_the_wheel_holds_what_is_needed_and_no_server(installed: Path) -> None:
    (site,) = installed.parents[1].glob("lib/python*/site-packages")
    held = {path.relative_to(site).as_posix() for path in (site / "pakta").rglob("*.py")}
    assert {"pakta/core/verdict.py", "pakta/verification/reader.py", "pakta/commands/auditor.py"} <= held
    assert {path for path in held if path.endswith(("views.py", "models.py", "forms.py", "factory.py"))} == set()
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    assert project["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
