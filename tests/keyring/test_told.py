"""What /kesehatan says of the keys: a token that is away, and a key that is about to take over."""

from __future__ import annotations

from pathlib import Path

import pytest

from pakta import keyring
from pakta.health import views
from pakta.keyring import succession
from tests.keyring.house import House


@pytest.fixture
def folder(token: Path, tmp_path: Path) -> Path:
    """Give a folder whose three keys lie in a token."""
    made = tmp_path / "private"
    keyring.create(made, host="localhost:5000", city="Kota Mojokerto", in_token=True)
    return made


@pytest.fixture(autouse=True)
def _told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "REHEARSED", -1.0)


def told(house: House) -> tuple[int, str]:
    """Return what a program is told: the status, and why nothing is issued."""
    answer = house.visitor().get("/kesehatan.json")
    return answer.status_code, answer.get_json()["reasons"].get("penerbitan", "")


def test_a_token_that_is_away_and_a_key_without_its_key_set_are_told(house: House, token: Path) -> None:
    house.settle()
    assert told(house) == (200, "")
    gone = token.with_name("away")
    token.rename(gone)
    assert told(house) == (503, "KEY_UNREACHABLE")
    assert "Kunci server sedang tidak dapat dipakai" in house.visitor().get("/kesehatan").text
    gone.rename(token)
    assert told(house) == (200, "")
    succession.prepare_issuer(house.folder, host="localhost:5000", in_token=True)
    succession.take_over(house.folder, host="localhost:5000")
    house.wired.keyring.reload()
    assert told(house) == (503, "ISSUER_REPLACED")
    house.settle()
    assert told(house) == (200, "")
