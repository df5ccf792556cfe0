"""The page that offers to send what was typed says all of it that decides what is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask

from pakta.config import ROOT
from pakta.roster import columns
from pakta.web import kept, keptwords
from tests.people import City

PIECE = re.compile(r"\{% call .*? %\}|\{% endcall %\}")
POST = re.compile(r"\{% call f\.post\((.*)\) %\}")
PART = re.compile(r'"([^"]*)"|[\w.]+')
NAMED = re.compile(r'(?:f\.(?:field|area|select|choices|tick|unit)\(|\bname=)"([\w-]+)"')
ELSEWHERE = re.compile(r'f\.tick\("([\w-]+)"[^)]*"form":')  # drawn outside of their form
OTHERS = ("components/", "accounts/kept.html", "signing/", "rollcalls/")  # none is behind a fresh sign-in


@pytest.fixture
def city(app: Flask) -> City:
    """Give a city whose forms need no token here."""
    app.config["WTF_CSRF_ENABLED"] = False
    return City(app).build("ani")


def posting() -> Iterator[tuple[str, str]]:
    """Yield each posting form of the templates: where to, as a pattern, and its text."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if not str(path.relative_to(ROOT / "templates")).startswith(OTHERS):
            yield from forms_of(path.read_text())


def forms_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the posting forms of one template."""
    open_calls: list[tuple[str, int]] = []
    for piece in PIECE.finditer(text):
        if piece[0] != "{% endcall %}":
            open_calls.append((piece[0], piece.end()))
            continue
        call, begins = open_calls.pop()
        if found := POST.fullmatch(call):
            where = re.split(r", (?:id|enctype)=", found[1])[0]
            yield pattern(where), text[begins : piece.start()]


def pattern(where: str) -> str:
    """Return what the addresses look like to which an expression of a template leads."""
    return "".join(re.escape(re.split("[#?]", each[1])[0]) if each[1] else ".+" for each in PART.finditer(where))


def is_fresh(where: str) -> bool:
    """Say whether a form goes to an address behind a fresh sign-in, as far as its template tells."""
    return any(re.fullmatch(where, re.sub("<[^>]*>", "1", rule)) for rule in keptwords.DOES)


def test_each_form_behind_a_fresh_sign_in_has_words_for_what_it_does(app: Flask) -> None:
    fresh = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and getattr(app.view_functions[rule.endpoint], "pakta_fresh", "") is True
    }
    assert fresh and fresh == keptwords.DOES.keys()


def test_each_field_of_these_forms_has_words_or_is_known_to_decide_nothing() -> None:
    told = {*keptwords.FIELDS, *keptwords.PRESSED, *keptwords.SEVERAL, *keptwords.HELD, *keptwords.UNTOLD}
    told |= {"kolom-"}  # and the name of a column
    fresh = [(where, text) for where, text in posting() if is_fresh(where)]
    assert len(fresh) > 40
    assert {(where, name) for where, text in fresh for name in NAMED.findall(text) if name not in told} == set()
    assert not [rule for rule in keptwords.DOES if rule.startswith(("/apel", "/pakta", "/laporan-data"))]
    everything = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    assert set(ELSEWHERE.findall(everything)) <= told
    assert {f"kolom-{name}" for name in columns.COLUMNS} <= keptwords.FIELDS.keys()


def test_each_form_of_an_import_that_is_carried_names_its_file() -> None:
    texts = [path.read_text() for path in sorted((ROOT / "templates/imports").glob("*.html"))]
    forms = [(where, text) for each in texts for where, text in forms_of(each) if "f.file(" not in text]
    carried = [(where, text) for where, text in forms if is_fresh(where)]
    assert len(carried) == 10
    assert [where for where, text in carried if "named(row)" not in text] == []


def said(app: Flask, path: str, *fields: tuple[str, str]) -> list[tuple[str, str]]:
    """Return what is said of a form."""
    with app.test_request_context("/"):
        return [each for each in keptwords.facts(kept.Form(path, "", list(fields))) if each[1]]


TICKED = (("orang", "5"), ("orang", "6"), ("status", "pensiun"))


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        (
            "/impor/3/tandai",
            (*TICKED, ("siapa", "semua")),
            [("Status", "pensiun"), ("Untuk siapa", "Semua orang yang tidak ada di berkas")],
        ),
        (
            "/impor/3/tandai",
            (*TICKED, ("siapa", "dipilih")),
            [("Status", "pensiun"), ("Untuk siapa", "Yang dicentang"), ("Orang yang ditandai", "2")],
        ),
        (
            "/slip",
            (("unit", "dlh"), ("siapa", "ulang"), ("bawah", "1")),
            [
                ("Kode unit", "dlh"), ("Untuk siapa", "Semua yang belum aktif; slip lama mereka mati"),
                ("Unit di bawahnya", "ikut"),
            ],
        ),
        (
            "/impor/3/kolom",
            (("kolom-number", "0"), ("kolom-phone", ""), ("kolom-name", "3"), ("unit", "-")),
            [
                ("Kolom nomor", "yang ke-1 di berkas"), ("Kolom nama", "yang ke-4 di berkas"),
                ("Kode unit", "sebagian pegawai saja"),
            ],
        ),
        (
            "/impor/3/tolak",
            (("berkas", "mutasi november.xlsx"), ("alasan", "Nomor tertukar")),
            [("Berkas", "mutasi november.xlsx"), ("Alasan", "Nomor tertukar")],
        ),
        ("/cakupan/dlh/lembar", (("naskah", "ASN-2026"),), [("Kode atau nomor", "dlh"), ("Naskah", "ASN-2026")]),
        (
            "/unit-kerja/dlh/gabung",
            (("tujuan", "dinkes"), ("periksa", "1")),
            [("Kode atau nomor", "dlh"), ("Tombol", "Periksa dahulu"), ("Kode unit tujuan", "dinkes")],
        ),
        (
            "/unit-kerja/dlh/pecah",
            (("pembagian", "4:a 5:b "), ("sidik", "abc")),
            [("Kode atau nomor", "dlh"), ("Orang yang dibagi", "2")],
        ),
        (
            "/unit-kerja/dlh/berkas",
            (("baris", 'code,name\r\na,"Satu,\r\nDua"\r\n'), ("sidik", "abc")),
            [("Kode atau nomor", "dlh"), ("Unit yang diubah", "1")],
        ),
        ("/unit-kerja/dlh/berkas", (("baris", "code\ra"),), [("Kode atau nomor", "dlh"), ("Unit yang diubah", "1")]),
        (
            "/peran/pemegang/7/sampai",
            (("sampai", ""), ("alasan-sampai", "SP-1")),
            [("Hari terakhir", "tanpa hari terakhir"), ("Alasan", "SP-1")],
        ),
    ],
)  # fmt: skip
def test_what_decides_is_said_as_the_form_says_it(
    app: Flask, path: str, fields: tuple[tuple[str, str], ...], told: list[tuple[str, str]]
) -> None:
    assert said(app, path, *fields)[1:] == told  # after what is done


def test_slips_are_told_for_whom_in_the_words_of_their_form(city: City) -> None:
    page = unescape(city.visitor("ani").get("/slip").text)
    found = dict(re.findall(r'name="siapa" value="(\w+)"[^>]*><span>([^<]+)<', page))
    assert found == {name: keptwords.SHOWN["siapa"][name] for name in ("baru", "ulang")}
