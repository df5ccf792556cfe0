"""A batch of slips is printed for those for whom it was asked, and for nobody who came into the unit since."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import delete, select, text

from pakta.accounts import slips as account_slips
from pakta.custody.models import AskedFor
from pakta.database import db, transaction
from pakta.roster import importing
from pakta.roster import service as roster
from pakta.roster.models import Person, Unit
from pakta.roster.moving import How
from pakta.web import clock
from tests.custody.test_slips import CODE, Office, words_of
from tests.people import HEADER
from tests.revocation.office import plain, reason_of

NEW = (("199501012022032921", "Gatot Subagio"), ("199602022022032922", "Hana Pertiwi"))


class Asking(Office):
    """The city, into whose units people come while a request waits."""

    def add(self, *rows: Sequence[str], unit: str = "sdn-kranggan-1") -> None:
        """Import invented people, as one administrator can."""
        lines = [",".join(HEADER), *(f"{number},pns,{name},,Guru,{unit},aktif,," for number, name in rows)]
        with self.app.app_context(), transaction() as session:
            report = importing.import_roster(
                session, content="\n".join(lines).encode(), now=clock.now(),
                pepper=self.wired.keyring.pepper, dry_run=False, demo=True,
            )  # fmt: skip
        assert not report.errors, report.errors

    def change(self, who: str, unit: str = "", status: str = "aktif") -> None:
        """Give somebody another place."""
        with self.app.app_context(), transaction() as session:
            to = session.execute(select(Unit).where(Unit.code == unit)).scalar_one_or_none()
            roster.set_place(
                session, person=self.person(who), unit=to, status=status, account_id=None, how=How.REPORTED,
                now=clock.now(),
            )  # fmt: skip

    def shown(self, who: str) -> str:
        """Return what the page of the newest batch says to somebody."""
        return plain(self.visitor(who).get(f"/slip/cetak/{self.batches()[-1].id}").text)


@pytest.fixture
def office(app: Flask) -> Asking:
    """Give the city with a head and two administrators; siti and lina have no account yet."""
    app.config["WTF_CSRF_ENABLED"] = False
    found = Asking(app)
    found.build("ani", "dewi", "budi", "rini")
    return found


def test_who_came_into_the_unit_after_it_was_asked_gets_no_slip(office: Asking) -> None:
    office.ask()
    office.add(*NEW)
    office.change("joko", unit="sdn-kranggan-1")
    for who in ("ani", "dewi"):
        page = office.shown(who)
        assert "Siti Lestari" in page and "Diminta untuk 1 orang" in page and "Gugur" not in page
        assert not any(name in page for name in ("Gatot Subagio", "Hana Pertiwi", "Joko Prasetyo"))
    assert "Cetak 1 slip" in office.shown("dewi")
    said = words_of(office.press("dewi").data)
    assert len(CODE.findall(said)) == 1 and "Siti Lestari" in said and "Gatot" not in said
    assert office.batches()[0].people == 1 and office.counts() == {"dicetak": 1}
    office.ask()  # who came later is asked for by another request
    page = office.shown("dewi")
    assert all(name in page for name in ("Gatot Subagio", "Hana Pertiwi", "Joko Prasetyo"))


@pytest.mark.parametrize("gone", ["moved", "left", "holds a slip"])
def test_who_needs_none_any_more_falls_away_and_both_pages_say_how_many(office: Asking, gone: str) -> None:
    office.ask(unit="dikbud", bawah="1")
    if gone == "holds a slip":
        with office.app.app_context(), transaction() as session:
            person = session.get_one(Person, office.person("lina").id)
            account_slips.print_slip(session, person=person, now=clock.now(), pepper=office.wired.keyring.pepper)
    else:
        office.change("lina", **({"unit": "dinkes"} if gone == "moved" else {"status": "mutasi"}))
    for who in ("ani", "dewi"):
        page = office.shown(who)
        assert "Diminta untuk 2 orang" in page and "Gugur sejak diminta: 1 orang" in page and "Lina" not in page
    said = words_of(office.press("dewi").data)
    assert len(CODE.findall(said)) == 1 and "Siti Lestari" in said


def test_where_all_have_fallen_away_nothing_is_printed(office: Asking) -> None:
    office.ask()
    office.change("siti", status="pensiun")
    office.add(*NEW)
    page = office.shown("dewi")
    assert "Gugur sejak diminta: 1 orang" in page and "Cetak sekarang" not in page
    assert reason_of(office.press("dewi")) == "CUSTODY_GONE" and office.counts() == {}
    assert office.press("dewi", "tolak").status_code == 302


def test_a_request_of_before_that_names_nobody_is_asked_anew(office: Asking) -> None:
    office.ask()
    with office.app.app_context(), transaction() as session:
        session.execute(delete(AskedFor))  # as requests were kept until migration 0038
    for who in ("ani", "dewi"):
        page = office.shown(who)
        assert "Ajukan sekali lagi" in page and "Cetak sekarang" not in page
    assert reason_of(office.press("dewi")) == "CUSTODY_GONE"
    assert office.ask().status_code == 302
    assert [each.outcome for each in office.batches()] == ["ditarik", None]
    assert len(CODE.findall(words_of(office.press("dewi").data))) == 1


def test_the_same_wish_is_the_same_request_until_others_need_a_slip(office: Asking) -> None:
    office.ask()
    office.ask()
    assert len(office.batches()) == 1
    office.add(*NEW)
    office.ask()
    first, second = office.batches()
    assert (first.outcome, first.people, second.outcome, second.people) == ("ditarik", 1, None, 3)


def test_whoever_opens_the_list_of_a_request_leaves_a_line(office: Asking) -> None:
    office.ask()
    office.shown("dewi")
    with office.app.app_context():
        lines = text("SELECT count(*) FROM access_log WHERE action = 'slip-lihat' AND unit_id IS NOT NULL")
        assert db.session().execute(lines).scalar_one() == 1


def test_one_who_left_does_not_hold_up_printing_the_others_once_more(office: Asking) -> None:
    office.ask(unit="dikbud", bawah="1")
    first = CODE.findall(words_of(office.press("dewi").data))
    office.change("siti", status="mutasi")
    page = office.shown("dewi")
    assert "Musnahkan 1 slip orang yang bukan pegawai lagi" in page and "SMP Negeri 1, 1 belum diserahkan" in page
    assert "SD Negeri Kranggan 1, 1 belum" not in page
    said = words_of(office.press("dewi", "lagi").data)
    assert len(first) == 2 and "Lina Marlina" in said and "Siti Lestari" not in said
    (code,) = CODE.findall(said)
    assert office.works(code) and not any(office.works(each) for each in first)
    office.change("lina", status="pensiun")
    assert reason_of(office.press("dewi", "lagi")) == "CUSTODY_AGAIN"


def test_before_its_unit_is_merged_it_is_said_how_many_slips_on_paper_name_it(office: Asking) -> None:
    sent = {"tujuan": "smpn-1", "periksa": "1"}
    said = "1 slip yang sudah dicetak bagi mereka belum dipakai"
    assert said not in plain(office.visitor("ani").post("/unit-kerja/sdn-kranggan-1/gabung", data=sent).text)
    office.ask()
    office.press("dewi")
    assert said in plain(office.visitor("ani").post("/unit-kerja/sdn-kranggan-1/gabung", data=sent).text)
