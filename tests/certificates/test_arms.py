"""The city's arms: which files documents can bear, what is told of the others, and what documents get."""

from __future__ import annotations

import io
import random
import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from pakta import config as configuration
from pakta.certificates import arms, card, service, sheet
from pakta.config import Config, ConfigError
from pakta.core import number
from pakta.database import db
from pakta.factory import create_app
from tests import documents
from tests.certificates.cases import SVG
from tests.people import City

SHIELD = b'<path d="M10 10H190V120C190 180 150 215 100 235C50 215 10 180 10 120Z" fill="#2d5f8b"/>'


def svg(inside: bytes = SHIELD, *, before: bytes = b"", attributes: bytes = b"") -> bytes:
    """Return a drawing with these elements."""
    return (
        before + b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        b'viewBox="0 0 200 240" ' + attributes + b">" + inside + b"</svg>"
    )


def png(width: int = 400, height: int = 480, *, colour: str = "#2d5f8b", **saved: object) -> bytes:
    """Return a shield of one colour on nothing."""
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((0, 0, width - 1, height - 1), fill=colour)
    out = io.BytesIO()
    picture.save(out, "PNG", **saved)
    return out.getvalue()


def noise() -> bytes:
    """Return a picture in which no two neighbours are alike."""
    out = io.BytesIO()
    Image.frombytes("RGB", (600, 600), random.Random(1).randbytes(3 * 600 * 600)).save(out, "PNG", compress_level=1)
    return out.getvalue()


BOMB = (
    b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(8))
    + b"]>"
)
REFUSED: Mapping[str, tuple[bytes, str]] = {
    "empty": (b"", "harus PNG atau SVG"),
    "a-jpeg": (b"\xff\xd8\xff\xe0" + bytes(200), "harus PNG atau SVG"),
    "a-pdf": (b"%PDF-1.7 " + bytes(200), "harus PNG atau SVG"),
    "too-many-bytes": (png() + bytes(configuration.ARMS_LARGEST), "lebih besar dari 2 MB"),
    "a-cut-png": (png()[:-400], "bukan PNG yang utuh"),
    "only-the-beginning-of-a-png": (png()[:20], "bukan PNG yang utuh"),
    "too-few-pixels": (png(90, 108), "90 x 108 piksel"),
    "too-many-pixels": (png(4100, 4100), "4100 x 4100 piksel"),
    "a-stripe": (png(600, 100), "terlalu pipih"),
    "too-pale": (png(colour="#f5e9a0"), "terlalu pucat"),
    "nothing-at-all": (svg(b"<g/>"), "terlalu pucat"),
    "too-complicated": (noise(), "terlalu rumit untuk dokumen kecil"),
    "a-cut-svg": (svg()[:-6], "bukan SVG yang utuh"),
    "no-drawing": (b"<html><svg>" + SHIELD + b"</svg></html>", "bukan SVG yang dapat digambar"),
    "a-script": (svg(b"<script>1</script>" + SHIELD), "skrip, animasi atau rujukan ke luar"),
    "a-script-in-capitals": (svg(b"<SCRIPT>1</SCRIPT>" + SHIELD), "skrip, animasi atau rujukan ke luar"),
    "an-event": (svg(SHIELD, attributes=b'onload="1"'), "skrip, animasi atau rujukan ke luar"),
    "a-picture-from-elsewhere": (svg(SHIELD + b'<image href="https://x.example/a.png"/>'), "rujukan ke luar"),
    "a-file-from-elsewhere": (svg(SHIELD + b'<image xlink:href="../private/issuer.pem"/>'), "rujukan ke luar"),
    "a-script-as-an-address": (svg(b'<a href="javascript:1">' + SHIELD + b"</a>"), "rujukan ke luar"),
    "a-drawing-in-a-drawing": (svg(SHIELD + b'<image href="data:image/svg+xml;base64,AAAA"/>'), "rujukan ke luar"),
    "a-style-from-elsewhere": (svg(b"<style>@import 'x.css';</style>" + SHIELD), "rujukan ke luar"),
    "a-fill-from-elsewhere": (svg(b'<rect style="fill:url(https://x.example/#a)"/>' + SHIELD), "rujukan ke luar"),
    "another-page": (svg(b"<foreignObject/>" + SHIELD), "rujukan ke luar"),
    "an-animation": (svg(b"<animate/>" + SHIELD), "animasi"),
    "entities-in-entities": (svg(b"<desc>&i;</desc>" + SHIELD, before=BOMB), "ENTITY atau terlalu rumit"),
    "too-many-elements": (svg(SHIELD + b"<g/>" * 50_000), "terlalu rumit"),
    "clones-of-clones": (
        svg(SHIELD + b'<g id="a"><path d="M0 0h9v9z"/></g><g id="b"><use href="#a"/></g><use xlink:href="#b"/>'),
        "klon di dalam klon",
    ),
    "words": (svg(SHIELD + b'<text x="9" y="9">KOTA</text>'), "memuat tulisan"),
}  # fmt: skip
BORNE: Mapping[str, bytes] = {
    "svg": SVG,
    "svg-with-a-doctype": svg(before=b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">'),
    "svg-with-a-gradient": svg(
        b'<defs><linearGradient id="a"><stop stop-color="#123"/></linearGradient></defs>'
        b'<rect width="200" height="240" fill="url(#a)"/><g id="b">' + SHIELD + b'</g><use xlink:href="#b"/>'
    ),
    "svg-with-letters-in-its-notes": svg("<desc>Lambang Ḥ ꦱ</desc>".encode() + SHIELD),
    "png": png(),
    "large-png": png(3000, 3600),
    "png-with-notes": png(pnginfo=PngInfo()),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_no_document_can_bear_is_refused_with_what_to_do(name: str) -> None:
    content, said = REFUSED[name]
    with pytest.raises(ConfigError, match=re.escape(said)) as refused:
        arms.prepared(content)
    assert str(refused.value).startswith("PAKTA_ARMS: ")


@pytest.mark.parametrize("name", BORNE)
def test_a_file_that_documents_can_bear_becomes_a_small_picture_over_white(name: str) -> None:
    made = arms.prepared(BORNE[name])
    with Image.open(io.BytesIO(made.png)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (made.width, made.height))
        assert max(picture.size) == arms.SIDES[0]
        assert picture.info == {}
        assert len(zlib.compress(picture.tobytes())) <= arms.HEAVIEST
        assert abs(made.width / made.height - 200 / 240) < 0.01


def test_a_busy_picture_becomes_a_smaller_one_rather_than_a_heavy_one() -> None:
    grain = random.Random(2)
    picture = Image.open(io.BytesIO(png(800, 960))).convert("RGB")
    for _ in range(9_000):
        at = grain.randrange(800), grain.randrange(960)
        picture.putpixel(at, (grain.randrange(90), grain.randrange(256), 40))
    out = io.BytesIO()
    picture.save(out, "PNG")
    made = arms.prepared(out.getvalue())
    assert made.height < arms.SIDES[0]


def started(app: Flask, content: bytes | None) -> Flask:
    """Start again with these arms."""
    wired = app.extensions["pakta"]
    return create_app(replace(wired.config, arms=content), keys=wired.keyring)


def test_a_bad_file_stops_the_start_and_not_the_first_download(app: Flask) -> None:
    with pytest.raises(ConfigError, match="terlalu pucat"):
        started(app, REFUSED["too-pale"][0])
    found: Config = started(app, SVG).extensions["pakta"].config
    assert arms.of(found) is not None
    assert arms.of(replace(found, arms=None)) is None


def test_the_setting_names_a_file_and_says_where_it_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "lambang.svg").write_bytes(SVG)
    assert configuration.from_environment({"PAKTA_ARMS": str(tmp_path / "lambang.svg")}).arms == SVG
    assert configuration.from_environment({}).arms is None
    with pytest.raises(ConfigError, match=r"PAKTA_ARMS: berkas .*tidak dapat dibaca"):
        configuration.from_environment({"PAKTA_ARMS": str(tmp_path / "lain.svg")})


def test_documents_with_and_without_arms_are_made_side_by_side_and_always_the_same() -> None:
    drawn = arms.prepared(SVG)
    bare, borne = documents.facts(), replace(documents.facts(), arms=drawn)
    borne = replace(borne, address=bare.address)
    first = [documents.unsealed(each) for each in (bare, borne)]
    assert [documents.unsealed(each) for each in (borne, bare)] == first[::-1]
    assert first[0] != first[1]
    facts = documents.card_facts()
    plain = card.render(facts)
    assert card.render(replace(facts, arms=drawn)) != plain
    assert card.render(facts) == plain


def test_the_arms_on_the_page_stay_dark_enough_on_a_black_and_white_copy(tmp_path: Path) -> None:
    facts = replace(documents.facts(), arms=arms.prepared(SVG))
    page = documents.pages(sheet.render(facts, attachments={}, document_date=documents.NOW), tmp_path, dpi=100)[0]
    with Image.open(page) as seen:
        around = seen.convert("L").crop((seen.width // 2 - 40, 75, seen.width // 2 + 40, 150))
    dark = sum(value < 128 for value in around.tobytes())
    assert dark > 0.2 * around.width * around.height


def test_the_lembar_and_the_card_that_an_owner_downloads_bear_the_arms(app: Flask, tmp_path: Path) -> None:
    city = City(started(app, SVG)).build(signed=["siti"])
    with city.app.app_context():
        row = service.of_person(db.session(), person_id=city.person("siti").id)[0]
        where = f"/sertifikat/{number.spoken(row.number)}"
    sealed = city.visitor("siti").get(f"{where}/lembar.pdf").data
    assert b"/Alt(Lambang Kota Mojokerto)" in sealed
    assert len(sealed) <= 150_000
    shared = city.visitor("siti").get(f"{where}/kartu.png").data
    with Image.open(io.BytesIO(shared)) as picture:
        assert picture.convert("RGB").getpixel((96, 20)) > (250, 250, 250)  # the white that the arms stand on
    assert documents.read_by_zbar(shared, tmp_path) != []
