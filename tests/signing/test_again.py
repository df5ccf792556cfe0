"""Signing again: who is asked, and that the old certificate gives way to the new one in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from pakta.accounts.models import Account
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential, StatusList, StoredEvidence
from pakta.certificates.rules import ReasonClass, Status
from pakta.core.errors import Reason, Refusal
from pakta.database import db, transaction
from pakta.editions.models import Edition
from pakta.ledger.models import Entry
from pakta.notices.models import Notice
from pakta.roles import Role
from pakta.roster import correcting, units
from pakta.roster import service as roster
from pakta.roster.models import Correction, Person, SignedPerson
from pakta.selfcheck import service as selfcheck
from pakta.signing import acceptance, reports, service
from pakta.web import clock
from tests import databases
from tests.people import City
from tests.signing.test_accept import body, post, prepared
from tests.signing.test_together import post_together

Change = Callable[[City], None]


@pytest.fixture
def signed(city: City) -> City:
    """Give the city in which siti has signed; ani administers."""
    city.activate("ani")
    city.sign("siti")
    return city


def corrected(field: str, value: str) -> Change:
    """Return what reports and corrects a field of siti's data."""

    def act(city: City) -> None:
        with city.app.app_context(), transaction() as session:
            person, now = city.person("siti"), clock.now()
            row = reports.report(session, person=person, field="lainnya", message=f"{field} keliru", now=now)
            reports.correct(
                session, report_id=row.id, by=session.get_one(Account, city.keys["ani"][0]),
                wanted=replace(correcting.present(person), **{field: value}), seen=reports.stamp(person), text="",
                now=now,
            )  # fmt: skip

    return act


def imported(**values: Any) -> Change:
    """Return what writes siti's data as an import does: nobody has reported anything."""

    def act(city: City) -> None:
        with city.app.app_context(), transaction() as session:
            session.execute(update(Person).where(Person.id == city.person("siti").id).values(**values))

    return act


def placed(unit: str = "", status: str = "") -> Change:
    """Return what moves siti to another unit or status."""

    def act(city: City) -> None:
        with city.app.app_context(), transaction() as session:
            found = units.by_code(session, code=unit) if unit else None
            roster.set_place(session, person=city.person("siti"), unit=found, status=status, now=clock.now())

    return act


def left_and_returned(city: City) -> None:
    """Let siti have signed yesterday, retire, and come back."""
    with city.app.app_context(), transaction() as session:
        yesterday = clock.now() - timedelta(days=1)
        for row, column in ((IssuedCredential, "issued_at"), (SignedPerson, "signed_at")):
            session.execute(update(row).values({column: yesterday}))
    placed(status="pensiun")(city)
    placed(status="aktif")(city)


def asked(city: City) -> list[str]:
    """Return because of what siti is asked to sign again."""
    with city.app.app_context():
        found = service.asked_again(db.session(), person=city.person("siti"), now=clock.now())
        return [each.field for each in found.differences] if found else []


def rows(city: City) -> list[IssuedCredential]:
    """Return siti's certificates, oldest first."""
    with city.app.app_context():
        return certificates.of_person(db.session(), person_id=city.person("siti").id)[::-1]


def findings(city: City) -> list[str]:
    """Return what `ledger check` names."""
    city.settle()
    with city.app.app_context():
        found = selfcheck.check(db.session(), keyring=city.wired.keyring, config=city.wired.config)
        return [str(each) for each in found]


CHANGES: dict[str, tuple[Change, list[str], ReasonClass]] = {
    "a corrected name": (corrected("name", "Siti Lestari, S.Pd."), ["name"], ReasonClass.DATA_WRONG),
    "a corrected rank": (corrected("rank", "Penata, III/d"), ["rank"], ReasonClass.DATA_WRONG),
    "a corrected position": (corrected("position", "Guru Ahli"), ["position"], ReasonClass.DATA_WRONG),
    "a corrected unit": (corrected("unit", "smpn-1"), ["unit"], ReasonClass.DATA_WRONG),
    "a name from an import": (imported(name="Siti Rahayu"), ["name"], ReasonClass.ADMINISTRATIVE),
    "a move": (placed("smpn-1"), ["unit"], ReasonClass.ADMINISTRATIVE),
}


def test_whoever_holds_a_role_and_must_sign_again_is_not_told_that_nothing_waits(signed: City) -> None:
    signed.grant("siti", Role.HEAD, "smpn-1")
    nothing = "<li>Tidak ada.</li>"
    assert nothing in signed.visitor("siti").get("/").text
    corrected("name", "Siti Lestari, S.Pd.")(signed)
    page = signed.visitor("siti").get("/").text
    assert nothing not in page and 'href="/pakta">Tanda tangani lagi (1)</a>' in page


@pytest.mark.parametrize("what", CHANGES)
def test_who_is_asked_again_gets_a_new_certificate_and_the_old_one_is_revoked(signed: City, what: str) -> None:
    change, fields, reason = CHANGES[what]
    assert asked(signed) == []
    change(signed)
    assert asked(signed) == fields
    (old,) = rows(signed)
    assert old.status == Status.VALID  # until they sign again, nothing is taken from them
    new = signed.sign("siti")
    old, last = rows(signed)
    assert (old.status, old.status_class, old.replaced_by) == (Status.REVOKED, reason, new.number)
    assert (last.number, last.status, last.replaced_by) == (new.number, Status.VALID, None)
    assert asked(signed) == []
    assert findings(signed) == []


@pytest.mark.parametrize(
    "change",
    [
        imported(rank="Pembina, IV/a"),
        imported(position="Kepala Sekolah"),
        placed(status="cuti"),
        lambda city: [placed("smpn-1")(city), placed("sdn-kranggan-1")(city)],
        lambda city: [corrected("name", "Sitti Lestari")(city), corrected("name", "Siti Lestari")(city)],
    ],
    ids=["promoted", "new position", "on leave", "moved and back", "corrected and back"],
)
def test_what_is_no_change_of_what_was_signed_asks_nobody_and_signing_twice_stays_refused(
    signed: City, change: Change
) -> None:
    change(signed)
    assert asked(signed) == []
    with pytest.raises(Refusal) as refusal:
        prepared(signed, "siti")
    assert refusal.value.reason is Reason.SUDAH_MENANDATANGANI


@pytest.mark.parametrize(("seconds", "fields"), [(-1, []), (0, ["position"])])
def test_a_promotion_after_a_correction_that_came_before_the_signature_asks_nobody(
    signed: City, seconds: int, fields: list[str]
) -> None:
    corrected("position", "Guru Madya")(signed)
    with signed.app.app_context(), transaction() as session:
        at = session.execute(select(IssuedCredential.issued_at)).scalar_one() + timedelta(seconds=seconds)
        session.execute(update(Correction).values(corrected_at=at))
    imported(position="Guru Utama")(signed)
    assert asked(signed) == fields


def test_a_renamed_unit_is_no_move(signed: City) -> None:
    with signed.app.app_context(), transaction() as session:
        unit = units.by_code(session, code="sdn-kranggan-1")
        assert unit is not None
        unit.name = "SD Negeri Kranggan Satu"
    assert asked(signed) == []
    with signed.app.app_context():
        assert db.session().scalar(select(func.count()).select_from(SignedPerson)) == 1
    assert findings(signed) == []


def test_who_comes_back_after_having_left_is_asked_anew(signed: City) -> None:
    left_and_returned(signed)
    assert asked(signed) == ["returned"]
    signed.sign("siti")
    assert [row.status for row in rows(signed)] == [Status.REVOKED, Status.VALID]
    assert asked(signed) == []


def test_who_has_left_is_not_asked_and_keeps_their_certificate(signed: City) -> None:
    placed("smpn-1", "pensiun")(signed)
    assert asked(signed) == []
    assert [row.status for row in rows(signed)] == [Status.VALID]
    with pytest.raises(Refusal) as refusal:
        prepared(signed, "siti")
    assert refusal.value.reason is Reason.PERSON_NOT_ACTIVE


def test_a_suspended_certificate_is_not_replaced_by_signing_again(signed: City) -> None:
    placed("smpn-1")(signed)
    with signed.app.app_context(), transaction() as session:
        row = session.execute(select(IssuedCredential)).unique().scalar_one()
        certificates.change_status(
            session, row=row, status=Status.SUSPENDED, reason=ReasonClass.DISPUTE, now=clock.now(),
            keyring=signed.wired.keyring, config=signed.wired.config,
        )  # fmt: skip
    assert asked(signed) == []
    with pytest.raises(Refusal) as refusal:
        prepared(signed, "siti")
    assert refusal.value.reason is Reason.SUDAH_MENANDATANGANI


def test_who_is_reinstated_after_a_move_is_counted_where_they_signed(signed: City) -> None:
    for status in (Status.SUSPENDED, Status.VALID):
        placed("smpn-1")(signed)
        with signed.app.app_context(), transaction() as session:
            row = session.execute(select(IssuedCredential)).unique().scalar_one()
            certificates.change_status(
                session, row=row, status=status, reason=ReasonClass.ADMINISTRATIVE, now=clock.now(),
                keyring=signed.wired.keyring, config=signed.wired.config,
            )  # fmt: skip
        assert findings(signed) == []
    assert asked(signed) == ["unit"]


def test_a_new_edition_asks_for_its_own_signature_and_the_old_certificate_stays(signed: City) -> None:
    first, last = (clock.today() + timedelta(days=days) for days in (91, 99))
    with signed.app.app_context(), transaction() as session:
        old = session.get_one(Edition, "ASN-2026")
        values = {column.name: getattr(old, column.name) for column in Edition.__table__.columns}
        values |= {"code": "ASN-2027", "text_sha256": "0" * 64, "ledger_index": 1_000_000}
        session.add(Edition(**values | {"opens_on": first, "closes_on": last}))
    placed("smpn-1")(signed)
    with signed.app.app_context():
        person, later = signed.person("siti"), clock.now() + timedelta(days=95)
        edition = service.edition_to_sign(db.session(), person=person, now=later)
        assert edition.code == "ASN-2027"
        assert service.asked_again(db.session(), person=person, now=later) is None
    assert [row.status for row in rows(signed)] == [Status.VALID]


def test_the_same_signed_statement_again_gives_the_same_new_certificate(signed: City) -> None:
    placed("smpn-1")(signed)
    text = prepared(signed, "siti")
    sent = body(text, signed.keys["siti"][2].proof(text))
    first = post(signed.visitor("siti"), sent)
    assert first[0] == 200
    assert post(signed.visitor("siti"), sent) == first  # the double tap, and the reply that was lost
    assert len(rows(signed)) == 2


def test_racing_statements_of_one_person_who_is_asked_again_are_one_new_certificate(signed: City) -> None:
    signed.app.config["WTF_CSRF_ENABLED"] = False
    placed("smpn-1")(signed)
    texts = [prepared(signed, "siti") for _ in range(8)]
    replies = post_together(signed, [body(text, signed.keys["siti"][2].proof(text)) for text in texts])
    assert sorted(status for status, _told in replies) == [200] + [409] * 7
    assert [row.status for row in rows(signed)] == [Status.REVOKED, Status.VALID]
    assert findings(signed) == []


def test_at_no_moment_is_anybody_without_a_valid_certificate(signed: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: issuing fails after the old one was revoked; nothing of it is left."""
    placed("smpn-1")(signed)
    text = prepared(signed, "siti")
    sent = body(text, signed.keys["siti"][2].proof(text))

    def broken(*_args: object, **_named: object) -> list[str]:
        raise RuntimeError("planted")

    before = counts(signed)
    with monkeypatch.context() as patched:
        patched.setattr(acceptance, "_issue", broken)
        assert post(signed.visitor("siti"), sent)[0] == 500
    assert counts(signed) == before
    assert [row.status for row in rows(signed)] == [Status.VALID]
    assert post(signed.visitor("siti"), sent)[0] == 200


def counts(city: City) -> list[int]:
    """Return how many rows stand in each table that signing again touches."""
    with city.app.app_context():
        tables = (IssuedCredential, StoredEvidence, Entry, StatusList, SignedPerson, Notice)
        return [db.session().execute(select(func.count()).select_from(each)).scalar_one() for each in tables]


def test_the_history_of_the_old_one_is_kept(signed: City) -> None:
    before = counts(signed)
    corrected("name", "Siti Lestari, S.Pd.")(signed)
    signed.sign("siti")
    grown = [new - old for old, new in zip(before, counts(signed), strict=True)]
    assert grown[:2] == [1, 1]  # one certificate and one evidence more, none less
    assert grown[2:] == [3, 1, 0, 2]  # revoked, new list, new credential; told of the correction and of the new one
    old, new = rows(signed)
    client = signed.visitor("siti")
    pages = {row.number: client.get(f"/sertifikat/{row.number}").text for row in (old, new)}
    assert new.number[:4] in pages[old.number] and "digantikan oleh sertifikat" in pages[old.number]
    assert "Buka sertifikat lama yang digantikan" in pages[new.number]
    for row in (old, new):
        assert client.get(f"/sertifikat/{row.number}/lembar.pdf").status_code == 200


def test_the_first_signing_takes_no_statement_more_than_it_took(city: City) -> None:
    """Nobody who signs for the first time pays for those who sign again."""

    def needed(text: bytes) -> list[str]:
        proof = city.keys["siti"][2].proof(text)
        with city.app.app_context():
            checked = acceptance.check(
                db.session(), person_id=city.person("siti").id, statement=text, proof=proof, now=clock.now(),
                config=city.wired.config,
            )  # fmt: skip
            assert checked is not None
            with databases.statements() as said, transaction() as session:
                acceptance.accept(
                    session, checked=checked, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config
                )
            return said

    first = needed(prepared(city, "siti"))
    assert len(first) == FIRST_SIGNING, first
    placed("smpn-1")(city)
    assert len(needed(prepared(city, "siti"))) > len(first)


FIRST_SIGNING = 13  # 12 as counted before anybody could sign again, and one for the sums of the day


@pytest.mark.parametrize("address", ["/", "/akun", "/pakta", "/data-salah", "/pakta/status"])
def test_every_page_of_theirs_says_why_they_are_asked(signed: City, address: str) -> None:
    client = signed.visitor("siti")
    assert "Data Anda berubah sejak menandatangani" not in client.get(address, follow_redirects=True).text
    placed("smpn-1")(signed)
    page = client.get(address).text
    assert "Data Anda berubah sejak menandatangani" in page
    assert "SD Negeri Kranggan 1" in page


def test_the_certificates_page_says_it_to_its_owner_alone(signed: City) -> None:
    signed.activate("budi")
    placed("smpn-1")(signed)
    (row,) = rows(signed)
    said = "Data Anda berubah sejak menandatangani"
    assert said in signed.visitor("siti").get(f"/sertifikat/{row.number}").text
    assert said not in signed.visitor("ani").get(f"/sertifikat/{row.number}").text


def test_a_move_in_the_very_moment_of_signing_is_seen(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import does not wait for signers: the certificate would name a unit, and the mark another."""
    text = prepared(city, "siti")
    whole = acceptance._issue

    def moved_meanwhile(session: Any, *args: Any, **named: Any) -> list[str]:
        smpn = units.by_code(session, code="smpn-1")
        assert smpn is not None
        session.execute(update(Person).where(Person.id == city.person("siti").id).values(unit_id=smpn.id))
        return whole(session, *args, **named)

    monkeypatch.setattr(acceptance, "_issue", moved_meanwhile)
    status, told = post(city.visitor("siti"), body(text, city.keys["siti"][2].proof(text)))
    assert (status, told["reason"]) == (422, "STATEMENT_STALE")
    assert rows(city) == []


def test_many_who_are_asked_again_are_done_in_one_company(signed: City) -> None:
    signed.sign("joko")
    with signed.app.app_context(), transaction() as session:
        session.execute(update(Person).values(name=Person.name + " X"))
    sent = [(who, prepared(signed, who)) for who in ("siti", "joko")]

    def send(one: tuple[str, bytes]) -> int:
        who, text = one
        return post(signed.visitor(who), body(text, signed.keys[who][2].proof(text)))[0]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, sent)) == [200, 200]
    assert findings(signed) == []
