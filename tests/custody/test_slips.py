"""Slips are printed by two, their codes stand on paper alone, and where each is can be seen until it is used."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from pakta.accounts import grants
from pakta.accounts import slips as account_slips
from pakta.accounts.models import Account, PersonKey, Slip
from pakta.core.errors import Refusal
from pakta.custody import counting, papers, rules
from pakta.custody.models import SlipBatch, SlipCustody
from pakta.custody.rules import State
from pakta.database import db, transaction
from pakta.roster.models import Unit
from pakta.web import clock
from tests.people import KNOWN, City
from tests.revocation.office import plain, reason_of

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Office(City):
    """The city, whose slips are printed."""

    def ask(self, by: str = "ani", unit: str = "sdn-kranggan-1", **changed: str) -> Any:
        """Send the form."""
        return self.visitor(by).post("/slip", data={"unit": unit, "siapa": "baru"} | changed)

    def press(self, by: str, what: str = "cetak") -> Any:
        """Press a button on the page of the newest batch."""
        return self.visitor(by).post(f"/slip/cetak/{self.batches()[-1].id}", data={what: "1"})

    def batches(self) -> list[SlipBatch]:
        """Return all batches, oldest first."""
        with self.app.app_context():
            return list(db.session().execute(select(SlipBatch).order_by(SlipBatch.id)).scalars())

    def works(self, code: str) -> bool:
        """Say whether a code can be used now."""
        with self.app.app_context():
            try:
                account_slips.check_slip(db.session(), code=code, now=clock.now(), pepper=self.wired.keyring.pepper)
            except Refusal:
                return False
            return True

    def counts(self, unit: str = "pemkot") -> dict[str, int]:
        """Return how many slips are in which state, those of none left out."""
        with self.app.app_context():
            within = db.session().execute(select(Unit).where(Unit.code == unit)).scalar_one()
            found = counting.counts(db.session(), within=within, now=clock.now()).states or {}
            return {state.value: count for state, count in found.items() if count}

    def slip_ids(self) -> list[int]:
        """Return the printed slips, oldest first."""
        with self.app.app_context():
            return list(db.session().execute(select(SlipCustody.slip_id).order_by(SlipCustody.slip_id)).scalars())

    def mark(self, by: str, unit: str, slip_ids: Sequence[object], what: str = "serah") -> Any:
        """Tick slips off."""
        return self.visitor(by).post(f"/slip/unit/{unit}", data={"slip": [*map(str, slip_ids)], what: "1"})


@pytest.fixture
def office(app: Flask) -> Office:
    """Give the city with its head, a delegate, two administrators and a supervisor; siti has no account yet."""
    app.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_csrf.py holds the tokens
    found = Office(app)
    found.build("ani", "dewi", "budi", "rini", "wati")
    return found


def words_of(pdf: bytes) -> str:
    """Return what another reader finds in a PDF."""
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def read_codes(pdf: bytes) -> list[str]:
    """Return what the QR codes of the first page say."""
    command = ["pdftoppm", "-r", "150", "-png", "-l", "1", "-"]
    png = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)), formats=zxingcpp.BarcodeFormat.QRCode)
    return sorted(each.text for each in found)


def test_two_administrators_print_and_the_code_on_paper_works(office: Office) -> None:
    assert office.ask().status_code == 302
    assert reason_of(office.press("ani")) == "REQUEST_SAME_PERSON"
    assert office.counts() == {}
    answer = office.press("dewi")
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        200, "application/pdf", "private, no-store",
    )  # fmt: skip
    said = words_of(answer.data)
    (code,) = CODE.findall(said)
    assert "Siti Lestari" in said and "SD Negeri Kranggan 1" in said and "localhost:5000/aktivasi" in said
    assert KNOWN["siti"].number not in said and len(re.findall(r"^\s*[1-5]\. ", said, re.MULTILINE)) == 5
    assert read_codes(answer.data) == [f"http://localhost:5000/aktivasi#{code.replace('-', '')}"]
    assert office.works(code) and office.counts() == {"dicetak": 1}
    assert reason_of(office.press("dewi")) == "REQUEST_CLOSED"


def test_no_code_stands_in_the_database_or_on_a_page(office: Office) -> None:
    office.ask()
    code = CODE.findall(words_of(office.press("dewi").data))[0].replace("-", "")
    with office.app.app_context():
        for table in db.metadata.sorted_tables or Slip.metadata.sorted_tables:
            for row in db.session().execute(select(table)):
                assert code not in repr(tuple(row)), table.name
    for who in ("ani", "dewi", "budi"):
        pages = [office.visitor(who).get(path).text for path in ("/slip", "/slip/unit/sdn-kranggan-1")]
        assert not any(code in page or CODE.search(page) for page in pages)


def test_a_failed_print_is_printed_once_more_by_the_same_and_the_first_codes_are_dead(office: Office) -> None:
    office.ask()
    (first,) = CODE.findall(words_of(office.press("dewi").data))
    assert reason_of(office.press("ani", "lagi")) == "CUSTODY_AGAIN"
    again = words_of(office.press("dewi", "lagi").data)
    (second,) = CODE.findall(again)
    assert re.search(r"cetakan\s2$", again, re.MULTILINE)
    assert first != second and not office.works(first) and office.works(second)
    assert office.counts() == {"dicetak": 1, "diganti": 1}
    page = plain(office.visitor("dewi").get("/slip/cetak/1").text)
    assert "Dicetak lagi" in page and "Musnahkan cetakan sebelumnya" in page and ", cetakan 2”" in page
    office.mark("ani", "sdn-kranggan-1", office.slip_ids()[-1:])
    assert reason_of(office.press("dewi", "lagi")) == "CUSTODY_AGAIN"
    office.mark("ani", "sdn-kranggan-1", office.slip_ids()[-1:], "batal")
    with office.app.app_context(), transaction() as session:
        session.get_one(SlipBatch, 1).decided_at = clock.now() - rules.AGAIN_WITHIN - timedelta(minutes=1)
    assert reason_of(office.press("dewi", "lagi")) == "CUSTODY_AGAIN"


def test_nobody_calls_back_alone_what_another_handed_over(office: Office) -> None:
    office.ask()
    (code,) = CODE.findall(words_of(office.press("dewi").data))
    office.mark("ani", "sdn-kranggan-1", office.slip_ids())
    where = office.mark("dewi", "sdn-kranggan-1", office.slip_ids(), "batal").location
    assert "Tidak ada yang berubah" in plain(office.visitor("dewi").get(where).text)
    assert reason_of(office.press("dewi", "lagi")) == "CUSTODY_AGAIN" and office.works(code)


def test_who_prints_once_more_needs_a_first_one_who_still_counts(office: Office) -> None:
    office.ask()
    (code,) = CODE.findall(words_of(office.press("dewi").data))
    assert "Cetak lagi" in plain(office.visitor("dewi").get("/slip/cetak/1").text)
    with office.app.app_context(), transaction() as session:
        session.get_one(PersonKey, office.keys["ani"][1]).suspended_at = clock.now()
    assert "Cetak lagi" not in plain(office.visitor("dewi").get("/slip/cetak/1").text)
    assert reason_of(office.press("dewi", "lagi")) == "REQUEST_FIRST_GONE" and office.works(code)


def test_a_second_press_says_that_it_was_printed(office: Office) -> None:
    office.ask()
    assert "cetakan" not in office.press("dewi").headers["Content-Disposition"]
    said = plain(office.press("dewi").text)
    assert "Slip ini sudah dicetak" in said and "Tidak ada yang dicetak" not in said
    assert "-cetakan-2.pdf" in office.press("dewi", "lagi").headers["Content-Disposition"]


def test_a_reprint_kills_the_old_code(office: Office) -> None:
    office.ask()
    (first,) = CODE.findall(words_of(office.press("dewi").data))
    assert reason_of(office.ask()) == "CUSTODY_NOBODY"
    assert office.ask(siapa="ulang").status_code == 302
    (second,) = CODE.findall(words_of(office.press("dewi").data))
    assert (office.works(first), office.works(second)) == (False, True)


def test_a_slip_is_handed_over_used_and_expires(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.ask(unit="dikbud", bawah="1")
    said = words_of(office.press("dewi").data)
    assert "Siti Lestari" in said and "Lina Marlina" in said and office.batches()[0].people == 2
    assert "1 slip ditandai diserahkan" in plain(
        office.visitor("ani").get(office.mark("ani", "smpn-1", office.slip_ids()).location).text
    )  # of two, the one that is that unit's
    assert office.counts() == {"dicetak": 1, "diserahkan": 1}
    office.activate("siti")
    assert office.counts()["diserahkan"] == 1
    page = plain(office.visitor("budi").get("/slip/unit/smpn-1").text)
    assert "Lina Marlina" in page and "Diserahkan" in page
    monkeypatch.setattr(clock, "now", lambda: clock_now + timedelta(days=15))
    assert State.EXPIRED.value in office.counts() and "diserahkan" not in office.counts()


clock_now = clock.now()


def test_marking_nothing_says_that_nothing_changed(office: Office) -> None:
    office.ask()
    office.press("dewi")
    where = office.mark("ani", "sdn-kranggan-1", office.slip_ids(), "batal").location
    assert "Tidak ada yang berubah" in plain(office.visitor("ani").get(where).text)
    office.mark("ani", "sdn-kranggan-1", office.slip_ids())
    where = office.mark("ani", "sdn-kranggan-1", office.slip_ids(), "batal").location
    assert "Tanda serah 1 slip dibatalkan" in plain(office.visitor("ani").get(where).text)


def test_a_printed_batch_says_what_comes_next_unit_by_unit(office: Office) -> None:
    office.ask(unit="dikbud", bawah="1")
    assert "Berikutnya" not in plain(office.visitor("dewi").get("/slip/cetak/1").text)
    office.press("dewi")
    page = office.visitor("dewi").get("/slip/cetak/1").text
    assert "Sudah dicetak. Berikutnya" in plain(page)
    for unit, name in (("sdn-kranggan-1", "SD Negeri Kranggan 1"), ("smpn-1", "SMP Negeri 1")):
        assert f'href="/slip/unit/{unit}"' in page and f"{name}, 1 belum diserahkan" in plain(page)
        office.mark("ani", unit, office.slip_ids())
    assert "Tidak ada lagi yang belum diserahkan" in plain(office.visitor("dewi").get("/slip/cetak/1").text)


def test_what_waits_for_an_administrator_stands_above_the_form(office: Office) -> None:
    office.ask()
    seconds, first = (plain(office.visitor(who).get("/slip").text) for who in ("dewi", "ani"))
    assert seconds.index("Buka cetakan 1") < seconds.index("Minta cetakan")
    assert "Menunggu Anda" not in first and first.index("Buka cetakan 1") > first.index("Minta cetakan")


@pytest.mark.parametrize("contact", ["", "bkpsdm@example.org"])
def test_a_slip_says_whom_to_ask_and_what_without_a_screen_lock(contact: str) -> None:
    words = {"city": "Kota Mojokerto", "host": "pakta.example", "origin": "https://pakta.example"}
    made = papers.render(
        [papers.Paper("Siti Lestari", "pns", KNOWN["siti"].number, "SD Negeri Kranggan 1", "0123456789AB")],
        printed="27 November 2026 pukul 14.30 WIB",
        until="11 Desember 2026 pukul 14.30 WIB",
        contact=contact,
        demo=False,
        date=clock_now,
        **words,
    )
    said = words_of(made)
    assert f"Tanyakan kepada {contact or 'BKPSDM Kota Mojokerto'}." in said
    assert "Pakai" in said and re.search(r"kata sandi di perangkat ini\.", said)
    assert re.search(r"pukul\s14\.30\sWIB$", said, re.MULTILINE)


def test_ticking_off_without_anybody_chosen_says_just_that(office: Office) -> None:
    office.ask()
    office.press("dewi")
    for chosen, said in ((), "Belum ada slip yang dipilih"), (("999",), "tandanya memang sudah begitu"):
        answer = office.mark("ani", "sdn-kranggan-1", chosen)
        page = plain(office.visitor("ani").get(answer.headers["Location"]).text)
        assert said in page and page.count("Belum ada slip yang dipilih") == (not chosen)


def test_a_used_slip_says_so(office: Office) -> None:
    office.ask()
    office.press("dewi")
    with office.app.app_context(), transaction() as session:
        session.get_one(Slip, office.slip_ids()[0]).used_at = clock.now()
    assert office.counts() == {"dipakai": 1}
    office.mark("ani", "sdn-kranggan-1", office.slip_ids())
    assert office.counts() == {"dipakai": 1}  # what was used is no more handed over


def test_heads_and_the_supervisor_see_where_slips_are_and_print_none(office: Office) -> None:
    office.ask()
    office.press("dewi")
    for who in ("budi", "rini"):
        assert "Dicetak, belum diserahkan" in plain(office.visitor(who).get("/slip").text)
        assert office.ask(who).status_code == 403 and office.mark(who, "sdn-kranggan-1", [1]).status_code == 403
        assert office.visitor(who).get("/slip/unit/dinkes").status_code == 404
        assert office.visitor(who).get("/slip/cetak/1").status_code == 403
    page = plain(office.visitor("wati").get("/pengawas").text)
    assert "Dicetak, belum diserahkan 1" in page and "Siti" not in page
    assert "Slip per perangkat daerah" in office.visitor("wati").get("/pengawas").text
    assert re.search(r"Dinas Pendidikan dan Kebudayaan 1 0 0 0 0", page)
    assert office.visitor("wati").get("/slip").status_code == 403


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"unit": ""}, "UNIT_UNKNOWN"),
        ({"unit": "polres"}, "UNIT_UNKNOWN"),
        ({"siapa": ""}, "CUSTODY_WHOM"),
        ({"unit": "bkpsdm"}, "CUSTODY_NOBODY"),
    ],
)
def test_what_cannot_be_asked_says_why(office: Office, changed: dict[str, str], reason: str) -> None:
    answer = office.ask(**changed)
    assert (answer.status_code, reason_of(answer)) == (422, reason)
    assert office.batches() == []


def test_more_than_fit_one_batch_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST", 1)
    assert reason_of(office.ask(unit="dikbud", bawah="1")) == "CUSTODY_MANY"


def test_a_first_administrator_in_doubt_counts_no_more_and_a_batch_is_refused(office: Office) -> None:
    office.ask()
    assert office.ask().status_code == 302 and len(office.batches()) == 1
    with office.app.app_context(), transaction() as session:
        session.get_one(PersonKey, office.keys["ani"][1]).suspended_at = clock.now() + timedelta(seconds=1)
    assert reason_of(office.press("dewi")) == "REQUEST_FIRST_GONE"
    assert office.press("dewi", "tolak").status_code == 302
    assert office.batches()[0].outcome == "ditolak" and office.counts() == {}


def test_the_database_holds_that_two_printed(office: Office) -> None:
    office.ask()
    with pytest.raises(IntegrityError), office.app.app_context(), transaction() as session:
        session.execute(text("UPDATE slip_batches SET outcome = 'dicetak', decided_by_id = asked_by_id"))


def test_printing_is_noted_and_the_menu_says_what_waits(office: Office) -> None:
    office.ask()
    assert "Slip (1 menunggu Anda )" in plain(office.visitor("dewi").get("/slip").text)
    assert "Slip (1" not in plain(office.visitor("ani").get("/slip").text)
    with office.app.app_context(), transaction() as session:
        session.execute(update(SlipBatch).values(asked_by_id=None))  # whoever asked was erased
    assert "Slip (1 menunggu Anda )" in plain(office.visitor("ani").get("/slip").text)
    with office.app.app_context(), transaction() as session:
        asked_by = grants.account_of(session, person=office.person("ani")).id
        session.execute(update(SlipBatch).values(asked_by_id=asked_by))
    office.press("dewi")
    with office.app.app_context():
        noted = db.session().execute(text("SELECT action FROM access_log")).scalars().all()
        assert {"slip-minta", "slip-cetak", "slip-lihat"} <= set(noted)
        assert db.session().execute(select(func.count()).select_from(Account)).scalar_one() == 5
