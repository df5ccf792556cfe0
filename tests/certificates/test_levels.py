"""The level of a document stands in its own text and metadata, and is never silently lower than it was to be."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy import select

from pakta.certificates import filing, sealing, service
from pakta.certificates.models import Document
from pakta.config import Timestamps
from pakta.database import db
from pakta.health import service as health
from pakta.timestamps import authority as client
from pakta.timestamps.authority import Trouble
from pakta.timestamps.level import Level
from pakta.verification import pdf
from pakta.web import clock, display
from tests import documents
from tests.attacks.test_attacks import by_command, by_page
from tests.people import City
from tests.timestamping.authority import Authority
from tests.timestamping.fixtures import authority as authority
from tests.timestamping.fixtures import running as running
from tests.verification import lasting


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Give the small city, in which siti and joko have signed."""
    yield City(app).build(signed=["siti", "joko"])


def stamping(city: City, settings: Timestamps | None) -> None:
    """Let the city's service start with these settings."""
    wired = city.wired
    city.app.extensions["pakta"] = replace(wired, config=replace(wired.config, timestamps=settings))


def file_of(city: City, who: str, kind: str = "lembar") -> bytes:
    """Return a person's file."""
    with city.app.app_context():
        row = service.of_person(db.session(), person_id=city.person(who).id)[0]
        return filing.file_of(
            row, kind=kind, display=display.moment, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip


def said_in(content: bytes, folder: Path) -> tuple[str, str, str]:
    """Return the text of a file, its description, and the reason that its seal gives."""
    reader = PdfFileReader(io.BytesIO(content))
    description = reader.root["/Metadata"].data.decode()
    return documents.words_of(content, folder), description, reader.embedded_signatures[0].sig_object["/Reason"]


def level_of(city: City, content: bytes) -> Level:
    """Return the level that our verification finds."""
    config, seal = city.wired.config, city.wired.keyring.seal
    return pdf.read(content, trust_roots=seal.roots, authorities=config.authorities).level


@pytest.mark.parametrize(("archive", "level"), [(None, Level.B_B), (False, Level.B_T), (True, Level.B_LTA)])
def test_the_level_that_is_configured_is_reached_and_said(
    city: City, authority: Authority, archive: bool | None, level: Level, tmp_path: Path
) -> None:
    stamping(city, None if archive is None else authority.settings(archive=archive))
    for kind, who in (("lembar", authority.settings().host), ("berkas", authority.name)):
        content = file_of(city, "siti", kind)
        assert level_of(city, content) is level
        text, description, reason = said_in(content, tmp_path)
        assert f"PAdES {level}" in text
        assert f"PAdES {level}" in description
        assert reason.endswith(f"PAdES {level}")
        assert (f"bercap waktu dari {who}" in text) is (level is not Level.B_B)
    assert authority.asked == 2 * list(Level).index(level)


def test_an_authority_that_stamps_under_another_name_by_now_is_called_by_its_host(
    city: City, authority: Authority, tmp_path: Path
) -> None:
    """The text is set before the timestamp is there: it must not name another than the one that stamped."""
    other = Authority(tmp_path, name="Otoritas Kedua")
    stamping(city, Timestamps(authority.url, (authority.root, other.root)))
    file_of(city, "siti")
    authority.answer = other.good
    first, second = (said_in(file_of(city, who), tmp_path)[0] for who in ("siti", "joko"))
    assert f"bercap waktu dari {authority.settings().host}" in first
    assert f"bercap waktu dari {authority.settings().host}" in second
    assert f"bercap waktu dari {other.name}" in said_in(file_of(city, "joko", "berkas"), tmp_path)[0]


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize(
    ("way", "trouble"),
    [
        ("closed", Trouble.SILENT),
        ("rejects", Trouble.REFUSED),
        ("garbage", Trouble.GARBLED),
        ("of_another_digest", Trouble.UNTRUSTED),
        ("without_nonce", Trouble.UNTRUSTED),
    ],
)
def test_where_the_authority_fails_the_document_says_that_it_is_lower(
    city: City, authority: Authority, archive: bool, way: str, trouble: Trouble, tmp_path: Path
) -> None:
    stamping(city, authority.settings(archive=archive))
    authority.answer = getattr(authority, way)
    content = file_of(city, "siti")
    assert level_of(city, content) is Level.B_B
    text, description, reason = said_in(content, tmp_path)
    told = f"PAdES B-B, tanpa cap waktu: {sealing.WITHOUT[trouble]}"
    assert told in text
    assert told in description
    assert reason.endswith("PAdES B-B")
    assert "PAdES B-T" not in text + description + reason
    (tmp_path / "lower.pdf").write_bytes(content)
    assert "Signature is Valid" in documents.run("pdfsig", tmp_path / "lower.pdf")


def test_an_authority_that_fails_at_the_second_timestamp_leaves_no_half(
    city: City, authority: Authority, tmp_path: Path
) -> None:
    stamping(city, authority.settings(archive=True))
    authority.answer = lambda query: authority.good(query) if authority.asked == 1 else authority.closed(query)
    content = file_of(city, "siti")
    assert level_of(city, content) is Level.B_B
    assert "B-LTA" not in "".join(said_in(content, tmp_path))
    assert authority.asked == 2


def test_after_a_failure_the_next_documents_do_not_wait_and_say_so_too(
    city: City, authority: Authority, tmp_path: Path
) -> None:
    stamping(city, authority.settings())
    authority.answer = authority.closed
    file_of(city, "siti")
    authority.answer = authority.good
    assert sealing.WITHOUT[Trouble.SILENT] in said_in(file_of(city, "joko"), tmp_path)[0]
    assert authority.asked == 1
    client.forget()
    assert level_of(city, file_of(city, "joko", "berkas")) is Level.B_T


def test_command_and_page_say_one_word_of_an_authority_that_is_not_known_and_of_a_timestamp_that_is_gone(
    city: City, authority: Authority, tmp_path: Path
) -> None:
    stamping(city, authority.settings(archive=True))
    content = file_of(city, "siti")
    assert "Cap waktu: segel sudah ada" in said_by_both(city, content, tmp_path, good=True)
    assert "[TIDAK] Segel menyatakan" in said_by_both(city, lasting.cut(content), tmp_path, good=False)
    stamping(city, Timestamps("", (Authority(tmp_path).root,)))
    said = said_by_both(city, content, tmp_path, good=True)
    assert said.count("[belum] Cap waktu") == 2
    assert "tidak dikenal di sini" in said and "diubah" not in said and "[TIDAK]" not in said


def said_by_both(city: City, content: bytes, folder: Path, *, good: bool) -> str:
    """Return what the command says of a file, on which the page agrees, and so do word and exit code."""
    (folder / "said.pdf").write_bytes(content)
    outcome, page = by_command(city, folder / "said.pdf"), by_page(city, content)
    assert (outcome.lines[0], outcome.good) == ("SAH" if good else "TIDAK DIKENAL", good)
    assert f">{outcome.lines[0]}<" in re.sub(r"\s*([<>])\s*", r"\1", page)
    told = [line.split("] ", 1)[1] for line in outcome.lines if "] Cap waktu" in line or "] Segel" in line]
    assert told and all(each in page for each in told)
    return "\n".join(outcome.lines)


def test_roots_without_an_authority_judge_and_ask_nobody(city: City, authority: Authority) -> None:
    stamping(city, replace(authority.settings(), url=""))
    assert level_of(city, file_of(city, "siti")) is Level.B_B
    assert authority.asked == 0


def test_a_seal_without_a_list_reaches_b_t_and_says_that(city: City, authority: Authority, tmp_path: Path) -> None:
    stamping(city, authority.settings(archive=True))
    wired = city.wired
    keyring = replace(wired.keyring, seal=replace(wired.keyring.seal, crls={}))
    city.app.extensions["pakta"] = replace(wired, keyring=keyring)
    content = file_of(city, "siti")
    assert level_of(city, content) is Level.B_T
    assert "PAdES B-T" in said_in(content, tmp_path)[0]
    assert checks(city)["cap-waktu"] == "perhatian"


def checks(city: City) -> dict[str, str]:
    """Return what /kesehatan.json says."""
    told: dict[str, str] = city.visitor().get("/kesehatan.json").get_json()["checks"]
    return told


def test_the_health_page_blames_no_authority_that_was_not_there_when_the_last_file_was_sealed(
    city: City, authority: Authority
) -> None:
    file_of(city, "siti")
    stamping(city, authority.settings())
    page = city.visitor().get("/kesehatan").text
    assert "tanpa cap waktu: waktu itu otoritas waktu belum dipasang, atau tidak dapat dipakai" in page
    file_of(city, "joko")
    stamping(city, authority.settings(archive=True))
    assert "bukan B-LTA: waktu itu B-LTA belum diminta, atau" in city.visitor().get("/kesehatan").text


def test_the_health_page_says_whether_documents_get_their_timestamps(
    city: City, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "cap-waktu" not in checks(city)
    stamping(city, authority.settings())
    assert checks(city)["cap-waktu"] == "baik"
    authority.answer = authority.closed
    file_of(city, "siti")
    assert checks(city)["cap-waktu"] == "perhatian"
    page = city.visitor().get("/kesehatan").text
    assert "tanpa cap waktu" in page
    assert "1 berkas tersimpan di bawah PAdES B-T" in page
    client.forget()
    authority.answer = authority.good
    file_of(city, "joko")
    file_of(city, "joko", "kartu")
    assert checks(city)["cap-waktu"] == "baik"
    assert "1 berkas tersimpan di bawah PAdES B-T" in city.visitor().get("/kesehatan").text
    stamping(city, authority.settings(archive=True))
    assert "2 berkas tersimpan di bawah PAdES B-LTA" in city.visitor().get("/kesehatan").text
    monkeypatch.setattr(health, "COUNTED", 1)
    assert "Lebih dari 1 berkas tersimpan" in city.visitor().get("/kesehatan").text
    with city.app.app_context():
        levels = db.session().execute(select(Document.level).order_by(Document.made_at)).scalars().all()
    assert levels == ["B-B", "B-T", None]
