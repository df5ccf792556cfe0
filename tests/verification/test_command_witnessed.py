"""`python -m pakta verify` and the server's own pages under a policy of witnesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pakta.certificates.models import IssuedCredential
from pakta.core import policy
from pakta.core.policy import Policy
from pakta.core.verdict import Verdict
from pakta.database import db
from pakta.ledger import heads
from pakta.monitor.site import Site
from pakta.verification import command, files, pinned, publicfiles, service
from pakta.verification.files import Files
from pakta.web import clock
from tests import make
from tests.people import City
from tests.verification.paper import WitnessKey
from tests.verification.test_command import address, city, siti
from tests.verification.test_views import post

__all__ = ["city", "siti"]  # fixtures

ONE, TWO = WitnessKey("saksi-satu.contoh.go.id"), WitnessKey("saksi-dua.contoh.go.id")
BOTH = policy.parse(f"witness satu {ONE.vkey}\nwitness dua {TWO.vkey}\ngroup g all satu dua\nquorum g\n".encode())
Judge = Callable[..., Verdict]


def cosigned(text: bytes, *witnesses: WitnessKey) -> bytes:
    """Return a head with the cosignatures of these witnesses."""
    body, at = text.rpartition(b"\n\n")[0] + b"\n", int(clock.now().timestamp())
    return text + b"".join(each.line(body, at=at) for each in witnesses)


@pytest.fixture
def joko(city: City, siti: IssuedCredential) -> IssuedCredential:
    """Let Joko sign after Siti."""
    return city.sign("joko")


@pytest.fixture
def old_and_new(city: City, siti: IssuedCredential, joko: IssuedCredential) -> tuple[bytes, bytes]:
    """Give the first head that covers Siti's certificate alone, and the newest."""
    with city.app.app_context():
        old, new = heads.covering(db.session(), index=siti.ledger_index), heads.newest(db.session())
        assert old is not None and new is not None and old.size <= joko.ledger_index < new.size
        return old.note, new.note


@pytest.fixture
def judge(city: City) -> Judge:
    """Give the verdict by the city's files with another head and another pending one."""

    def run(row: IssuedCredential, head: bytes | None, pending: bytes | None, asked: Policy | None = BOTH) -> Verdict:
        with city.app.app_context():
            served = files.from_database(db.session(), policy=None)
            published: Files = replace(served, checkpoint=head, pending=lambda: pending)
            where, config = address(city, row), city.wired.config
            return service.judge(published, address=where, origin=config.origin, policy=asked, now=clock.now())

    return run


def test_only_a_head_with_its_quorum_makes_sah(
    judge: Judge, siti: IssuedCredential, joko: IssuedCredential, old_and_new: tuple[bytes, bytes]
) -> None:
    old, new = old_and_new
    witnessed, waiting = cosigned(old, ONE, TWO), cosigned(new, TWO)
    said = {
        "covered": judge(siti, witnessed, waiting),
        "only by the pending one": judge(joko, witnessed, waiting),
        "by a pending one with its quorum": judge(joko, witnessed, cosigned(new, ONE, TWO)),
        "no pending one": judge(joko, witnessed, None),
        "a pending one as old": judge(joko, witnessed, cosigned(old)),
        "a pending one that is none": judge(joko, witnessed, b"rusak"),
        "no quorum ever": judge(siti, None, waiting),
        "nothing": judge(siti, None, None),
        "a head without its quorum": judge(siti, waiting, waiting),
        "nobody asked": judge(siti, waiting, None, None),
        "nobody asked, and behind": judge(joko, old, new, None),
    }
    assert {name: each.reason and each.reason.value for name, each in said.items()} == {
        "covered": None,
        "only by the pending one": "WITNESSES_TOO_FEW",
        "by a pending one with its quorum": None,
        "no pending one": "LEDGER_BEHIND",
        "a pending one as old": "LEDGER_BEHIND",
        "a pending one that is none": "LEDGER_BEHIND",
        "no quorum ever": "WITNESSES_TOO_FEW",
        "nothing": "LEDGER_MISSING",
        "a head without its quorum": "WITNESSES_TOO_FEW",
        "nobody asked": None,
        "nobody asked, and behind": "LEDGER_BEHIND",
    }
    assert all(each.good == (each.reason is None) for each in said.values())


def test_the_command_asks_the_origin_for_the_pending_head_only_where_it_is_needed(
    city: City, siti: IssuedCredential, joko: IssuedCredential, old_and_new: tuple[bytes, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fetch, asked = publicfiles._fetch, []
    heads_by_path = {"checkpoint": cosigned(old_and_new[0], ONE, TWO), "pending": cosigned(old_and_new[1], ONE)}

    def answer(site: Site, where: str) -> bytes:
        asked.append(where.rpartition("/")[2])
        return heads_by_path.get(asked[-1]) or fetch(site, where)

    monkeypatch.setattr(publicfiles, "_fetch", answer)
    config = replace(city.wired.config, policy=BOTH)

    def verify(row: IssuedCredential) -> command.Outcome:
        return command.verify(address(city, row), source=config.origin, config=config, now=clock.now())

    outcome = verify(siti)
    assert (outcome.lines[0], outcome.good, "pending" in asked) == ("SAH", True, False)
    assert any("[ya] Saksi luar meneguhkan buku catatan, " in line for line in outcome.lines)
    outcome = verify(joko)
    assert (outcome.lines[0], outcome.good, "pending" in asked) == ("TIDAK DAPAT DIPERIKSA", False, True)
    assert "WITNESSES_TOO_FEW" in outcome.lines[1] and "menunggu saksi" in outcome.lines[1]


def test_the_servers_pages_judge_by_the_policy_too(city: City, siti: IssuedCredential) -> None:
    """Nobody has cosigned: what is SAH without a policy waits for witnesses under one."""
    config = city.wired.config
    under = make.app(replace(config, policy=BOTH), keys=city.wired.keyring)
    text = post(under.test_client(), "/periksa", nomor=siti.number)[1]
    assert "TIDAK DAPAT DIPERIKSA" in text and "WITNESSES_TOO_FEW" in text
    assert "<span>SAH</span>" in post(city.visitor(), "/periksa", nomor=siti.number)[1]


def test_the_policy_is_pinned_in_the_pages_scripts_and_changes_their_version(city: City) -> None:
    under = make.app(replace(city.wired.config, policy=BOTH), keys=city.wired.keyring)
    versions = []
    for app, asked in ((city.app, None), (under, BOTH)):
        client = app.test_client()
        page = client.get("/v").text
        versions.append(page.partition('src="/v/')[2].partition("/")[0])
        script = client.get(f"/v/{versions[-1]}/policy.js")
        assert (script.status_code, script.data) == (200, pinned.script(asked))
        assert ("Belum ada saksi luar" in page) == (asked is None)
        assert ("Saksi luar belum diperiksa" in page) == (asked is not None)
    assert b"POLICY = null;" in pinned.script(None)
    assert versions[0] != versions[1]
