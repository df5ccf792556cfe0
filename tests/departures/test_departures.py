"""A head says who has left, an administrator answers, and what was changed can be given back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pakta.accounts import grants
from pakta.accounts.models import AccessLog
from pakta.database import db, transaction
from pakta.departures.models import Departure
from pakta.notices import service as notices
from pakta.roles import Role
from pakta.roster import counters
from pakta.roster import service as roster
from pakta.roster.models import Unit
from pakta.web import clock, display
from tests.people import KNOWN, City
from tests.revocation.office import plain, reason_of

WHOLE_ON_POSTGRESQL = True
WHY = "SK pensiunnya milik orang lain"


class Office(City):
    """The city, in which somebody is said to have left."""

    def report(self, by: str = "budi", whose: str = "siti", **changed: str) -> Any:
        """Send the form."""
        sent = {"sebab": "pensiun", "keterangan": "SK pensiun 12/XI"} | changed
        return self.visitor(by).post(f"/bukan-pegawai/lapor/{self.id_of(whose)}", data=sent)

    def answer(self, by: str, **sent: str) -> Any:
        """Answer the newest report."""
        return self.visitor(by).post(f"/bukan-pegawai/{self.rows()[-1].id}", data=sent)

    def id_of(self, who: str) -> int:
        """Return a person's id."""
        with self.app.app_context():
            return self.person(who).id

    def stands(self, who: str = "siti") -> tuple[str, str]:
        """Return a person's status and unit."""
        with self.app.app_context():
            found = self.person(who)
            return found.status, found.unit.code

    def rows(self) -> list[Departure]:
        """Return all reports, oldest first."""
        with self.app.app_context():
            return list(db.session().execute(select(Departure).order_by(Departure.id)).scalars())

    def agree(self) -> bool:
        """Say whether the counters agree with the people."""
        with self.app.app_context():
            return counters.check(db.session()) == []

    def told(self, who: str = "siti") -> list[str]:
        """Return the kinds of what a person was told."""
        with self.app.app_context():
            return [each.kind for each in notices.of_person(db.session(), person_id=self.person(who).id)]


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with its head, a delegate and two administrators; siti has signed."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "dewi", "budi", "rini", "wati", signed=["siti"])
    return found


def test_a_head_reports_and_an_administrator_changes_the_status(office: Office) -> None:
    page = plain(office.visitor("budi").post("/bukan-pegawai/cari", data={"cari": "lestari"}).text)
    assert "Laporkan Siti Lestari" in page
    assert office.report().status_code == 302
    assert office.stands() == ("aktif", "sdn-kranggan-1") and office.told() == []
    page = plain(office.visitor("ani").get("/bukan-pegawai").text)
    assert "Menunggu jawaban administrator" in page and "Siti Lestari" in page
    assert office.answer("ani", ubah="1", status="pensiun").status_code == 302
    assert office.stands() == ("pensiun", "sdn-kranggan-1") and office.agree()
    assert office.told() == ["tempat-diubah"]
    assert "Data kepegawaiannya diubah" in plain(office.visitor("budi").get("/bukan-pegawai").text)
    assert "Dikecualikan dari hitungan" in plain(office.visitor("budi").get("/cakupan/dikbud").text)


@pytest.mark.parametrize(
    "sent", [{"status": "pensiun", "ubah": "1"}, {"tolak": "1", "jawaban": "Masih bertugas di sini."}]
)
def test_who_reported_is_told_that_it_was_answered(office: Office, sent: dict[str, str]) -> None:
    office.report()
    assert "bukan pegawai lagi” Anda dijawab" not in office.visitor("budi").get("/pemberitahuan").text
    assert office.answer("dewi", **sent).status_code == 302
    assert "bukan pegawai lagi” Anda dijawab" in office.visitor("budi").get("/pemberitahuan").text


def test_what_waits_is_counted_in_the_menu_of_those_who_may_answer(office: Office) -> None:
    def entry(who: str) -> str:
        menu = plain(office.visitor(who).get("/akun").text)
        return menu.split("Bukan pegawai")[1].split("Keberatan")[0].strip() if "Bukan pegawai" in menu else "none"

    assert (entry("ani"), entry("budi")) == ("", "none")
    office.report()
    office.report("ani", "joko")
    assert (entry("ani"), entry("dewi")) == ("(1 menunggu Anda )", "(2 menunggu Anda )")
    office.answer("dewi", tolak="1", jawaban="Masih aktif")
    assert entry("dewi") == "(1 menunggu Anda )"


def test_a_move_asks_for_a_new_signature_and_can_be_given_back(office: Office) -> None:
    office.report(sebab="pindah-unit")
    assert office.answer("ani", ubah="1", status="aktif", unit="dinkes").status_code == 302
    assert office.stands() == ("aktif", "dinkes") and office.agree()
    assert office.answer("dewi", kembalikan="1").status_code == 302
    assert office.stands() == ("aktif", "sdn-kranggan-1") and office.agree()
    assert office.rows()[0].outcome == "dikembalikan" and office.told() == ["tempat-diubah"] * 2
    assert reason_of(office.answer("dewi", kembalikan="1")) == "DEPARTURE_STALE"


def test_who_reported_gives_nobody_back_without_administering(office: Office) -> None:
    office.report()
    office.answer("ani", ubah="1", status="pensiun")
    assert reason_of(office.answer("budi", kembalikan="1")) == "REQUEST_UNKNOWN"
    assert office.stands()[0] == "pensiun" and office.rows()[0].outcome == "diubah"
    assert office.answer("dewi", kembalikan="1").status_code == 302
    assert office.stands()[0] == "aktif"


def test_what_changed_since_is_not_given_back_nor_after_thirty_days(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.report()
    office.answer("ani", ubah="1", status="pensiun")
    with office.app.app_context(), transaction():
        office.person("siti").status = "mutasi"
    assert reason_of(office.answer("dewi", kembalikan="1")) == "DEPARTURE_STALE"
    with office.app.app_context(), transaction() as session:
        office.person("siti").status = "pensiun"
        session.get_one(Departure, 1).answered_at = clock.now() - timedelta(days=31)
    assert reason_of(office.answer("dewi", kembalikan="1")) == "DEPARTURE_STALE"
    assert office.stands()[0] == "pensiun"


def test_who_reports_does_not_answer_and_nobody_does_about_themselves(office: Office) -> None:
    office.report("ani")
    assert reason_of(office.answer("ani", ubah="1", status="pensiun")) == "DEPARTURE_TWO"
    assert reason_of(office.report("budi", "budi")) == "DEPARTURE_OWN"
    office.grant("siti", Role.ADMINISTRATOR, "pemkot")
    for sent in ({"ubah": "1", "status": "cuti"}, {"tolak": "1", "jawaban": "Saya masih di sini"}):
        assert reason_of(office.answer("siti", **sent)) == "DEPARTURE_OWN"
    assert office.stands()[0] == "aktif"
    assert office.answer("budi", ubah="1", status="pensiun").status_code == 404  # neither theirs nor an administrator


def test_a_report_is_refused_with_words_or_withdrawn(office: Office) -> None:
    office.report()
    assert reason_of(office.answer("ani", tolak="1", jawaban="")) == "DEPARTURE_WORDS"
    assert office.answer("ani", tolak="1", jawaban="Menurut SIASN masih aktif").status_code == 302
    assert "Menurut SIASN masih aktif" in plain(office.visitor("budi").get("/bukan-pegawai/1").text)
    assert reason_of(office.answer("dewi", ubah="1", status="pensiun")) == "REQUEST_CLOSED"
    office.report()
    assert office.answer("budi", tolak="1").status_code == 302
    assert [row.outcome for row in office.rows()] == ["ditolak", "ditarik"]
    assert office.stands() == ("aktif", "sdn-kranggan-1")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sebab": ""}, "DEPARTURE_CAUSE"),
        ({"sebab": "dipecat"}, "DEPARTURE_CAUSE"),
        ({"sebab": "lainnya", "keterangan": "x"}, "DEPARTURE_WORDS"),
        ({"keterangan": "a" * 401}, "DEPARTURE_WORDS"),
    ],
)
def test_an_incomplete_report_changes_nothing(office: Office, changed: dict[str, str], reason: str) -> None:
    answer = office.report(**changed)
    assert (answer.status_code, reason_of(answer)) == (422, reason)
    assert office.rows() == []


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"status": "aktif"}, "DEPARTURE_ANSWER"),
        ({"status": "dipecat"}, "DEPARTURE_ANSWER"),
        ({"status": "aktif", "unit": "tidak-ada"}, "UNIT_UNKNOWN"),
        ({"status": "aktif", "unit": "polres"}, "UNIT_UNKNOWN"),
    ],
)
def test_an_answer_must_change_something_within_the_institution(
    office: Office, sent: dict[str, str], reason: str
) -> None:
    office.report()
    assert reason_of(office.answer("ani", ubah="1", **sent)) == reason
    assert office.stands() == ("aktif", "sdn-kranggan-1") and office.rows()[0].outcome is None


def test_who_is_outside_the_unit_does_not_exist_and_numbers_are_not_kept(office: Office) -> None:
    assert office.report("budi", "joko").status_code == 404
    assert "Joko" not in office.visitor("budi").post("/bukan-pegawai/cari", data={"cari": "joko"}).text
    number = KNOWN["siti"].number
    answer = office.visitor("budi").post("/bukan-pegawai/cari", data={"cari": number})
    assert (answer.status_code, reason_of(answer)) == (422, "DEPARTURE_NAME")
    office.report(keterangan=f"NIP {number} pensiun")
    assert number not in office.rows()[0].words
    assert office.report().status_code == 302 and len(office.rows()) == 1  # the same once more


def test_who_went_to_another_institution_is_changed_by_nobody_of_the_old_one(office: Office) -> None:
    office.report()
    with office.app.app_context(), transaction() as session:
        polres = session.execute(select(Unit).where(Unit.code == "polres")).scalar_one()
        roster.set_place(session, person=office.person("siti"), unit=polres, now=clock.now())
    assert reason_of(office.answer("ani", ubah="1", status="meninggal")) == "DEPARTURE_STALE"
    assert office.stands() == ("aktif", "polres") and office.agree()


def test_an_administrator_is_not_put_aside_by_a_status(office: Office) -> None:
    office.grant("rini", Role.DELEGATE, "bkpsdm")
    assert office.report("rini", "dewi").status_code == 302
    assert reason_of(office.answer("ani", ubah="1", status="pensiun")) == "DEPARTURE_ROLE"
    assert office.visitor("dewi").get("/peran").status_code == 200


def test_who_reports_what_another_has_reported_is_told_so(office: Office) -> None:
    office.report("ani")
    answer = office.report("budi")
    assert (answer.status_code, reason_of(answer)) == (422, "DEPARTURE_OPEN")
    assert len(office.rows()) == 1


def test_who_is_head_no_more_reads_their_reports_no_more(office: Office) -> None:
    office.report()
    at = f"/bukan-pegawai/{office.rows()[-1].id}"
    head = office.visitor("budi")
    assert [head.get(page).status_code for page in ("/bukan-pegawai", at)] == [200, 200]
    office.answer("ani", status="mutasi", unit="", jawaban="pindah ke provinsi", ubah="1")
    with office.app.app_context(), transaction() as session:
        account = grants.account_of(session, person=office.person("budi"))
        for grant in grants.of_account(session, account=account, now=clock.now()):
            grants.end_role(session, grant=grant, now=clock.now())
    office.grant("budi", Role.DELEGATE, "diskominfo")
    former, name = office.visitor("budi"), KNOWN["siti"].name
    assert name not in former.get("/bukan-pegawai").text and former.get(at).status_code == 404
    assert former.post(at, data={"jawaban": ""}).status_code == 404
    assert name in office.visitor("ani").get(at).text


def last_day(office: Office, code: str, *, before: int = 0) -> None:
    """Let a unit end today, or so many days before."""
    with office.app.app_context(), transaction() as session:
        unit = session.execute(select(Unit).where(Unit.code == code)).scalar_one()
        unit.valid_until = clock.today() - timedelta(days=before)
        unit.valid_from = min(unit.valid_from, unit.valid_until)


@pytest.mark.parametrize("ended", ["dinkes", "pemkot"])  # itself, or what stands above it
def test_an_answer_brings_nobody_into_a_unit_that_ends_today(office: Office, ended: str) -> None:
    office.report(sebab="pindah-unit")
    last_day(office, ended)
    assert reason_of(office.answer("ani", ubah="1", status="aktif", unit="dinkes")) == "UNIT_ENDS"
    assert office.stands() == ("aktif", "sdn-kranggan-1")
    assert office.answer("ani", ubah="1", status="cuti", unit="sdn-kranggan-1").status_code == 302


@pytest.mark.parametrize("before", [0, 1])
def test_nobody_is_given_back_to_a_unit_that_closed_meanwhile(office: Office, before: int) -> None:
    office.report(sebab="pindah-unit")
    office.answer("ani", ubah="1", status="aktif", unit="dinkes")
    at = f"/bukan-pegawai/{office.rows()[-1].id}"
    assert "Kembalikan seperti semula" in office.visitor("dewi").get(at).text
    last_day(office, "sdn-kranggan-1", before=before)
    assert "Kembalikan seperti semula" not in office.visitor("dewi").get(at).text
    assert reason_of(office.answer("dewi", kembalikan="1")) == "DEPARTURE_STALE"
    assert office.stands() == ("aktif", "dinkes")


def test_nobody_is_pulled_back_out_of_an_office_of_others(office: Office) -> None:
    office.grant("rini", Role.ADMINISTRATOR, "dikbud")
    office.report("rini", sebab="pindah-unit")
    office.answer("ani", ubah="1", status="aktif", unit="dinkes")
    at = f"/bukan-pegawai/{office.rows()[-1].id}"
    assert "Kembalikan seperti semula" not in office.visitor("rini").get(at).text
    assert reason_of(office.answer("rini", kembalikan="1")) == "DEPARTURE_STALE"
    assert office.stands() == ("aktif", "dinkes")


def test_a_refused_form_that_shows_a_name_is_noted_as_a_look_is(office: Office) -> None:
    def lines() -> list[str]:
        with office.app.app_context():
            return list(db.session().scalars(select(AccessLog.action).order_by(AccessLog.id)))

    before = len(lines())
    refused = office.report(sebab="")
    assert KNOWN["siti"].name in refused.text and lines()[before:] == ["kepergian-orang"]
    office.report()
    before = len(lines())
    refused = office.answer("ani", tolak="1", jawaban="")
    assert KNOWN["siti"].name in refused.text and lines()[before:] == ["kepergian-laporan"]
    assert reason_of(office.visitor("ani").post("/bukan-pegawai/cari", data={"cari": "1234567"})) == "DEPARTURE_NAME"
    assert lines()[-1] == "kepergian-lihat"


def notices_of(office: Office, who: str = "budi") -> str:
    """Return what somebody's notices say."""
    return plain(office.visitor(who).get("/pemberitahuan").text)


def test_who_reported_is_told_that_somebody_was_given_back_by_whom_and_why(office: Office) -> None:
    office.report()
    office.answer("ani", ubah="1", status="pensiun", jawaban="Sesuai SK")
    assert "datanya diubah" in notices_of(office) and "dibatalkan" not in notices_of(office)
    assert office.answer("dewi", kembalikan="1", jawaban=f"  {WHY} ").status_code == 302
    said = notices_of(office)
    assert (
        "Jawaban atas laporan “bukan pegawai lagi” Anda dibatalkan" in said
        and "mengembalikan status dan unit" in said
    )
    with office.app.app_context():
        row = db.session().execute(select(Departure)).scalar_one()
        when = display.moment(row.undone_at) if row.undone_at else ""
    page = plain(office.visitor("budi").get("/bukan-pegawai/1").text)
    assert f"Dikembalikan {when} , oleh {KNOWN['dewi'].name}" in page and WHY in page
    assert "Dijawab" in page and "Sesuai SK" in page


def test_too_many_words_give_nobody_back(office: Office) -> None:
    office.report()
    office.answer("ani", ubah="1", status="pensiun")
    assert reason_of(office.answer("dewi", kembalikan="1", jawaban="x" * 401)) == "DEPARTURE_WORDS"
    assert office.stands()[0] == "pensiun"
    office.answer("dewi", kembalikan="1")
    assert "Tidak ditulis" in plain(office.visitor("budi").get("/bukan-pegawai/1").text)


def test_a_notice_leads_nobody_to_a_page_that_is_closed_to_them(office: Office) -> None:
    office.report()
    office.answer("ani", tolak="1", jawaban="Masih aktif")
    assert "Baca jawabannya" in notices_of(office) and "datanya tidak diubah" in notices_of(office)
    with office.app.app_context(), transaction() as session:
        account = grants.account_of(session, person=office.person("budi"))
        for grant in grants.of_account(session, account=account, now=clock.now()):
            grants.end_role(session, grant=grant, now=clock.now())
    said = notices_of(office)
    assert "Baca jawabannya" not in said and "Peran Anda sudah berakhir" in said


def test_an_administrator_is_told_what_is_theirs_to_answer(office: Office) -> None:
    office.report()
    office.report("ani", "joko")
    assert "Buka dan jawab 1" in plain(office.visitor("ani").get("/bukan-pegawai").text)
    assert "Buka laporan 2" in plain(office.visitor("ani").get("/bukan-pegawai").text)
    assert "Bukan pegawai saya lagi" in plain(office.visitor("budi").get("/bukan-pegawai").text)
    assert "jawab 1" not in plain(office.visitor("budi").get("/bukan-pegawai").text)
