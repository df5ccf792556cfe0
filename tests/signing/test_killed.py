"""kill -9 at each write of one signing, by the system's own calls: what was acknowledged stands, once and whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pakta.certificates import service as certificates
from pakta.core.verdict import Word
from pakta.database import db
from pakta.keyring import Keyring
from pakta.selfcheck import service as selfcheck
from tests import databases, make, slices
from tests.backup.site import address, word
from tests.people import City
from tests.signing.kills import KILLED, Call, State, doomed
from tests.signing.test_accept import body, prepared

WHOLE_ON_POSTGRESQL = True


@dataclass
class Case:
    """A city in which joko has signed and siti is about to: her request, and all as it stands now."""

    state: State
    keys: Keyring
    request: dict[str, Any]

    def troubles(self, answer: str) -> list[str]:
        """Let her send the same again, as a browser without an answer does; return all that is wrong."""
        city = City(make.app(self.state.config, keys=self.keys))
        try:
            return list(self._troubles(city, answer))
        finally:
            databases.leave(city.app)

    def _troubles(self, city: City, answer: str) -> Iterator[str]:
        told, there = [line.split()[1].replace("-", "") for line in answer.splitlines()], numbers(city)
        if not set(told) <= set(there):
            yield "acknowledged, and not there"
        city.app.config["WTF_CSRF_ENABLED"] = False
        client = city.app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(self.request["cookie"])
        reply = client.post("/pakta/tandatangani", json=self.request["body"], headers={"Accept": "application/json"})
        after = numbers(city)
        if reply.status_code != 200 or [reply.get_json()["number"].replace("-", "")] != after:
            yield f"again: {reply.status_code} {reply.get_json()}, {len(after)} certificates"
        if there and there != after:
            yield "another certificate than before"
        city.settle()
        with city.app.app_context():
            yield from map(str, selfcheck.check(db.session(), keyring=self.keys, config=self.state.config))
        if word(city, address(city, "siti")) is not Word.SAH:
            yield "not SAH"


def numbers(city: City) -> list[str]:
    """Return the numbers of siti's certificates."""
    with city.app.app_context():
        found = [each.number for each in certificates.of_person(db.session(), person_id=city.person("siti").id)]
        db.session.remove()
    return found


@pytest.fixture(params=databases.DATABASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, keys: Keyring, keys_dir: Path) -> Iterator[Case]:
    """Give the case, on a database that can be brought back."""
    folder, cluster = tmp_path / "kota", None
    folder.mkdir()
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        cluster.drop("mati")
        url = cluster.create("mati")
        databases.make_tables(make.app(make.config(url, keys_dir), keys=keys))
    else:
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "pakta.sqlite")
        url = f"sqlite:///{folder / 'pakta.sqlite'}"
    state = State(replace(make.config(url, keys_dir), log_copy=folder / "salinan.txt"), cluster, tmp_path / "kept")
    city = City(make.app(state.config, keys=keys)).build().activate("siti")
    city.sign("joko")
    text, token = prepared(city, "siti"), city.sign_in("siti").token
    sent = {"cookie": {"_user_id": token, "_fresh": True}, "body": body(text, city.keys["siti"][2].proof(text))}
    databases.leave(city.app)
    state.keep()
    yield Case(state, keys, sent)
    if cluster:
        cluster.drop("asal")
        cluster.drop("mati")


def killed_everywhere(case: Case, log: Path, *bugs: str) -> tuple[dict[Call, list[str]], int]:
    """Kill one signing before each of its calls; return what was wrong after which, and how many calls there are.

    `make test` takes every eighth call, and every fourth of a planted bug, which must be met.
    """
    found, spared = {}, []
    with doomed(case.state.config, log, *bugs) as process:
        answer, code, calls = process.sign(case.request, kill_at=None)
        assert (code, answer.count("200 ")) == (0, 2 if bugs else 1)
        assert case.troubles(answer) == []
        for at in slices.some(calls, turn=len(calls), of=4 if bugs else 8):
            case.state.bring_back()
            answer, code, reached = process.sign(case.request, kill_at=at)
            if code == 0 and at not in reached:  # the database wrote a page less this time: not so far
                spared.append(at)
                continue
            assert (code, reached[-1]) == (KILLED, at)
            found[at] = case.troubles(answer)
    assert len(spared) <= 2, spared
    print(f"{len(calls)} calls, killed at {list(found)}")
    return {at: troubles for at, troubles in found.items() if troubles}, len(calls)


def test_wherever_it_is_killed_what_was_acknowledged_stands_and_nothing_stands_twice(
    case: Case, tmp_path: Path
) -> None:
    wrong, calls = killed_everywhere(case, tmp_path / "strace")
    assert wrong == {} and calls > 10


def test_a_server_that_acknowledges_before_it_commits_is_found_out(case: Case, tmp_path: Path) -> None:
    """The planted bug."""
    if case.state.cluster is None and not slices.WHOLE:
        pytest.skip("on PostgreSQL, or in `make drills`")
    wrong, _calls = killed_everywhere(case, tmp_path / "strace", "--early")
    assert any("acknowledged, and not there" in troubles for troubles in wrong.values())
