"""The commands of a witness, typed as an outside body types them; those of docs/witness.md as they stand there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pakta.config import ROOT
from pakta.core import note, policy
from tests.verification.paper import City
from tests.witness.growing import fork, origin_of, request
from tests.witness.running import SERVE, run_witness

DOCUMENT = (ROOT / "docs" / "witness.md").read_text()
ALONE = ("__init__.py", "__main__.py", "core", "witness", "commands/__init__.py", "commands/witness.py")


def run(*words: str | Path, code: int = 0, cwd: Path = ROOT) -> str:
    """Run `python -m pakta witness`; return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "pakta", "witness", *map(str, words)], cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def documented(folder: Path, vkey: str) -> list[list[str]]:
    """Return the words of the documented commands, for this folder and log."""
    lines = re.findall(r"^    python -m pakta witness (.+)$", DOCUMENT, re.M)
    return [
        [{"/var/lib/saksi": str(folder), "VKEY": vkey}.get(word, word) for word in shlex.split(line)]
        for line in lines
    ]


def test_the_documented_commands_make_a_witness_that_cosigns(tmp_path: Path, city: City) -> None:
    folder = tmp_path / "var" / "saksi"
    new, trust, serve, show, notes = documented(folder, city.ledger_vkey)
    assert [each[0] for each in (new, trust, serve, show, notes)] == ["new", "trust", "serve", "list", "list"]
    line = run(*new).splitlines()[-1]
    read = policy.parse(f"log {city.ledger_vkey}\n{line}\nquorum saksi.bawaslu.example\n".encode())
    assert note.fingerprint(city.ledger_vkey) in run(*trust)
    assert "belum pernah disaksikan" in run(*show)
    assert serve == ["serve", "--folder", str(folder)]
    with run_witness(folder) as witness:
        for old, size in ((0, 7), (7, 20)):
            answer = witness.add(request(city, old, size))
            assert policy.verify(city.checkpoint(size) + answer.body, policy=read).times
        assert witness.add(request(fork(city, at=3), 20, 20)).status == 409
    said = run(*show)
    assert re.search(r"terakhir disaksikan: 20 entri, akar \S{44}, \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d WIB", said)
    assert said.count("DITOLAK") == said.count("BERCABANG") == 1
    assert city.checkpoint(20).decode() in run(*notes)
    assert city.checkpoint(20).decode() not in said


def test_the_documented_service_starts_what_the_document_starts() -> None:
    (service,) = re.findall(r"^    ExecStart=\S+/python (.+)$", DOCUMENT, re.M)
    assert shlex.split(service)[:4] == list(SERVE)
    assert f"    python {service}\n" in DOCUMENT
    assert "--port 0" not in DOCUMENT and "127.0.0.1:8090" in DOCUMENT
    assert "[default: 8090" in run("serve", "--help")


def test_a_new_witness_keeps_its_key_to_itself_and_is_never_made_twice(tmp_path: Path) -> None:
    folder = tmp_path / "saksi"
    run("new", "--name", "saksi.example", "--folder", folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "key.pem": 0o600, "vkey": 0o600, "witness.sqlite": 0o600,
    }  # fmt: skip
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "tidak ada yang diubah" in run("new", "--name", "lain.example", "--folder", folder, code=1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "key.pem").unlink()
    assert "tidak ada yang diubah" in run("new", "--name", "lain.example", "--folder", folder, code=1)


@pytest.mark.parametrize("name", ["", "saksi kami", "saksi+kami"])
def test_a_name_that_no_note_can_carry_makes_nothing(tmp_path: Path, name: str) -> None:
    assert "VKEY_MALFORMED" in run("new", "--name", name, "--folder", tmp_path / "saksi", code=1)
    assert not (tmp_path / "saksi").exists()


def test_keys_are_trusted_once_and_given_up_by_name(tmp_path: Path, city: City) -> None:
    folder = tmp_path / "saksi"
    run("new", "--name", "saksi.example", "--folder", folder)
    vkey, second = city.ledger_vkey, City(origin=city.origin).ledger_vkey
    assert "kunci tepercayanya kini 1" in run("trust", "--folder", folder, vkey)
    assert "tidak ada yang diubah" in run("trust", "--folder", folder, vkey, code=1)
    assert "kunci tepercayanya kini 2" in run("trust", "--folder", folder, second)
    said = run("list", "--folder", folder)
    assert said.count(f"Catatan {origin_of(city)}\n") == 1
    assert note.fingerprint(vkey) in said and note.fingerprint(second) in said
    assert "tidak dipercaya lagi" in run("distrust", "--folder", folder, vkey)
    assert "tidak dikenal" in run("distrust", "--folder", folder, vkey, code=1)
    assert note.fingerprint(vkey) not in run("list", "--folder", folder)


def test_what_is_no_log_s_key_is_not_trusted(tmp_path: Path, city: City) -> None:
    folder = tmp_path / "saksi"
    own = run("new", "--name", "saksi.example", "--folder", folder).split()[-2]
    for wrong in ("x", own, city.ledger_vkey[:-1], city.ledger_vkey + "\n", f"{city.ledger_vkey} x"):
        assert "VKEY_MALFORMED" in run("trust", "--folder", folder, wrong, code=1)
    assert "Catatan" not in run("list", "--folder", folder)


def test_a_witness_without_its_memory_does_not_start(tmp_path: Path) -> None:
    first, second = tmp_path / "satu", tmp_path / "dua"
    assert "witness new" in run("serve", "--folder", first, code=1)
    for folder in (first, second):
        run("new", "--name", "saksi.example", "--folder", folder)
    shutil.copyfile(second / "witness.sqlite", first / "witness.sqlite")
    assert "milik kunci lain" in run("serve", "--folder", first, code=1)
    (first / "witness.sqlite").write_bytes(b"")
    assert "milik kunci lain" in run("serve", "--folder", first, code=1)
    (first / "witness.sqlite").unlink()
    assert "buat saksi baru di folder lain" in run("serve", "--folder", first, code=1)
    assert not (first / "witness.sqlite").exists()
    (second / "key.pem").chmod(0o640)
    assert "chmod 600" in run("serve", "--folder", second, code=1)
    (second / "key.pem").chmod(0o600)
    run("list", "--folder", second)
    (second / "key.pem").write_text("x")
    assert "tidak dapat dibuka" in run("list", "--folder", second, code=1)


def test_a_taken_port_is_named(tmp_path: Path, city: City) -> None:
    with run_witness(tmp_path / "saksi", trusting=[city.ledger_vkey]) as witness:
        port = witness.url.rpartition(":")[2]
        assert f"Port {port}" in run("serve", "--folder", witness.folder, "--port", port, code=1)
        assert witness.add(request(city, 0, 5)).status == 200


def loaded(*words: str) -> list[str]:
    """Return what of the server is in memory after a command."""
    program = (
        f"import sys, runpy\nsys.argv = ['pakta', *{words!r}]\n"
        "try:\n runpy.run_module('pakta', run_name='__main__')\nexcept SystemExit:\n pass\n"
        "print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    names = done.stdout.splitlines()[-1].split()
    ours = ("pakta.config", "pakta.database", "pakta.factory", "pakta.keyring", "pakta.web", "pakta.ledger")
    return sorted(set(names) & {"flask", "sqlalchemy", "werkzeug", *ours})


def test_nothing_of_the_server_is_loaded() -> None:
    assert loaded("witness", "serve", "--help") == []
    assert "flask" in loaded("keys", "--help")


def test_it_runs_where_nothing_else_of_ours_is(tmp_path: Path) -> None:
    for name in ALONE:
        source, copy = ROOT / "pakta" / name, tmp_path / "alone" / "pakta" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, copy)  # type: ignore[operator]
    alone = tmp_path / "alone"
    run("new", "--name", "saksi.example", "--folder", tmp_path / "saksi", cwd=alone)
    assert "Saksi saksi.example" in run("list", "--folder", tmp_path / "saksi", cwd=alone)
    done = subprocess.run([sys.executable, "-m", "pakta", "keys", "list"], cwd=alone, capture_output=True, text=True)
    assert "ModuleNotFoundError" in done.stderr
