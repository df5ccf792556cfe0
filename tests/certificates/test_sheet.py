"""The lembar and the berkas bukti: what stands on them, what is attached, and that they can be read and checked."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from pakta.certificates import sheet
from pakta.config import ROOT
from pakta.core.errors import Reason, Refusal
from tests import documents

EDITIONS = ("asn-2026", "kepala-2026", "polri-2026", "tni-2026")
LARGEST = 150_000  # bytes, sealed


def number_of_pages(pdf: bytes, folder: Path) -> int:
    """Return how many pages poppler finds."""
    (folder / "counted.pdf").write_bytes(pdf)
    line = next(
        line for line in documents.run("pdfinfo", folder / "counted.pdf").splitlines() if line.startswith("Pages:")
    )
    return int(line.split()[1])


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_pact_of_the_project_stands_on_one_page_with_all_its_clauses(edition: str, tmp_path: Path) -> None:
    facts = documents.facts(edition)
    pdf = documents.unsealed(facts)
    words = documents.words_of(pdf, tmp_path)
    assert number_of_pages(pdf, tmp_path) == 1
    assert all(clause.split()[-1] in words for clause in facts.clauses)
    assert documents.NUMBER in words
    assert f"Alamat resmi hanya {documents.HOST}" in words


def test_the_longest_names_fit_on_one_page(tmp_path: Path) -> None:
    pdf = documents.unsealed(documents.longest(), attached=documents.EVIDENCE)
    words = documents.words_of(pdf, tmp_path)
    assert number_of_pages(pdf, tmp_path) == 1
    for wanted in (documents.LONG_NAME, documents.LONG_POSITION, documents.LONG_UNIT):
        assert wanted in words


def test_a_pact_longer_than_a_page_goes_on_overleaf_and_loses_nothing(tmp_path: Path) -> None:
    clauses = [f"Butir {number}: " + "janji yang panjang sekali " * 40 + f"tamat{number}." for number in range(1, 11)]
    pdf = documents.unsealed(documents.facts(clauses=clauses))
    words = documents.words_of(pdf, tmp_path)
    assert number_of_pages(pdf, tmp_path) >= 2
    assert all(f"tamat{number}." in words for number in range(1, 11))
    assert "Naskah lengkap pada halaman berikut" in words


@pytest.mark.parametrize("edition", EDITIONS)
def test_both_readers_read_the_address_off_the_page_at_150_dots_an_inch(edition: str, tmp_path: Path) -> None:
    facts = documents.facts(edition)
    page = documents.pages(documents.unsealed(facts), tmp_path)[0]
    assert documents.read_by_zxing(page) == [facts.address]
    assert documents.read_by_zbar(page, tmp_path) == [facts.address]


def test_the_largest_qr_is_read_off_a_bad_photocopy(tmp_path: Path) -> None:
    facts = documents.longest()
    page = documents.pages(documents.unsealed(facts), tmp_path, dpi=200)[0]
    with Image.open(page) as image:
        copied = image.convert("L").point(lambda value: 255 if value > 150 else 0).rotate(1.5, fillcolor=255)
        copied.save(tmp_path / "copy.png")
    assert documents.read_by_zxing(tmp_path / "copy.png") == [facts.address]


def test_in_a_marked_institution_the_page_says_one_member(tmp_path: Path) -> None:
    facts = documents.facts("polri-2026", name=None, lines=("", "", "Bagian Operasi, Kepolisian Resor"))
    words = documents.words_of(documents.unsealed(facts), tmp_path)
    assert "1 anggota" in words
    assert "Siti" not in words
    assert "Siti" in documents.words_of(documents.unsealed(documents.facts("polri-2026")), tmp_path)


def test_an_example_says_so_and_a_real_one_does_not(tmp_path: Path) -> None:
    mark = "CONTOH, bukan dokumen resmi"
    assert mark in documents.words_of(documents.unsealed(documents.facts(demo=True)), tmp_path)
    assert "CONTOH" not in documents.words_of(documents.unsealed(documents.facts(demo=False)), tmp_path)


def test_a_berkas_bukti_warns_that_it_holds_the_identity_number_and_a_lembar_does_not(tmp_path: Path) -> None:
    warning = "memuat nomor identitas"
    assert warning in documents.words_of(documents.unsealed(attached=documents.EVIDENCE), tmp_path)
    assert warning not in documents.words_of(documents.unsealed(), tmp_path)


def test_the_page_says_what_kind_of_signature_it_is_and_never_speaks_for_bsre(tmp_path: Path) -> None:
    words = documents.words_of(documents.unsealed(), tmp_path)
    assert "TTE tidak tersertifikasi, PP 71/2019 Pasal 60" in words
    assert "BSrE" not in words
    assert "Balai" not in words


def test_a_name_is_data_and_never_markup(tmp_path: Path) -> None:
    name = '#panic("x") *A* $b$ @c <d> \\e'
    words = documents.words_of(documents.unsealed(documents.facts(name=name)), tmp_path)
    assert '#panic("x") *A* $b$ @c <d> \\e' in words.replace("“", '"').replace("”", '"')


def test_a_letter_that_cannot_be_printed_is_refused_and_not_shown_as_a_box(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        documents.unsealed(documents.facts(name="ꦱꦶꦠꦶ"))
    assert refused.value.reason is Reason.TEXT_UNPRINTABLE
    assert "Ḥasan Ü. Żółć" in documents.words_of(documents.unsealed(documents.facts(name="Ḥasan Ü. Żółć")), tmp_path)


def test_an_attachment_that_is_not_one_of_ours_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="roster"):
        documents.unsealed(attached={**documents.ATTACHED, "roster.csv": b""})


def test_the_attachments_come_out_as_they_went_in(tmp_path: Path) -> None:
    path = tmp_path / "berkas.pdf"
    path.write_bytes(documents.unsealed(attached=documents.EVIDENCE))
    documents.run("pdfdetach", "-saveall", "-o", tmp_path, path)
    assert {name: (tmp_path / name).read_bytes() for name in documents.EVIDENCE} == documents.EVIDENCE


def test_it_is_a_tagged_pdf_a_4f_in_indonesian(tmp_path: Path) -> None:
    path = tmp_path / "lembar.pdf"
    path.write_bytes(documents.unsealed())
    said = documents.run("pdfinfo", path)
    assert "Tagged:          yes" in said
    assert "PDF version:     2.0" in said
    meta = documents.run("pdfinfo", "-meta", path)
    assert "<pdfaid:part>4</pdfaid:part>" in meta
    assert "<pdfaid:conformance>F</pdfaid:conformance>" in meta
    with path.open("rb") as file:
        assert str(PdfFileReader(file).root["/Lang"]).startswith("id")
    assert (
        "QR untuk memeriksa sertifikat" in documents.run("pdfinfo", "-struct-text", path)
        or b"/Alt" in path.read_bytes()
    )


def test_it_carries_only_the_typeface_that_typst_carries(tmp_path: Path) -> None:
    path = tmp_path / "lembar.pdf"
    path.write_bytes(documents.unsealed(documents.longest(), attached=documents.EVIDENCE))
    lines = documents.run("pdffonts", path).splitlines()[2:]
    assert lines
    assert all("Libertinus" in line.split()[0] for line in lines)


def test_the_same_facts_give_the_same_bytes_also_where_there_are_no_fonts_and_another_zone(tmp_path: Path) -> None:
    facts = documents.facts()
    wib = documents.NOW.astimezone(timezone(timedelta(hours=7))).replace(microsecond=5)
    first = sheet.render(facts, attachments=documents.ATTACHED, document_date=documents.NOW)
    assert sheet.render(facts, attachments=documents.ATTACHED, document_date=wib) == first
    program = (
        "import sys, pickle\nfrom pakta.certificates import sheet\n"
        "facts, attached, date = pickle.load(sys.stdin.buffer)\n"
        "sys.stdout.buffer.write(sheet.render(facts, attachments=attached, document_date=date))\n"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps((facts, documents.ATTACHED, documents.NOW)),
        env={"FONTCONFIG_FILE": os.devnull, "HOME": str(tmp_path), "TZ": "Asia/Jayapura"},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert elsewhere.stdout == first
    assert documents.unsealed(documents.facts(name="Sito Rahmawati")) != first


def test_the_mark_of_an_example_ends_above_the_line_over_the_qr(tmp_path: Path) -> None:
    (tmp_path / "page.pdf").write_bytes(documents.unsealed(documents.facts(demo=True)))
    documents.run("pdftoppm", "-r", "72", "-gray", "-singlefile", tmp_path / "page.pdf", tmp_path / "grey")
    with Image.open(tmp_path / "grey.pgm") as grey:
        rows = [grey.crop((0, y, grey.width, y + 1)).tobytes().count(237) for y in range(grey.height)]
    marked = [y / len(rows) for y, count in enumerate(rows) if count > 10]
    assert 0.6 < marked[-1] < 0.72
