"""docs/formats.md names tests that exist, and every text that we follow has its table."""

from __future__ import annotations

import re

from pakta.config import ROOT
from tests.architecture import source

TEXT = (ROOT / "docs" / "formats.md").read_text()
NAMED = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", TEXT)


def names_in(name: str) -> set[str]:
    """Return the names of the tests in a file below tests/."""
    return {node.name for node in source.functions(ROOT / "tests" / name) if node.name.startswith("test_")}


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) > 50
    assert [f"{file}::{test}" for file, test in NAMED if test not in names_in(file)] == []


def test_every_demand_names_a_test() -> None:
    rows = [line for line in TEXT.split("## Where we differ")[0].splitlines() if line.startswith("| ")]
    demands = [line for line in rows if not line.startswith("| what the text demands")]
    assert len(demands) > 40
    assert [line for line in demands if "::test_" not in line.split(" | ")[-1]] == []


def test_every_letter_has_its_place_in_the_list() -> None:
    """What tests/core/test_letters.py holds is there because a sentence asks for it."""
    said = {test for file, test in NAMED if file == "core/test_letters.py"}
    known = names_in("core/test_letters.py")
    assert known - said == {
        "test_a_signature_of_ours_has_64_bytes",
        "test_other_signs_may_be_in_a_name",
        "test_a_signature_in_the_text_is_none",
        "test_a_signature_line_ends_with_one_newline",
        "test_keys_of_other_kinds_are_refused",
        "test_a_size_below_ten_to_the_fifteenth_is_read",
        "test_a_size_beyond_what_every_reader_can_hold_is_refused",
    }
