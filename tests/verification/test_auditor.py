"""`pakta-verify`: built as a wheel, installed where there is neither Flask nor a database, and used offline."""

from __future__ import annotations

import errno
import json
import re
import sys
import tarfile
import tomllib
import zipfile
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from pakta import keyring
from pakta.commands import auditor
from pakta.config import ROOT
from pakta.core import canonical, number
from pakta.verification import auditing, pdf, saving, sealroots, telling, words
from pakta.verification.auditing import Wishes
from pakta.web import clock
from tests.journeys.site import free_port
from tests.people import KNOWN
from tests.verification.audited import (
    PACKAGE,
    SAH,
    Kept,
    ask,
    closure,
    facts,
    installed,
    kept,
    of_version_5,
    offline,
    run,
    verify,
    without,
)
from tests.verification.lasting import stranger
from tests.verification.test_command_witnessed import BOTH, ONE, TWO, cosigned

__all__ = ["installed", "kept"]  # fixtures
A_NUMBER = number.spoken(number.from_cti(bytes(16)))


def test_it_runs_without_flask_and_database_and_says_what_our_command_says(kept: Kept, installed: Path) -> None:
    python = str(installed.with_name("python"))
    assert run(python, "-c", "import click, cryptography, pakta.core.verdict; print('ya')") == "ya\n"
    for absent in ("flask", "sqlalchemy", "werkzeug", "pakta.database"):
        run(python, "-c", f"import {absent}", code=1)
    names = [path.name for path in sorted(kept.documents.iterdir())]
    targets = [str(kept.documents / name) for name in names]
    said = run(str(installed), *targets, *offline(kept), "--json", code=1)
    told = dict(zip(names, map(json.loads, said.splitlines()), strict=True))
    assert {name: each["good"] for name, each in told.items()} == {name: name in SAH for name in names}
    for name, each in told.items():
        ours = kept.said[name].told
        assert {**each, "data": "", "target": ""} == {**ours, "data": "", "target": ""}
        assert KNOWN["siti"].number not in json.dumps(each)


def test_it_ends_with_0_for_sah_only_and_prints_the_same_lines(kept: Kept, installed: Path) -> None:
    said = run(str(installed), kept.address, *offline(kept))
    assert facts(said.splitlines()) == facts(kept.said["address"].lines)
    assert said.splitlines()[-1].startswith(f"Data: folder {kept.folder}, disimpan ")
    assert run(str(installed), kept.address[:-3], *offline(kept), code=1).startswith("TIDAK DIKENAL\n")


def test_it_saves_a_site_asks_it_and_saves_it_again(kept: Kept) -> None:
    saved, online, again = (kept.said[name] for name in ("saved", "online", "again"))
    assert (saved.exit_code, online.exit_code, again.exit_code) == (0, 0, 0)
    counts = [int(re.match(r"(\d+) berkas baru", each.stderr)[1]) for each in (saved, again)]  # type: ignore[index]
    assert counts[0] > counts[1] >= 5  # no tile is fetched twice
    ours = facts(kept.said["address"].lines)
    assert facts(saved.stdout.splitlines()) == facts(online.stdout.splitlines()) == ours
    assert online.stdout.splitlines()[-1].startswith(f"Data: diambil dari {kept.origin}. Situs: ")


def test_a_mistyped_command_ends_with_2_and_says_what_to_do(kept: Kept, tmp_path: Path) -> None:
    odd = str(tmp_path / "versi-5.pem")
    Path(odd).write_bytes(of_version_5())
    document, folder = str(kept.documents / "lembar.pdf"), str(kept.folder)
    assert ask(*offline(kept), document).exit_code == 0
    for words_, said in (
        ((document,), "--dari"),
        (offline(kept), "Sebut yang diperiksa"),
        (("--dari", folder, document), "--situs https://HOST"),
        ((*offline(kept), "--akar", document, document), "bukan public.json"),
        ((*offline(kept), "--akar", odd, document), "bukan public.json"),
        ((*offline(kept), "--saksi", document, document), "bukan tlog-policy"),
        ((*offline(kept), "--otoritas", document, document), "bukan PEM"),
        ((*offline(kept), "--otoritas", odd, document), "bukan PEM"),
        ((*offline(kept), "--kunci", document, document), "bukan daftar kunci"),
        ((*offline(kept), "--kunci", "/tidak/ada", document), "bukan daftar kunci"),
    ):
        mistyped = ask(*words_)
        assert (mistyped.exit_code, said in mistyped.stderr) == (2, True), mistyped.output
    silent = ask("--dari", kept.origin, "--simpan", str(kept.folder))
    assert (silent.exit_code, "Coba lagi" in silent.stderr) == (1, True)
    key_set = str(kept.folder / ".well-known/pakta-keys.json")
    for known in ((), ("--kunci", key_set), ("--kunci", sha256(Path(key_set).read_bytes()).hexdigest())):
        assert ask(*offline(kept), *known, document).exit_code == 0
    said = ask(*offline(kept), "--kunci", "0" * 64, document).stdout
    assert "KEYSET_UNVOUCHED" in said and f"ber-SHA-256 {sha256(Path(key_set).read_bytes()).hexdigest()}" in said


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
    assert [line[:6] for line in unread.lines[2:4]] == ["  [bel", "  [bel"]
    assert [line[:8] for line in outcome.lines[4:5] + unread.lines[4:5]] == ["  [belum"] * 2
    assert all("mengaku dari Siti Lestari" in told.lines[4] for told in (outcome, unread))
    members = json.loads((kept.documents / "evidence.json").read_bytes())
    members["enrolment"]["index"] += 1
    moved = tmp_path / "pindah.json"
    moved.write_bytes(canonical.encode(members))
    elsewhere = verify(kept, str(moved))
    assert "[ya]" not in "".join(elsewhere.lines)
    assert (elsewhere.lines[0], "ENROLMENT_DIFFERS" in elsewhere.lines[1]) == ("TIDAK DIKENAL", True)
    assert verify(kept, "palsu-evidence.json").lines[0] == "TIDAK DIKENAL"


def test_the_host_is_the_one_that_was_named_and_nobody_is_asked(kept: Kept) -> None:
    foreign = kept.address.replace(kept.origin, "https://jahat.example")
    assert "OTHER_HOST" in verify(kept, foreign).lines[1]


@pytest.mark.parametrize("source", ["pakta.kota.go.id", "http://[", "https://", "/tidak/ada"])
def test_what_is_neither_site_nor_folder_judges_nobody(kept: Kept, source: str) -> None:
    outcome = auditing.verify(kept.address, source=source, wishes=Wishes(), now=clock.now())
    assert (len(outcome.lines), outcome.good, "bukan alamat situs" in outcome.lines[0]) == (1, False, True)


def test_a_site_that_does_not_answer_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(saving.NotSaved, match="Coba lagi"):
        saving.save(tmp_path / "situs", origin=f"http://localhost:{free_port()}", now=clock.now())
    assert not (tmp_path / "situs").exists()


def with_roots(kept: Kept, tmp_path: Path, **roots: Any) -> Path:
    """Return a copy of the saved files in which the site names other roots of its seals."""
    folder = without(kept, tmp_path)
    (folder / sealroots.PATH.removeprefix("/")).write_bytes(sealroots.build(**roots))
    return folder


@pytest.mark.parametrize("lost", [False, True])
def test_a_seal_of_an_earlier_root_counts_until_that_root_is_lost(kept: Kept, tmp_path: Path, lost: bool) -> None:
    (own,), other = sealroots.read(kept.public.read_bytes())[0], stranger()
    folder = with_roots(kept, tmp_path, root=other, earlier=[own], lost=[own] if lost else [])
    outcome = verify(kept, "lembar.pdf", folder=folder)
    assert (outcome.lines[0], "PDF_SEAL_LOST" in outcome.lines[1]) == ("TIDAK DIKENAL" if lost else "SAH", lost)


def test_where_other_roots_are_known_a_seal_is_foreign(kept: Kept, tmp_path: Path) -> None:
    folder = with_roots(kept, tmp_path, root=stranger(), earlier=[], lost=[])
    outcome = verify(kept, "lembar.pdf", folder=folder)
    assert (outcome.lines[0], "PDF_OTHER_SEAL" in outcome.lines[1]) == ("TIDAK DIKENAL", True)
    assert verify(kept, "lembar.pdf").good


def test_a_file_with_one_good_and_one_foreign_address_is_not_good(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "dua.txt"
    foreign = kept.address.replace(kept.origin, "HTTPS://jahat.example")
    path.write_text(f"{kept.address}\n{foreign}")
    outcome = verify(kept, str(path))
    assert [line for line in outcome.lines if line in ("SAH", "TIDAK DIKENAL")] == ["SAH", "TIDAK DIKENAL"]
    assert (outcome.good, ask(*offline(kept), str(path)).exit_code) == (False, 1)
    path.write_text(kept.address)
    assert (verify(kept, str(path)).good, ask(*offline(kept), str(path)).exit_code) == (True, 0)


def test_an_address_in_capitals_is_one_as_an_argument_and_in_a_text(kept: Kept, tmp_path: Path) -> None:
    capitals = kept.address.replace("http://", "HTTP://", 1)
    path = tmp_path / "kapital.txt"
    path.write_text(capitals)
    for target in (capitals, str(path)):
        assert auditing.verify(
            target, source=str(kept.folder), site=kept.origin, wishes=Wishes(), now=clock.now()
        ).good


def test_a_carried_proof_stands_in_where_only_tiles_are_missing(kept: Kept, tmp_path: Path) -> None:
    folder = without(kept, tmp_path, "log/tile")
    outcome = verify(kept, "lembar.pdf", folder=folder)
    assert (outcome.lines[0], verify(kept, kept.address, folder=folder).lines[0]) == ("SAH", "TIDAK DAPAT DIPERIKSA")


def test_the_witnesses_of_a_proof_inside_a_file_are_asked_for_too(kept: Kept) -> None:
    waiting = "Belum ada saksi luar pada bukti di dalam berkas"
    assert any(waiting in line for line in verify(kept, "lembar.pdf", policy=BOTH).lines)
    assert not any(waiting in line for line in verify(kept, "lembar.pdf").lines)


def test_a_policy_that_asks_nobody_asks_nobody(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "saksi.txt"
    path.write_text("quorum none\n")
    assert auditor._policy(path) is None
    assert ask(*offline(kept), "--saksi", str(path), kept.address).exit_code == 0
    path.write_text(f"witness satu {ONE.vkey}\nquorum satu\n")
    assert ask(*offline(kept), "--saksi", str(path), kept.address).exit_code == 1


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOENT, "tidak ada berkas"), (errno.EISDIR, "sebuah folder"), (errno.EIO, "kesalahan 5")],
)
def test_why_a_file_cannot_be_read_is_said_in_indonesian(number: int, said: str) -> None:
    line = telling.unreadable(OSError(number, "No such file or directory")).lines[0]
    assert said in line and "No such" not in line


def test_what_was_meant_is_asked_for(kept: Kept, tmp_path: Path) -> None:
    empty = tmp_path / "kosong.pdf"
    empty.write_bytes(b"")
    for words_, code, said in (
        ((*offline(kept), str(empty)), 1, "FILE_EMPTY"),
        ((*offline(kept), A_NUMBER), 1, "Ini nomor sertifikat"),
        ((*offline(kept), "--lang", "en", A_NUMBER), 1, "This is a certificate number"),
        ((kept.address,), 2, "--dari https://"),
        (("--lang", "en", kept.address), 2, "Name the site, such as --dari"),
    ):
        told = ask(*words_)
        assert (told.exit_code, said in told.output) == (code, True), told.output


def test_the_wheel_holds_what_is_needed_and_no_server(installed: Path) -> None:
    (site,) = installed.parents[1].glob("lib/python*/site-packages")
    held = {path.relative_to(site).as_posix() for path in (site / "pakta").rglob("*.py")}
    assert {"pakta/core/verdict.py", "pakta/verification/reader.py", "pakta/commands/auditor.py"} <= held
    assert {path for path in held if path.endswith(("views.py", "models.py", "forms.py", "factory.py"))} == set()
    assert {path for path in held if path.startswith(("pakta/keyring/", "pakta/config.py", "pakta/disk.py"))} == set()
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    assert project["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def built(folder: Path, where: Path, way: str) -> Path:
    """Let a backend build a wheel or an sdist into a folder, outside of our project."""
    folder.mkdir()
    run(
        sys.executable,
        "-c",
        f"import sys; sys.path[:0] = [{str(where)!r}]; import backend; backend.{way}({str(folder)!r})",
    )
    (made,) = folder.iterdir()
    return made


def test_an_sdist_makes_the_same_wheel_to_the_byte(tmp_path: Path) -> None:
    packed, again = (built(tmp_path / name, PACKAGE, "build_sdist") for name in ("satu", "dua"))
    assert packed.read_bytes() == again.read_bytes()
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "isi", filter="data")
    (inside,) = (tmp_path / "isi").iterdir()
    ours, theirs = built(tmp_path / "tiga", PACKAGE, "build_wheel"), built(tmp_path / "empat", inside, "build_wheel")
    assert (ours.name, ours.read_bytes()) == (theirs.name, theirs.read_bytes())
    with zipfile.ZipFile(ours) as wheel:
        (described,) = (name for name in wheel.namelist() if name.endswith("dist-info/WHEEL"))
        assert b"Tag: py3-none-any" in wheel.read(described)


def test_each_package_that_it_needs_is_pinned_with_its_hashes(installed: Path) -> None:
    (site,) = installed.parents[1].glob("lib/python*/site-packages")
    (described,) = site.glob("pakta_verify-*.dist-info/METADATA")
    pinned = dict(re.findall(r"^Requires-Dist: ([\w.-]+)==(\S+)$", described.read_text(), re.M))
    named = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(closure("".join(f"Requires-Dist: {name}\n" for name in named))) == set(pinned)
    assert {name: metadata.version(name) for name in pinned} == pinned
    printed = run(sys.executable, str(PACKAGE / "backend.py"))
    listed = re.findall(r"^([a-z0-9-]+)==(\S+) \\\n    --hash=sha256:", printed, re.M)
    assert dict(listed) == pinned


def test_it_says_its_version_and_who_made_it(installed: Path) -> None:
    (described,) = installed.parents[1].glob("lib/python*/site-packages/pakta_verify-*.dist-info/METADATA")
    version = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["version"]
    assert run(str(installed), "--version") == f"pakta-verify {version}\n"
    assert "\nAuthor: Pakta\n" in described.read_text()


def test_a_module_is_packed_that_is_started_by_name_and_not_one_that_is_only_named() -> None:
    program = "import backend; print(*backend._needed({!r}))"
    text = 'log = get("pakta.verification")\nCOMMAND = (sys.executable, "-m", "pakta.verification.reader")\n'
    said = run(sys.executable, "-c", f"import sys; sys.path[:0] = [{str(PACKAGE)!r}]; {program.format(text)}")
    assert said == "pakta.verification.reader\n"


def test_the_purpose_that_a_seal_s_certificate_names_is_the_one_that_is_looked_for() -> None:
    assert pdf.DOCUMENT_SIGNING == keyring.DOCUMENT_SIGNING


def test_asked_for_english_it_says_the_same_and_programs_are_told_the_same(kept: Kept, installed: Path) -> None:
    """Whatever the machine's own language, which here is none; `--json` keeps names, reasons and marks."""
    lines = run(str(installed), kept.address, *offline(kept), "--lang", "en").splitlines()
    assert lines[0] == "VALID" and lines[-1].startswith(f"Data: folder {kept.folder}, saved ")
    assert any(line.startswith("  [yes] Recorded in the ledger") for line in lines)
    assert run(str(installed), kept.address, *offline(kept), "--lang", "id").startswith("SAH\n")
    targets = [str(path) for path in sorted(kept.documents.iterdir())]
    for target in targets:
        own, english = (
            json.loads(ask(target, *offline(kept), "--json", "--lang", code).stdout) for code in ("id", "en")
        )
        assert skeleton(own) == skeleton(english), target
        said = "\n".join(ask(target, *offline(kept), "--lang", "en").stdout.splitlines())
        assert not re.search(r"\b(berkas|kunci|tanda tangan|buku catatan|tidak|belum)\b", said.lower()), said


def skeleton(told: Any) -> Any:
    """Return what is the same in every language: all but the texts, of which the names and reasons stay."""
    if isinstance(told, dict):
        kept = ("reason", "mark", "good", "v", "host", "name", "unit", "edition", "key_set", "demo", "target")
        nested = ("findings", "checks", "error")
        names = sorted(told)
        return (
            names,
            {each: told[each] for each in kept if each in told},
            [skeleton(told.get(each)) for each in nested],
        )
    return [skeleton(each) for each in told] if isinstance(told, list) else None


def test_asked_for_english_mistakes_are_told_in_english(kept: Kept, tmp_path: Path) -> None:
    document = str(kept.documents / "lembar.pdf")
    for words_, said in (
        (offline(kept), "Name what is to be checked"),
        (("--dari", str(kept.folder), document), "Name the site whose files"),
        ((*offline(kept), "--akar", document, document), "is neither public.json"),
        ((*offline(kept), "--kunci", "/tidak/ada", document), "neither a saved key set"),
        ((*offline(kept), str(tmp_path / "tidak-ada.pdf")), "there is no file of that name"),
        (("--dari", str(kept.folder), "--situs", "https://lain.example", document), "Check --situs"),
        (("--dari", kept.origin, "--simpan", str(kept.folder)), "Try again"),
    ):
        answer = ask(*words_, "--lang", "en")
        assert answer.exit_code in (1, 2) and said in answer.output, answer.output
