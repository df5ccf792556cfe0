"""Who finds what of a disputed key reaches every role that the key would give back."""

from __future__ import annotations

from sqlalchemy import func, select

from pakta.accounts import service as accounts
from pakta.accounts.models import AccessLog, PersonKey
from pakta.database import db, transaction
from pakta.roles import Role
from pakta.web import clock
from tests.disputes.test_not_me import city as city
from tests.disputes.test_not_me import find, key_id, say
from tests.disputes.test_waiting import announced
from tests.people import KNOWN, City


def say_of_ani(city: City) -> None:
    """Let an administrator of the whole city say of her key that it is not hers; budi and rini have her office."""
    city.activate("budi", "rini", "dewi")
    for who in ("budi", "rini"):
        city.grant(who, Role.ADMINISTRATOR, "bkpsdm")
    assert city.visitor("ani").post(f"/bukan-saya/kunci/{key_id(city, 'ani')}").status_code == 200


def is_suspended(city: City) -> bool:
    """Say whether her key is suspended still."""
    with city.app.app_context():
        return db.session().get_one(PersonKey, key_id(city, "ani")).suspended_at is not None


def test_two_of_a_part_decide_nothing_on_the_key_of_an_administrator_of_the_whole(city: City) -> None:
    say_of_ani(city)
    for who in ("budi", "rini"):
        for outcome in ("keliru", "benar"):
            answer = find(city, who, outcome)
            assert answer.status_code == 422 and "ROLE_BEYOND" in answer.text
    page = city.visitor("budi").get("/keberatan").text
    assert "yang tidak Anda kelola" in page and 'name="hasil"' not in page
    assert [announced(city, who) for who in ("budi", "dewi")] == [False, True]
    assert is_suspended(city)


def test_a_first_finding_counts_no_more_once_its_finder_does_not_reach_the_role(city: City) -> None:
    say_of_ani(city)
    city.grant("rini", Role.ADMINISTRATOR, "pemkot")
    assert find(city, "rini", "keliru").status_code == 302
    with city.app.app_context(), transaction() as session:
        account = accounts.account_of(session, person=city.person("rini"))
        for grant in accounts.grants_of(session, account=account, now=clock.now()):
            if grant.unit.code == "pemkot":
                accounts.end_role(session, grant=grant, now=clock.now())
    assert find(city, "dewi", "keliru").status_code == 302
    assert is_suspended(city)
    city.grant("rini", Role.ADMINISTRATOR, "pemkot")
    assert find(city, "rini", "keliru", words="").status_code == 302
    assert not is_suspended(city)


def test_a_refused_finding_that_shows_names_is_a_line_of_the_access_log_too(city: City) -> None:
    say(city.visitor("siti"), city)
    ani = city.visitor("ani")
    for dispute_id in (1, 999_999):
        with city.app.app_context():
            before = db.session().scalar(select(func.count()).select_from(AccessLog))
        answer = ani.post(f"/keberatan/{dispute_id}", data={"hasil": "benar", "keterangan": "x"})
        assert answer.status_code == 422 and KNOWN["siti"].name in answer.text
        with city.app.app_context():
            newest = db.session().scalars(select(AccessLog).order_by(AccessLog.id.desc())).first()
            assert newest is not None and (newest.id, newest.action) == (before + 1, "keberatan-lihat")
