"""Python's rules, the server's page and interface, both commands and a folder of files say what the table expects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pakta.config import Config
from pakta.keyring import Keyring
from pakta.verification import service
from pakta.web import clock
from tests import make, slices
from tests.verdicts import judges, table
from tests.verdicts.case import ANY, Case
from tests.verdicts.judges import Site, settled, wrong
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
    asked = settled(slices.some([each for each in cases if judges.is_asked_of_the_command(each)], turn=1, of=OF))
    assert wrong(asked, [judges.by_command(each, site, config) for each in asked]) == []


def test_the_auditors_command_says_the_same(cases: list[Case], site: Site) -> None:
    asked = settled(slices.some([each for each in cases if judges.is_asked_of_the_command(each)], turn=3, of=OF))
    assert wrong(asked, [judges.by_auditor(each, site) for each in asked]) == []


@pytest.fixture
def clients(site: Site, keys_dir: Path, keys: Keyring, tmp_path: Path, cases: list[Case]) -> Iterator[judges.Clients]:
    """Give the server's own page, with and without a policy of witnesses."""
    config = make.config(f"sqlite:///{tmp_path / 'pakta.sqlite'}", keys_dir, origin=site.origin)
    with judges.clients(config, keys, [each.policy for each in cases]) as found:
        yield found


Served = Callable[[Case], Case]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Served:
    """Give what makes a case's files those of the server's database, its clock the server's, and returns the case."""

    def serve(case: Case) -> Case:
        monkeypatch.setattr(service.files, "from_database", lambda *_, **__: case.files())
        monkeypatch.setattr(clock, "now", lambda: case.now)
        return case

    return serve


def test_the_servers_page_says_the_same(cases: list[Case], clients: judges.Clients, serve: Served) -> None:
    asked = settled(slices.some([each for each in cases if judges.is_asked_of_the_server(each)], turn=2, of=OF))
    assert wrong(asked, [judges.by_server(serve(each), clients) for each in asked]) == []


def test_the_interface_for_programs_says_the_same(cases: list[Case], clients: judges.Clients, serve: Served) -> None:
    asked = settled(slices.some([each for each in cases if judges.is_asked_of_the_interface(each)], turn=4, of=OF))
    assert wrong(asked, [judges.by_interface(serve(each), clients) for each in asked]) == []


def test_a_folder_of_saved_files_says_the_same(cases: list[Case], tmp_path: Path) -> None:
    asked = settled(slices.some([each for each in cases if judges.is_asked_of_the_command(each)], turn=5, of=OF))
    said = [judges.by_folder(each, tmp_path / str(at)) for at, each in enumerate(asked)]
    assert wrong(asked, said) == []


def test_another_reason_is_found_out_also_where_any_would_do(cases: list[Case]) -> None:
    free = [each for each in cases if each.reason == ANY][:20]
    said = [judges.by_core(each)[0] for each in free]
    assert wrong(settled(free), said) == [] and len(free) == 20
    others: list[judges.Answer] = [(word, "ANOTHER_REASON") for word, _ in said]
    assert wrong(free, others) == [] and len(wrong(settled(free), others)) == 20
