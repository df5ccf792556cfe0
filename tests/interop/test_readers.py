"""What `make interop` gives to readers of credentials and QR codes is what it says; a reader that errs is told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop import credentials, qrcodes, readers
from tests.interop.report import Report
from tests.verdicts.seeded import SeededCity
from tests.verification.paper import ORIGIN


@pytest.fixture(scope="module")
def city() -> SeededCity:
    """Make a city with certificates of every look."""
    return SeededCity("irisan", ORIGIN)


def test_good_ones_are_believed_and_all_changed_ones_refused(city: SeededCity) -> None:
    good = credentials.goods(city)
    assert len(good) > 15 and [why for raw in good if (why := credentials.ours(raw, city))] == []
    changed = [*credentials.parts(good, 200, "irisan"), *credentials.whole(good, 200, "irisan")]
    assert len(changed) >= 395 and not set(changed) & set(good)
    assert [raw.hex() for raw in changed if not credentials.ours(raw, city)] == []


def test_only_what_holds_the_same_signed_bytes_is_a_loose_form(city: SeededCity) -> None:
    good = credentials.goods(city)
    for name, raw in credentials.forms(city.named).items():
        assert credentials.loose(raw, good) == name and credentials.ours(raw, city)
    for raw in credentials.parts(good, 200, "irisan"):
        assert credentials.loose(raw, good) == ""


@pytest.mark.parametrize(("answer", "told"), [("", "believes a changed"), ("no", "refuses a good")])
def test_a_library_that_says_always_the_same_is_told_of(city: SeededCity, answer: str, told: str) -> None:
    good, report = credentials.goods(city), Report()
    asked = [*good, *credentials.parts(good, 20, "irisan")]
    credentials.weigh("a library", "1", asked, [answer] * len(asked), good, report)
    assert report.wrong and all(told in each for each in report.wrong)


def test_a_library_that_agrees_is_not(city: SeededCity) -> None:
    good, report = credentials.goods(city), Report()
    asked = [*good, *credentials.parts(good, 20, "irisan"), good[0] + b"\0"]
    refused = ["" if raw in good or raw.endswith(b"\0") else "refused" for raw in asked]
    credentials.weigh("a library", "1", asked, refused, good, report)
    assert report.wrong == [] and "bytes behind its end: 1" in report.lines[0]


@pytest.mark.parametrize("way", qrcodes.WAYS)
def test_a_code_is_read_by_two_readers_after_each_distortion(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(qrcodes.READERS, "jsQR")  # npm's, by `make interop` alone
    codes = list(qrcodes.addresses(3, "irisan"))
    counts = qrcodes.read(codes, way, tmp_path / "codes", tmp_path, "irisan")
    assert counts == {"zxing-cpp": (3, 0), "zbarimg": (3, 0)}


def test_a_reader_that_reads_something_else_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qrcodes, "READERS", {"a reader": lambda _folder, files, _home: {files[0].name: "lain"}})
    assert qrcodes.read(["1", "2"], "as drawn", tmp_path / "codes", tmp_path, "x") == {"a reader": (0, 1)}


def test_a_reader_that_reads_fewer_than_its_floor_is_told_of() -> None:
    for way in qrcodes.WAYS:
        floors = {name: readers.FLOORS.get((name, way), readers.ALL) for name in qrcodes.READERS}
        assert all(floors[name] == readers.ALL for name in floors if name == "zxing-cpp" and way != "soaked")
        enough, report = {name: (round(10 * floor), 0) for name, floor in floors.items()}, Report()
        readers.weigh(way, enough, 1000, report)
        assert report.wrong == []
        readers.weigh(way, {name: (right - 1, 0) for name, (right, _) in enough.items()}, 1000, report)
        assert [each.split(",")[0] for each in report.wrong] == list(floors)
        readers.weigh(way, {"zxing-cpp": (1000, 1)}, 1000, report)
        assert "1 wrongly" in report.wrong[-1]
    assert {way for _, way in readers.FLOORS} <= set(qrcodes.WAYS)
    assert {name for name, _ in readers.FLOORS} <= set(qrcodes.READERS)
