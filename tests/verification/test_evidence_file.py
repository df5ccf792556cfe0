"""An evidence file by itself: whose name it proves, and what a forged one can do to whoever looks at it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pakta.commands import auditor
from pakta.core import canonical, evidence, ledgerentry, merkle, signature, statement
from pakta.core.evidence import Method
from pakta.core.ledgerentry import EntryKind
from pakta.core.statement import Signer
from pakta.demonstration.authenticator import SoftwareDeviceKey
from pakta.verification import auditing, savedfiles
from pakta.verification.auditing import Wishes
from pakta.verification.savedfiles import Saved
from pakta.verification.telling import Outcome
from pakta.web import language
from tests.verification.paper import NOW, ORIGIN, City

EVIL = "Siti\x1b[2J\x1b[HSAH\nSiti Lestari\x9b8m\u202e\u2028\u200f"


def evidence_of(name: str, *, way: str = "slip", index: int = 5000) -> tuple[bytes, bytes]:
    """Return the evidence of somebody who signs with a key of their own, and its enrolment record."""
    key = SoftwareDeviceKey()
    thumb = signature.thumbprint(key.jwk)
    signer = Signer(kind="pns", number="1", name=name, rank="", position="", unit="", institution="")
    stated = statement.make(
        edition="ASN-2026", title="x", text_sha256="0" * 64, signer=signer, acknowledged=("a",), key=thumb, place="x",
        prepared_at=NOW,
    )  # fmt: skip
    record = evidence.make_enrolment(number="1", key=thumb, way=way, earlier=None)
    made = evidence.make(
        statement=stated, method=Method.DEVICE, jwk=key.jwk, enrolment_record=record, enrolment_index=index,
        proof={"signature": canonical.base64url(key.sign(stated))},
    )  # fmt: skip
    return made, record


def saved(tmp_path: Path, made: bytes, *entries: bytes) -> tuple[City, Path, Path]:
    """Return a city with these entries, its files in a folder, and the evidence in a file beside it."""
    tmp_path.mkdir(exist_ok=True)
    city, folder, path = City(), tmp_path / "situs", tmp_path / "evidence.json"
    city.pad(1)
    city.entries += entries
    path.write_bytes(made)
    leaves = b"".join(map(merkle.leaf_hash, city.entries))
    for where, content in (
        (savedfiles.KEYS, city.key_set()),
        (savedfiles.HEAD, city.checkpoint()),
        (savedfiles.tile_path(0, 0, len(city.entries)), leaves),
    ):
        savedfiles.write(folder, where, content)
    savedfiles.write_site(folder, Saved(ORIGIN, NOW, False, 0, 0))
    return city, folder, path


def verify(path: Path, folder: Path) -> Outcome:
    """Judge a file by the folder."""
    return auditing.verify(str(path), source=str(folder), site=ORIGIN, wishes=Wishes(), now=NOW)


def test_a_forged_file_writes_nothing_on_the_screen_and_proves_no_name(tmp_path: Path) -> None:
    _, folder, made = saved(tmp_path, evidence_of(EVIL)[0])
    path = made.rename(tmp_path / "jahat\x1b[2J\u202e.json")
    outcome = verify(path, folder)
    said = "".join(outcome.lines)
    assert said.isprintable() and not any("[ya]" in line for line in outcome.lines)
    assert "Berkas ini mengaku dari Siti\ufffd[2J\ufffd[HSAH\ufffdSiti Lestari" in said
    offline = ("--dari", str(folder), "--situs", ORIGIN)
    shown = CliRunner().invoke(auditor.main, (*offline, str(path), str(path))).stdout
    assert "\ufffd" in shown and shown.replace("\n", "").isprintable()
    (line,) = CliRunner().invoke(auditor.main, (*offline, "--json", str(path))).stdout.splitlines()
    told = json.loads(line)
    assert line.isprintable() and told["target"].isprintable()
    assert told["findings"][0]["checks"][0]["text"].isprintable()


@pytest.mark.parametrize("name", ["Hari", "Pakta", "Nama"])
def test_in_english_a_name_that_is_also_a_word_stays_a_name(tmp_path: Path, name: str) -> None:
    _, folder, path = saved(tmp_path, evidence_of(name)[0])
    assert name in language.english().catalogue
    outcome = auditing.verify(
        str(path), source=str(folder), site=ORIGIN, wishes=Wishes(), now=NOW, spoken=language.english()
    )
    assert f"This file claims to be from {name}, pact ASN-2026" in "".join(outcome.lines)


@pytest.mark.parametrize("way", ["slip", "recovery"])
def test_an_enrolment_counts_by_its_own_kind_a_signed_key_set_and_a_signed_head(tmp_path: Path, way: str) -> None:
    made, record = evidence_of("Siti Lestari", way=way, index=1)
    kind = EntryKind.KEY_RECOVERED if way == "recovery" else EntryKind.KEY_ENROLLED
    city, folder, path = saved(tmp_path, made, ledgerentry.entry(kind, record))
    lines = verify(path, folder).lines
    assert "[ya] Tanda tangannya cocok dengan kunci yang terdaftar" in lines[2] and "Siti" not in lines[2]
    assert "[ya] Kuncinya terdaftar di buku catatan" in lines[3]
    assert "[belum] Berkas ini mengaku dari Siti Lestari" in lines[4]
    for where, content in (
        (savedfiles.HEAD, City(entries=city.entries).checkpoint()),
        (savedfiles.KEYS, city.key_set().replace(b'"version":3', b'"version":4')),
    ):
        before = savedfiles.read(folder, where)
        savedfiles.write(folder, where, content)
        lines = verify(path, folder).lines
        assert not any("[ya]" in line for line in lines) and "belum diperiksa (" in lines[3]
        savedfiles.write(folder, where, before)
    other = EntryKind.KEY_ENROLLED if way == "recovery" else EntryKind.KEY_RECOVERED
    _, folder, path = saved(tmp_path / "lain", made, ledgerentry.entry(other, record))
    assert "ENROLMENT_DIFFERS" in verify(path, folder).lines[1]


def test_a_changed_evidence_file_is_called_one(tmp_path: Path) -> None:
    content, _ = evidence_of("Siti Lestari")
    _, folder, path = saved(tmp_path, content)
    assert "EVIDENCE_ALONE" in verify(path, folder).lines[1]
    for changed in (json.dumps(json.loads(content), indent=1).encode(), content[:-5]):
        path.write_bytes(changed)
        assert "EVIDENCE_MALFORMED" in verify(path, folder).lines[0]
    path.write_bytes(b'{"sertifikat": "tidak ada"}')
    assert "IMAGE_FORMAT" in verify(path, folder).lines[0]
