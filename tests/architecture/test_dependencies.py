"""Every direct dependency is pinned by hash and has its reason in docs/dependencies.md."""

from __future__ import annotations

import re

import pytest

from pakta.config import ROOT


def asked(name: str) -> set[str]:
    """Return the packages that a file of requirements asks for."""
    lines = (ROOT / f"{name}.in").read_text().splitlines()
    return {re.split(r"[\[<>=]", line)[0].strip() for line in lines if line.strip() and not line.startswith("-r")}


def pinned(name: str) -> dict[str, int]:
    """Return the pinned packages and how many hashes each has."""
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / f"{name}.txt").read_text())
    found = [
        (re.match(r"([a-z0-9.-]+)(?:\[[a-z,]+\])?==", entry), entry.count("--hash=sha256:")) for entry in entries
    ]
    return {match[1]: hashes for match, hashes in found if match}


def test_every_dependency_has_its_reason_and_every_reason_a_dependency() -> None:
    rows = re.findall(r"^\| ([a-z0-9-]+) \| \S.* \| \S.* \|$", (ROOT / "docs" / "dependencies.md").read_text(), re.M)
    assert sorted(row for row in rows if row != "package") == sorted(
        asked("requirements") | asked("requirements-dev")
    )


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-witness"])
def test_every_package_is_pinned_by_hash(name: str) -> None:
    found = pinned(name)
    assert asked(name) <= found.keys()
    assert [package for package, hashes in found.items() if not hashes] == []


def test_a_witness_needs_no_more_than_a_few_of_the_server_s_packages_in_the_same_versions() -> None:
    lines = [
        {line for line in (ROOT / f"{name}.txt").read_text().splitlines() if "==" in line or "--hash" in line}
        for name in ("requirements-witness", "requirements")
    ]
    assert lines[0] < lines[1]
    assert pinned("requirements-witness").keys() == {"click", "cryptography", "gunicorn", "cffi", "pycparser"}
