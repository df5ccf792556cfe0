"""Notices: whatever is done to a person's certificates and keys is told to them, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pakta.accounts import recovery
from pakta.accounts import service as accounts
from pakta.accounts.models import Account
from pakta.certificates import service as certificates
from pakta.certificates.rules import NOTICE, ReasonClass, Status
from pakta.core.errors import Refusal
from pakta.database import db, transaction
from pakta.notices import rules, service
from pakta.notices.rules import Kind
from pakta.roster.models import Unit
from pakta.web import clock, display
from tests.people import KNOWN, City

S, R, V = Status.SUSPENDED, Status.REVOKED, Status.VALID


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city, in which siti and joko have signed."""
    app.config["WTF_CSRF_ENABLED"] = False
    return City(app).build("ani", "dewi", signed=["siti", "joko"])


def change(city: City, who: str, status: Status, reason: ReasonClass = ReasonClass.ADMINISTRATIVE) -> None:
    """Change the status of a person's certificate."""
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=certificates.of_person(session, person_id=city.person(who).id)[0], status=status,
            reason=reason, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip


def told(city: City, who: str) -> list[tuple[str, Mapping[str, str | int]]]:
    """Return what a person was told, oldest first."""
    with city.app.app_context():
        found = service.of_person(db.session(), person_id=city.person(who).id)
        return [(each.kind, each.facts) for each in reversed(found)]


def read(client: FlaskClient, up_to: int) -> None:
    """Press "Tandai sudah dibaca" on a page whose newest notice has this id."""
    assert client.post("/pemberitahuan", data={"sampai": str(up_to)}).status_code == 302


@pytest.mark.parametrize("status", NOTICE)
def test_each_change_of_status_is_told_with_its_class(city: City, status: Status) -> None:
    if status is V:
        change(city, "siti", S)
    change(city, "siti", status, ReasonClass.DATA_WRONG)
    kind, facts = told(city, "siti")[-1]
    assert (kind, facts["class"]) == (NOTICE[status], "data-salah")
    assert told(city, "joko") == []


def test_a_change_that_is_refused_tells_nothing(city: City) -> None:
    change(city, "siti", R)
    with pytest.raises(Refusal):
        change(city, "siti", V)
    assert [kind for kind, _ in told(city, "siti")] == [Kind.CERTIFICATE_REVOKED]


def test_bukan_saya_tells_of_the_key_and_of_its_pacts(city: City) -> None:
    assert city.visitor("siti").post(f"/bukan-saya/kunci/{city.keys['siti'][1]}").status_code == 200
    assert [kind for kind, _ in told(city, "siti")] == [Kind.KEY_SUSPENDED, Kind.CERTIFICATE_SUSPENDED]
    for who in ("ani", "dewi"):
        city.visitor(who).post("/keberatan/1", data={"hasil": "keliru", "keterangan": "ternyata miliknya"})
    assert [kind for kind, _ in told(city, "siti")[2:]] == [Kind.KEY_REINSTATED, Kind.CERTIFICATE_REINSTATED]


@pytest.mark.parametrize("where", ["/pemberitahuan", "/sertifikat/{number}"])
def test_bukan_saya_is_one_tap_from_the_notice_and_from_the_certificate(city: City, where: str) -> None:
    change(city, "siti", S)
    with city.app.app_context():
        number = certificates.of_person(db.session(), person_id=city.person("siti").id)[0].number
    client = city.visitor("siti")
    forms = re.findall(r'action="(/bukan-saya/kunci/\d+)"', client.get(where.format(number=number)).text)
    assert forms == [f"/bukan-saya/kunci/{city.keys['siti'][1]}"]
    assert client.post(forms[0]).status_code == 200
    assert told(city, "siti")[-1][0] == Kind.KEY_SUSPENDED


def test_a_recovery_tells_who_asked_for_nothing(city: City) -> None:
    with city.app.app_context(), transaction() as session:
        now, pepper = clock.now(), city.wired.keyring.pepper
        administered = [session.get_one(Unit, city.person("siti").unit.institution.id)]
        first, second = (session.get_one(Account, city.keys[who][0]) for who in ("ani", "dewi"))
        row = recovery.request(
            session, by=first, administered=administered, number=KNOWN["siti"].number,
            reason="Ponsel hilang kemarin", now=now, pepper=pepper,
        )  # fmt: skip
        recovery.approve(session, recovery_id=row.id, by=second, now=now, pepper=pepper)
    assert [kind for kind, _ in told(city, "siti")] == [
        Kind.RECOVERY_ASKED,
        Kind.KEY_REVOKED,
        Kind.RECOVERY_APPROVED,
    ]


def test_a_key_that_is_revoked_twice_is_told_once(city: City) -> None:
    for _ in range(2):
        with city.app.app_context(), transaction() as session:
            for key in accounts.hold_keys(session, person_id=city.person("siti").id):
                accounts.revoke_key(session, key=key, now=clock.now())
    assert [kind for kind, _ in told(city, "siti")] == [Kind.KEY_REVOKED]


def test_the_menu_counts_what_is_unread_until_its_reader_says_so(city: City) -> None:
    client = city.visitor("siti")
    assert "Pemberitahuan</a>" in client.get("/akun").text
    change(city, "siti", S)
    for _ in range(2):  # looking marks nothing
        page = client.get("/pemberitahuan").text
        assert "Pemberitahuan (1<" in page and "Sertifikat Anda ditangguhkan" in page
    read(client, 1)
    assert "Pemberitahuan</a>" in client.get("/akun").text
    assert "Semua sudah dibaca" in client.get("/pemberitahuan").text


def test_what_came_while_the_page_was_open_stays_unread(city: City) -> None:
    change(city, "siti", S)
    client = city.visitor("siti")
    client.get("/pemberitahuan")
    change(city, "siti", R)
    read(client, 1)
    assert "Pemberitahuan (1<" in client.get("/pemberitahuan").text


def test_however_many_notices_come_none_is_marked_as_read_that_the_page_did_not_show(city: City) -> None:
    change(city, "siti", S)
    facts: dict[str, str | int] = {"what": "nama", "unit": "SDN A", "name": "SDN B", "more": 0}
    with city.app.app_context(), transaction() as session:
        for _ in range(service.SHOWN + 1):
            person_id = city.person("siti").id
            service.tell(session, person_id=person_id, kind=Kind.UNIT_CHANGED, facts=facts, now=clock.now())
    client = city.visitor("siti")
    page = client.get("/pemberitahuan").text
    assert f"{service.SHOWN + 2} belum dibaca" in page and "Sertifikat Anda ditangguhkan" in page
    read(client, service.SHOWN + 2)
    assert client.get("/pemberitahuan").text.count("berganti nama</h2>") == service.SHOWN


def test_nobody_sees_or_marks_the_notices_of_another(city: City) -> None:
    change(city, "siti", S)
    other = city.visitor("joko")
    assert "Belum ada pemberitahuan" in other.get("/pemberitahuan").text
    read(other, 10)
    assert "Pemberitahuan (1<" in city.visitor("siti").get("/akun").text


@pytest.mark.parametrize("sent", [{}, {"sampai": "x"}, {"sampai": "9" * 30}])
def test_a_form_that_says_nothing_marks_nothing(city: City, sent: dict[str, str]) -> None:
    change(city, "siti", S)
    client = city.visitor("siti")
    assert client.post("/pemberitahuan", data=sent).status_code == 302
    assert "Pemberitahuan (1<" in client.get("/akun").text


def test_every_kind_has_a_title_and_words_for_every_class(app: Flask) -> None:
    words = app.jinja_env.get_template("notices/_words.html").module
    assert set(words.TITLES) == set(Kind)  # type: ignore[attr-defined]
    assert set(words.ASK) == set(display.REASON_CLASSES) == set(ReasonClass)  # type: ignore[attr-defined]


def test_what_a_newer_notice_has_overtaken_is_told_as_past_and_offers_nothing(city: City) -> None:
    change(city, "siti", S)
    client = city.visitor("siti")
    page = client.get("/pemberitahuan").text
    assert "<p>Siapa pun yang memeriksa QR-nya membaca DITANGGUHKAN" in page
    change(city, "siti", V)
    page = client.get("/pemberitahuan").text
    assert "Waktu itu siapa pun yang memeriksa QR-nya membaca DITANGGUHKAN" in page
    assert ("<p>Siapa pun yang memeriksa QR-nya membaca SAH lagi" in page, page.count("/bukan-saya/kunci/")) == (
        True,
        1,
    )
    change(city, "siti", R)
    page = client.get("/pemberitahuan").text
    assert "Waktu itu siapa pun yang memeriksa QR-nya membaca SAH lagi" in page
    assert ("Sertifikat Anda berlaku lagi" in page, "Sertifikat Anda dipulihkan" in page) == (False, True)
    assert "<p>Siapa pun yang memeriksa QR-nya membaca DICABUT" in page
    assert "/bukan-saya/kunci/" not in page  # of a revoked certificate nothing is left to suspend


def test_a_notice_is_overtaken_by_what_is_newer_and_about_the_same_thing_alone() -> None:
    newest_first = [
        (Kind.CERTIFICATE_REPLACED, "A"), (Kind.CERTIFICATE_REVOKED, "A"), (Kind.CERTIFICATE_SUSPENDED, "B"),
        (Kind.KEY_REINSTATED, 7), (Kind.CERTIFICATE_SUSPENDED, "A"), (Kind.KEY_SUSPENDED, 7),
        (Kind.REPORT_ANSWERED, None), (Kind.REPORT_ANSWERED, None),
    ]  # fmt: skip
    found = [(each.changed, each.revoked, each.replaced) for each in rules.since(newest_first)]
    assert found == [
        (False, True, False), (False, True, True), (False, False, False),
        (False, False, False), (True, True, True), (True, False, False),
        (False, False, False), (False, False, False),
    ]  # fmt: skip
