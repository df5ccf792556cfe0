"""Open shares: what /cakupan-umum shows and nothing more, as JSON, as CSV, and as a badge."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import event, select

from pakta.api import badge
from pakta.database import db, transaction
from pakta.roster.models import CounterSigned, Unit
from pakta.web import clock, display, display_english
from tests.api.conftest import Program
from tests.coverage.conftest import NOW
from tests.coverage.conftest import city as small_city
from tests.coverage.passing import next_day

city = small_city  # of tests/coverage: 44 of the city, 20 of a marked institution, 6 of a small one
RULE = "/api/v1/badge/{code}.svg"


@pytest.fixture
def program(city: Flask) -> Program:
    """Give a program that asks the small city."""
    return Program(city)


def by_code(program: Program) -> dict[str, dict[str, object]]:
    return {each["code"]: each for each in program.ask("/api/v1/coverage").get_json()["institutions"]}


def lines(program: Program) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(program.ask("/api/v1/coverage.csv").text, newline="")))


def test_an_institution_is_told_with_its_parts_and_small_ones_merged(program: Program) -> None:
    whole = by_code(program)["pemkot"]
    assert (whole["signed"], whole["total"], whole["percent"]) == (22, 44, 50.0)
    parts = whole["units"]
    assert isinstance(parts, list)
    assert sum(part["total"] for part in parts) == 44 and min(part["total"] for part in parts) >= 10
    assert {"Dinas Kesehatan, Pengendalian Penduduk dan Keluarga Berencana": 26}.items() <= {
        part["names"][0]: part["total"] for part in parts
    }.items()
    assert [len(part["names"]) > 1 for part in parts].count(True) == 1


def test_of_marked_and_small_institutions_nothing_is_told_that_the_page_hides(program: Program) -> None:
    told = by_code(program)
    assert [told["polres"][name] for name in ("signed", "total", "percent", "units")] == [None, None, 50, []]
    assert [told["kejari"][name] for name in ("signed", "total", "percent", "units")] == [None, None, None, []]
    for path in ("/api/v1/coverage", "/api/v1/coverage.csv"):
        assert "Orang" not in program.ask(path).text


def test_the_csv_tells_the_same_as_the_json(program: Program) -> None:
    rows = lines(program)
    for code, told in by_code(program).items():
        own = [row for row in rows if row["institution_code"] == code]
        assert own[0]["units"] == "" and own[0]["total"] == ("" if told["total"] is None else str(told["total"]))
        assert [row["total"] for row in own[1:]] == [str(part["total"]) for part in told["units"]]  # type: ignore[attr-defined]


def test_no_cell_of_the_csv_is_a_formula(city: Flask, program: Program) -> None:
    with city.app_context(), transaction() as session:
        unit = session.query(Unit).filter_by(code="dinkes").one()
        unit.name = "=HYPERLINK(1)|+2"
    cells = [cell for row in lines(program) for cell in row.values()]
    assert "'=HYPERLINK(1)|'+2" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("path", ["/api/v1/coverage", "/api/v1/coverage.csv", "/api/v1/badge/pemkot.svg"])
def test_who_has_the_newest_shares_is_not_sent_them_again(
    city: Flask, program: Program, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = RULE if "badge" in path else path
    first = program.ask(path, rule=rule)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    known = {"If-None-Match": first.headers["ETag"]}
    assert program.ask(path, rule=rule, headers=known).status_code == 304
    with city.app_context(), transaction() as session:
        session.query(CounterSigned).update({"signed": CounterSigned.signed + 1})
    assert program.ask(path, rule=rule, headers=known).status_code == 304  # one picture a day
    assert next_day(city, monkeypatch)
    assert program.ask(path, rule=rule, headers=known).status_code == 200


def test_when_nothing_is_open_the_answers_stand_and_are_empty(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=30))
    told = program.ask("/api/v1/coverage").get_json()
    assert (told["editions"], told["institutions"], told["as_of"]) == ([], [], None)
    assert lines(program) == []
    assert badge.NOTHING in program.ask("/api/v1/badge/pemkot.svg", rule=RULE).text


@pytest.mark.parametrize(
    ("code", "short", "said"),
    [
        ("pemkot", "Pemkot Mojokerto", "50,0 % dari 44"),
        ("polres", "Polres Mojokerto Kota", "50 %"),
        ("kejari", "Kejari", badge.SMALL),
    ],
)
def test_a_badge_says_what_the_page_says_and_says_it_aloud(
    program: Program, code: str, short: str, said: str
) -> None:
    answer = program.ask(f"/api/v1/badge/{code}.svg", rule=RULE)
    drawn = ElementTree.fromstring(answer.text)
    name = "{http://www.w3.org/2000/svg}"
    assert [each.text for each in drawn.iter(f"{name}text")] == [badge.LABEL, short, said, display.day(clock.today())]
    title = drawn.find(f"{name}title")
    assert title is not None and title.text is not None and title.get("id") == drawn.get("aria-labelledby")
    assert drawn.get("role") == "img" and title.text.endswith(f", {display.day(clock.today())}")
    assert "menandatangani" in title.text or "tidak ditampilkan" in title.text
    assert not re.search(r"style|script|href|Orang", answer.text)
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(("code", "said"), [("pemkot", "50.0% of 44"), ("polres", "50%"), ("kejari", "not shown")])
def test_a_badge_is_english_where_its_address_asks_for_it(program: Program, code: str, said: str) -> None:
    answer = program.ask(f"/api/v1/badge/{code}.svg?bahasa=en", rule=RULE)
    drawn = ElementTree.fromstring(answer.text)
    assert drawn.get("lang") == "en"
    texts = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[::2] == ["Neutrality pact", said] and texts[3] == display_english.day(clock.today())
    assert not re.search("pegawai|menandatangani|ditampilkan", answer.text)
    again = program.ask(f"/api/v1/badge/{code}.svg", rule=RULE, headers={"Accept-Language": "en"})
    assert 'lang="id"' in again.text  # what caches hold depends on the address alone


def test_asked_again_within_a_moment_a_badge_asks_the_database_nothing(program: Program) -> None:
    program.ask("/api/v1/badge/pemkot.svg", rule=RULE)
    asked: list[str] = []
    with program.client.application.app_context():
        engine = db.engine
    note = lambda _connection, _cursor, statement, *_rest: asked.append(statement)  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    try:
        program.ask("/api/v1/badge/pemkot.svg", rule=RULE)
        assert asked == []
        program.ask("/api/v1/badge/tidak-ada.svg", rule=RULE)
        assert asked == []
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_name_of_any_letters_stays_text(program: Program) -> None:
    drawn = badge.draw('<script>"&', None, short="<b>&", on=None, demo=True)
    assert not re.search("<script>|<b>", drawn) and ElementTree.fromstring(drawn) is not None
    assert "peragaan" in drawn


def test_a_name_with_control_characters_breaks_no_badge(program: Program) -> None:
    name = "Dinas\x07 \x1b[2J\u202eKota\ufffe"
    drawn = ElementTree.fromstring(badge.draw(name, None, short=name, on=None, demo=False))
    assert "Dinas [2JKota" in "".join(drawn.itertext())


def test_each_institution_has_its_own_badge_also_within_a_moment(program: Program) -> None:
    drawn = [program.ask(f"/api/v1/badge/{code}.svg", rule=RULE).text for code in ("pemkot", "polres", "kejari")]
    assert len(set(drawn)) == 3


def test_the_csv_is_a_file_to_keep(program: Program) -> None:
    assert program.ask("/api/v1/coverage.csv").headers["Content-Disposition"] == 'attachment; filename="cakupan.csv"'


def test_the_parts_of_a_badge_can_be_read_by_weak_eyes() -> None:
    assert contrast(badge.PLUM, "#FFFFFF") > 7 and contrast(badge.INK, badge.PAPER) > 7


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2)."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_page_shows_each_badge_with_the_lines_to_copy(program: Program) -> None:
    page = program.client.get("/untuk-program").text
    for code in ("pemkot", "polres"):
        assert f'<img src="/api/v1/badge/{code}.svg"' in page
        assert f'&lt;img src="http://localhost:5000/api/v1/badge/{code}.svg"' in page
    assert 'href="/untuk-program#cakupan"' in program.client.get("/cakupan-umum").text


def test_the_lines_to_copy_are_whole_whatever_an_institution_is_called(program: Program, city: Flask) -> None:
    name = 'Dinas "A" <img src=x onerror=alert(1)>'
    with city.app_context(), transaction() as session:
        session.scalars(select(Unit).where(Unit.code == "pemkot")).one().name = name
    page = program.client.get("/untuk-program").text
    codes = re.findall("<code>(&lt;a href.*?)</code>", page)
    copied = [html.unescape(each) for each in codes if "/pemkot.svg" in each]
    assert len(copied) == 1
    drawn = ElementTree.fromstring(re.sub(r"(<img [^>]*)>", r"\1/>", copied[0]))
    assert [each.attrib["alt"] for each in drawn] == [f"Cakupan pakta netralitas {name}"]
