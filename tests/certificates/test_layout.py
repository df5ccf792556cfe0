"""How the documents look: nothing runs over or into anything, all is read in order, and it survives a bad copier."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from pakta.certificates import card, qr, sheet, typesetting
from tests import documents
from tests.certificates.cases import CITY, HOST, Case, cases

CASES = cases()
NAMES = list(CASES)
MM = 72 / 25.4
FRAME = (15 * MM, 15 * MM, 195 * MM, 282 * MM)  # the inner rule, and a little air
Box = tuple[float, float, float, float]  # left, top, right, bottom, in points
Word = tuple[str, Box]


def page_of(case: Case) -> bytes:
    """Return the lembar or the berkas bukti of a case."""
    return sheet.render(case.page, attachments=case.attached, document_date=documents.NOW)


def words_on(pdf: bytes, folder: Path, *, marked: bool = False) -> list[Word]:
    """Return each word with the box of its letters, where `marked` without the large letters behind the page."""
    (folder / "boxes.pdf").write_bytes(pdf)
    told = re.sub(r"<!DOCTYPE[^>]*>", "", documents.run("pdftotext", "-bbox", folder / "boxes.pdf", "-"))
    found = []
    for each in ElementTree.fromstring(told).iter("{http://www.w3.org/1999/xhtml}word"):
        left, top, right, bottom = (float(each.attrib[name]) for name in ("xMin", "yMin", "xMax", "yMax"))
        if not (marked and bottom - top > 60):
            found.append((each.text or "", (left, top, right, bottom)))
    return found


def outside(words: list[Word], frame: Box) -> list[str]:
    """Return the words that leave a frame."""
    return [
        text
        for text, (left, top, right, bottom) in words
        if left < frame[0] or top < frame[1] or right > frame[2] or bottom > frame[3]
    ]


def colliding(words: list[Word], others: list[Box]) -> list[str]:
    """Return the words whose letters touch those of another word, or one of the other boxes."""
    slim = [(text, _letters(box)) for text, box in words]
    found = [f"{text} / {other}" for at, (text, box) in enumerate(slim) for other, b in slim[:at] if _touch(box, b)]
    return found + [text for text, box in slim for other_box in others if _touch(box, other_box)]


def _letters(box: Box) -> Box:
    """Return the box without the room that a typeface keeps above and below its letters."""
    left, top, right, bottom = box
    high = bottom - top
    return left + 0.1, top + 0.24 * high, right - 0.1, bottom - 0.12 * high


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def qr_of(facts: sheet.SheetFacts) -> Box:
    """Return where the QR must stand on the page: whole dots of 300 an inch from the left and from the top."""
    modules, dot = len(qr.matrix(facts.address)), 72 / 300
    side = sheet._side(facts.address)
    left, top = 236 * dot, (841.89 - 18.5 * MM - 5.6 * MM - side) // dot * dot
    assert (side / dot / modules) % 1 < 1e-9
    return left, top, left + side, top + side


def one_line(words: str) -> str:
    """Return words without spaces and breaks, wherever a line was broken."""
    return "".join(words.split()).replace("\u200b", "")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_the_page_runs_over_or_into_anything(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    pdf = page_of(case)
    words = words_on(pdf, tmp_path, marked=CASES[name].page.demo)
    assert outside(words, FRAME) == []
    assert colliding(words, [qr_of(case.page)]) == []
    assert len(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Kids"]) == 1
    assert len(pdf) <= 110_000  # 150,000 sealed: a seal with time stamps and their chains adds up to 40,000


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_the_facts_is_on_the_page_in_full(name: str, tmp_path: Path) -> None:
    facts = CASES[name].page
    printed = one_line(documents.words_of(page_of(CASES[name]), tmp_path))
    told = [CASES[name].name, *facts.lines, *facts.clauses, *(f"{label}" for label, _ in facts.facts), facts.number]
    assert [each for each in told if one_line(each).upper() not in printed.upper()] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_the_card_runs_over_or_into_anything(name: str, tmp_path: Path) -> None:
    facts = CASES[name].card
    side, top = card.place(facts.address)
    drawing = facts.arms.png if facts.arms else None
    data = card._data(facts, side=side, top=top)
    words = words_on(typesetting.pdf(card.SOURCE, data, date=documents.NOW, arms=drawing), tmp_path)
    left = (card.WIDTH - side) / 2
    assert outside(words, (50, 4, 1030, 1340)) == []
    assert colliding(words, [(left, top, left + side, top + side)]) == []
    assert one_line(facts.who) in one_line(" ".join(text for text, _ in words))


@pytest.mark.parametrize("name", NAMES)
def test_the_card_is_small_enough_to_send_and_its_qr_is_read(name: str, tmp_path: Path) -> None:
    made = card.render(CASES[name].card)
    assert len(made) <= 300_000
    with Image.open(io.BytesIO(made)) as picture:
        copied = picture.convert("L").resize((810, 1013)).point(lambda value: 255 if value > 128 else 0)
    copied.save(tmp_path / "copied.png")
    assert documents.read_by_zxing(tmp_path / "copied.png") == [CASES[name].card.address]


def test_the_measure_finds_what_runs_over_and_what_collides(tmp_path: Path) -> None:
    words = words_on(page_of(CASES["asn-2026"]), tmp_path)
    text, (left, top, right, bottom) = words[0]
    assert outside([(text, (left, top, 600.0, bottom))], FRAME) == [text]
    assert colliding([*words, ("lain", (left + 1, top + 1, right, bottom))], []) != []
    assert colliding(words, [(left, top, right, bottom)]) == [text]


@pytest.mark.parametrize("dpi", [300, 600])
@pytest.mark.parametrize("name", ["asn-2026", "everything"])
def test_each_module_of_the_printed_qr_is_as_many_whole_dots(name: str, dpi: int, tmp_path: Path) -> None:
    facts = CASES[name].page
    rows = qr.matrix(facts.address)
    with printed_qr(page_of(CASES[name]), qr_of(facts), dpi, tmp_path) as printed:
        assert printed.width % len(rows) == 0
        assert set(printed.tobytes()) == {0, 255}  # no dot is half black
        small = printed.resize((len(rows), len(rows)), Image.Resampling.NEAREST)
        assert small.resize(printed.size, Image.Resampling.NEAREST).tobytes() == printed.tobytes()
    assert [value == 0 for value in small.tobytes()] == [dark for row in rows for dark in row]


def test_a_qr_of_exactly_forty_millimetres_would_have_half_black_dots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "_side", lambda _address: 40 * MM)
    where = (236 * 0.24, 640.0, 236 * 0.24 + 30 * MM, 640.0 + 30 * MM)
    with printed_qr(page_of(CASES["asn-2026"]), where, 300, tmp_path) as printed:
        assert len(set(printed.tobytes())) > 2


def printed_qr(pdf: bytes, where: Box, dpi: int, folder: Path) -> Image.Image:
    """Return a part of the page in grey, as it is printed at so many dots an inch."""
    (folder / "page.pdf").write_bytes(pdf)
    left, top, right, bottom = (round(each / 72 * dpi) for each in where)
    part = zip(("-x", "-y", "-W", "-H"), map(str, (left, top, right - left, bottom - top)), strict=True)
    words = ("-r", str(dpi), "-gray", "-png", "-singlefile", *(word for pair in part for word in pair))
    documents.run("pdftocairo", *words, folder / "page.pdf", folder / "qr")
    with Image.open(folder / "qr.png") as picture:
        return picture.convert("L")


@pytest.mark.parametrize("name", ["arms", "everything", "tni-2026-nameless"])
def test_every_word_stands_out_in_grey_also_over_the_mark_of_an_example(name: str, tmp_path: Path) -> None:
    pdf = page_of(CASES[name])
    words = words_on(pdf, tmp_path, marked=CASES[name].page.demo)
    (tmp_path / "page.pdf").write_bytes(pdf)
    documents.run("pdftoppm", "-r", "200", "-gray", "-singlefile", tmp_path / "page.pdf", tmp_path / "grey")
    with Image.open(tmp_path / "grey.pgm") as grey:
        weak = {text: contrast(grey, box) for text, box in words if contrast(grey, box) < 4.5}
    assert weak == {}


def test_pale_letters_would_be_found() -> None:
    for ink, weak in ((200, True), (110, False)):
        grey = Image.new("L", (200, 100), 255)
        grey.paste(ink, (50, 40, 60, 60))
        assert (contrast(grey, (7.2, 7.2, 64.8, 28.8)) < 4.5) is weak


def contrast(grey: Image.Image, box: Box) -> float:
    """Return how much the letters in a box stand out, as WCAG counts it, from what they stand on."""
    values = grey.crop(tuple(int(each / 72 * 200) for each in box)).tobytes()  # type: ignore[arg-type]
    ground = max(set(values), key=values.count)
    low, high = sorted((_luminance(min(values)), _luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def _luminance(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("name", ["everything", "asn-2026"])
def test_both_readers_read_the_qr_off_a_bad_copy_and_a_slanted_photo(name: str, tmp_path: Path) -> None:
    facts = CASES[name].page
    (tmp_path / "page.pdf").write_bytes(page_of(CASES[name]))
    foot = ("-r", "200", "-y", "1500", "-gray", "-singlefile")
    documents.run("pdftoppm", *foot, tmp_path / "page.pdf", tmp_path / "foot")
    with Image.open(tmp_path / "foot.pgm") as image:
        copied = image.rotate(1.2, Image.Resampling.BICUBIC, fillcolor=255)
        copied.point(lambda value: 255 if value > 140 else 0).save(tmp_path / "copy.png")
        image.rotate(-2, Image.Resampling.BICUBIC, fillcolor=255).save(tmp_path / "photo.jpg", quality=40)
    for bad in ("copy.png", "photo.jpg"):
        assert documents.read_by_zxing(tmp_path / bad) == [facts.address]
        assert documents.read_by_zbar(tmp_path / bad, tmp_path) == [facts.address]


def test_a_screen_reader_hears_everything_in_the_order_of_the_page(tmp_path: Path) -> None:
    case = CASES["everything"]
    facts, path = case.page, tmp_path / "page.pdf"
    path.write_bytes(page_of(case))
    lines = [line.strip() for line in documents.run("pdfinfo", "-struct-text", path).splitlines()]
    heard = one_line("".join(line[1:-1] for line in lines if line.startswith('"')))
    order = [
        *("CONTOH, bukan dokumen resmi.", CITY, facts.title, "ditandatangani oleh", case.name, *facts.lines),
        *(facts.opening, *facts.clauses, facts.closing, "Dasar hukum", "Berkas bukti, bukan untuk dibagikan."),
        *(word for pair in facts.facts for word in pair),
        *(facts.legal, sheet.CHECKING, facts.number, HOST),
    ]
    told = 0
    for each in order:
        assert one_line(each) in heard[told:]
        told = heard.index(one_line(each), told) + len(one_line(each))
    assert told == len(heard)


def test_a_screen_reader_is_told_title_heading_list_and_pictures() -> None:
    tags = list(structure(page_of(CASES["arms"])))
    kinds = [tag for tag, _alt in tags]
    assert kinds.count("H1") == 1
    assert kinds.count("LI") == len(CASES["arms"].page.clauses) + len(CASES["arms"].page.facts) + 1
    assert [alt for tag, alt in tags if tag == "Figure"] == [
        f"Lambang {documents.CITY}",
        f"QR untuk memeriksa sertifikat {documents.NUMBER}",
    ]
    assert [alt for tag, alt in structure(page_of(CASES["asn-2026"])) if tag == "Figure"] == [
        f"QR untuk memeriksa sertifikat {documents.NUMBER}"
    ]


def structure(pdf: bytes) -> Iterator[tuple[str, str]]:
    """Yield the tag and the alternative text of each element, as they are read."""
    root = PdfFileReader(io.BytesIO(pdf)).root
    assert root["/MarkInfo"]["/Marked"]
    yield from _walk(root["/StructTreeRoot"])


def _walk(element: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if "/S" in element:
        yield str(element["/S"])[1:], str(element.get("/Alt", ""))
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        found = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(found, Mapping):
            yield from _walk(found)


def test_a_larger_office_makes_the_text_smaller_and_never_the_page_two(tmp_path: Path) -> None:
    heights = []
    for name in ("asn-2026", "long-office"):
        words = words_on(page_of(CASES[name]), tmp_path)
        heights.append(next(bottom - top for text, (_, top, _, bottom) in words if text == "bersikap"))
    assert all(one >= other for one, other in pairwise(heights))
