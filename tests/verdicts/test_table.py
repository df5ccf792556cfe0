"""Python's rules, the server's page and both commands say of every case of the shared table what it expects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pakta.config import Config
from pakta.keyring import Keyring
from pakta.verification import service
from pakta.web import clock
from tests import make, slices
from tests.verdicts import judges, table
from tests.verdicts.case import Case
from tests.verdicts.judges import Site, wrong
from tests.verification.paper import ORIGIN

OF = 12  # `make test` takes each twelfth case of what is long


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Serve a city's files by HTTP."""
    with judges.site() as running:
        yield running


@pytest.fixture(scope="module")
def cases(site: Site) -> list[Case]:
    """Make the table for the city that the site serves."""
    return table.make(origin=site.origin)


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Config:
    """Give the configuration of a reader who has no database."""
    return make.config(f"sqlite:///{tmp_path / 'none.sqlite'}", tmp_path / "keys", origin=site.origin)


def test_the_table_is_as_long_as_promised_and_names_each_case_once(cases: list[Case]) -> None:
    assert len(cases) >= table.LEAST
    assert len({each.name for each in cases}) == len(cases)
    words = [each.word for each in cases]
    for word in ("SAH", "SAH, KUNCI LAMA DITEGUHKAN", "DICABUT", "DITANGGUHKAN", "TIDAK DIKENAL", "KEDALUWARSA"):
        assert words.count(word) >= 4, word


def test_the_same_seed_makes_the_same_table_and_another_makes_another() -> None:
    def digest(seed: str) -> bytes:
        made = table.make(origin=ORIGIN, seed=seed)
        return hashlib.sha256(repr([each.for_browser() for each in made]).encode()).digest()

    assert digest("satu") == digest("satu") != digest("dua")


def test_pythons_rules_say_what_the_table_expects(cases: list[Case]) -> None:
    assert wrong(cases, [judges.by_core(each)[0] for each in cases]) == []


def test_the_command_says_the_same_of_what_it_fetches(cases: list[Case], site: Site, config: Config) -> None:
    asked = slices.some([each for each in cases if judges.is_asked_of_the_command(each)], turn=1, of=OF)
    assert wrong(asked, [judges.by_command(each, site, config) for each in asked]) == []


def test_the_auditors_command_says_the_same(cases: list[Case], site: Site) -> None:
    asked = slices.some([each for each in cases if judges.is_asked_of_the_command(each)], turn=3, of=OF)
    assert wrong(asked, [judges.by_auditor(each, site) for each in asked]) == []


@pytest.fixture
def clients(site: Site, keys_dir: Path, keys: Keyring, tmp_path: Path, cases: list[Case]) -> Iterator[judges.Clients]:
    """Give the server's own page, with and without a policy of witnesses."""
    config = make.config(f"sqlite:///{tmp_path / 'pakta.sqlite'}", keys_dir, origin=site.origin)
    with judges.clients(config, keys, [each.policy for each in cases]) as found:
        yield found


def test_the_servers_page_says_the_same(
    cases: list[Case], clients: judges.Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """POST /periksa of an address, the database's files those of the case."""
    asked = slices.some([each for each in cases if judges.is_asked_of_the_server(each)], turn=2, of=OF)
    said = []
    for case in asked:
        monkeypatch.setattr(service.files, "from_database", lambda *_, case=case, **__: case.files())
        monkeypatch.setattr(clock, "now", lambda case=case: case.now)
        said.append(judges.by_server(case, clients))
    assert wrong(asked, said) == []
