"""Names of files that every system takes."""

from __future__ import annotations

import re

import pytest

from pakta.bundles import rules

NUMBER = "7K3M9QWE4T2X0B8NV"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Siti Lestari", "Siti-Lestari"),
        ("Prof. Dr. dr. I Gusti Ngurah, Sp.PD., M.Kes.", "Prof-Dr-dr-I-Gusti-Ngurah-Sp-PD-M-Kes"),
        ("Ǎñdré 'Núr' Åström", "Andre-Nur-Astrom"),
        ("../../etc/passwd", "etc-passwd"),
        ("=cmd|' /C calc'!A0", "cmd-C-calc-A0"),
        ("張偉", "lembar"),
        (None, "lembar"),
        ("A" * 200, "A" * 60),
    ],
)
def test_a_file_is_called_by_its_persons_name_in_plain_letters(name: str | None, file: str) -> None:
    assert rules.file_name(unit_code="dikbud", name=name, number=NUMBER) == f"dikbud/{file}-{NUMBER}.pdf"


@pytest.mark.parametrize("code", ["dikbud", "CON", "aux", "lpt1", "sdn kranggan/1", "..", "é"])
def test_a_folder_has_a_name_that_windows_opens(code: str) -> None:
    folder = rules.folder_name(code)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", folder) and folder not in rules.RESERVED
