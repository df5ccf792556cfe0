"""The issuer's key at its edges: the last sure entry, and folders of keys that are older than what was published."""

from __future__ import annotations

import shutil
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from pakta.certificates import compromise, confirming, issuing
from pakta.certificates import service as certificates
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.keyring import succession
from pakta.ledger.models import Checkpoint, Tile
from pakta.web import clock
from tests.keyring.house import House, kid_of
from tests.ledger.conftest import Log


def test_the_first_entry_after_the_last_sure_head_is_in_doubt_and_the_last_before_it_is_not(house: House) -> None:
    house.activate("joko", "siti")
    house.settle()  # so that nothing else is entered between
    before = house.sign("siti")
    at = clock.now()
    after = house.sign("joko")
    house.run("keys", "compromised", "--kid", kid_of(house), "--at", at.isoformat())
    (lost,) = house.key_set().compromised.values()
    assert (before.ledger_index, after.ledger_index) == (lost.size - 1, lost.size)
    with house.app.app_context():
        session = db.session()
        rows = [certificates.require(session, text=each.number) for each in (before, after)]
        assert [confirming.is_doubtful(session, row=row) for row in rows] == [False, True]
        standing = [(row.person_id, row.edition_code) for row in rows]
        assert [row.number for row in confirming.doubtful(session, standing=standing).values()] == [after.number]
        db.session.remove()
    assert [house.verdict(each) for each in (before, after)] == ["SAH, KUNCI LAMA DITEGUHKAN", "DITANGGUHKAN"]


def test_a_head_of_the_very_moment_of_the_theft_is_not_sure(house: House) -> None:
    house.sign("siti")
    house.sign("joko")
    with house.app.app_context():
        session, wired = db.session(), house.wired
        heads = session.query(Checkpoint).order_by(Checkpoint.size).all()
        ask = partial(compromise.before, session, now=clock.now(), keyring=wired.keyring, config=wired.config)
        assert ask(at=heads[-1].signed_at).size == heads[-2].size
        assert ask(at=heads[-1].signed_at + timedelta(milliseconds=1)).size == heads[-1].size
        db.session.remove()


@pytest.mark.parametrize("changed", ["tile", "head"])
def test_a_head_that_is_not_the_ledgers_marks_nothing(house: House, changed: str) -> None:
    house.sign("siti")
    statements = {
        "tile": 'UPDATE ledger_tiles SET data = :data WHERE level = 0 AND "index" = 0',
        "head": "UPDATE ledger_checkpoints SET root = :data WHERE size = (SELECT max(size) FROM ledger_checkpoints)",
    }
    with house.app.app_context():
        tile = db.session().get_one(Tile, (0, 0)).data
        data = {"tile": bytes(32) + tile[32:], "head": bytes(32)}
        at, wired = clock.now(), house.wired
        ask = partial(compromise.before, at=at, now=at, keyring=wired.keyring, config=wired.config)
        assert ask(db.session()).size > 0
        Log(house.app).as_a_thief(statements[changed], {"data": data[changed]})
        with pytest.raises(Refusal) as refused:
            ask(db.session())
        db.session.remove()
    assert refused.value.reason is Reason.LEDGER_CHANGED


def refused_to(house: House) -> list[str]:
    """Return why this process, its folder read again, neither issues nor publishes."""
    house.wired.keyring.reload()
    said = []

    def issue() -> None:
        with house.app.app_context(), transaction() as session:
            issuing.key_to_issue_with(session, keyring=house.wired.keyring, now=clock.now())

    for act in (house.settle, issue):
        try:
            act()
            said.append("")
        except Refusal as refusal:
            said.append(refusal.reason.value)
    return said


def test_a_key_that_is_marked_signs_nothing_more_though_no_key_set_says_so_yet(house: House) -> None:
    house.sign("siti")
    kid = bytes.fromhex(kid_of(house))
    with house.app.app_context():
        at, wired = clock.now(), house.wired
        found = compromise.before(db.session(), at=at, now=at, keyring=wired.keyring, config=wired.config)
        db.session.remove()
    succession.mark(house.folder, kid=kid, compromise=found)
    assert refused_to(house) == ["ISSUER_REPLACED"] * 2
    assert not house.key_set().compromised


@pytest.mark.parametrize("lacking", ["key", "turn", "mark"])
def test_a_folder_of_keys_that_was_put_back_from_before_publishes_nothing(
    house: House, tmp_path: Path, lacking: str
) -> None:
    house.sign("siti")
    first, saved = kid_of(house), tmp_path / "saved"
    if lacking == "mark":
        house.run("keys", "rotate")
    if lacking == "turn":
        succession.prepare_issuer(house.folder, host="localhost:5000", in_token=False)
    shutil.copytree(house.folder, saved)
    if lacking == "turn":
        succession.take_over(house.folder, host="localhost:5000")
        house.wired.keyring.reload()
        house.settle()
    elif lacking == "key":
        house.run("keys", "rotate")
    else:
        house.run("keys", "compromised", "--kid", first, "--at", clock.now().isoformat())
    known = house.key_set()
    assert refused_to(house) == ["", ""]
    shutil.rmtree(house.folder)
    shutil.copytree(saved, house.folder)
    assert refused_to(house)[0] == "ISSUER_REPLACED"
    assert house.key_set().version == known.version
