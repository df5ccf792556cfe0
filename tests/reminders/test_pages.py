"""The page of a head who reminds: whom it shows, what it opens and notes, and whose it is."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.orm import Session

from pakta.config import Mail
from pakta.database import transaction
from pakta.editions import service as editions
from pakta.editions.models import Edition
from pakta.objections import service as objections
from pakta.roles import Role
from pakta.roster import service as roster
from pakta.web import clock, display
from tests.people import KNOWN
from tests.reminders.office import Office
from tests.revocation.office import plain

PAGE = "/cakupan/dikbud/ingatkan"
PHONE = "081234567901"
TODAY = clock.today()
LATER = TODAY + timedelta(days=30)


@pytest.fixture
def reached(office: Office) -> Office:
    """Give the office whose people have a telephone; only lina has an address."""
    return office.reach(phone=PHONE, lina="lina@contoh.example", siti="", rini="", budi="", joko="")


def test_the_page_shows_who_has_not_signed_and_no_number_or_address(reached: Office) -> None:
    assert f'href="{PAGE}"' in reached.visitor("budi").get("/cakupan/dikbud").text
    page = reached.visitor("budi").get(PAGE).text
    assert (
        "3 dari 4 orang</strong> di Dinas Pendidikan dan Kebudayaan belum" in page
        and "Lina Marlina" in page
        and "Rini Astuti" in page
    )
    assert "Siti Lestari" not in page and "Joko" not in page
    for secret in (PHONE, "81234567901", "lina@contoh.example", KNOWN["lina"].number, KNOWN["lina"].number[-4:]):
        assert secret not in page
    assert reached.lines("ingatkan-lihat") == [("ingatkan-lihat", None)]


def test_the_text_for_the_group_has_counts_and_no_name(reached: Office) -> None:
    page = reached.visitor("budi").get(PAGE).text
    text = group_text(page)
    assert "3 dari 4 orang di Dinas Pendidikan dan Kebudayaan belum" in text
    assert text.count("http") == 1 and f"Buka {reached.wired.config.origin} lalu" in text
    assert not any(word in text for who in KNOWN.values() for word in (*who.name.split(), who.number))


def test_whatsapp_opens_with_a_text_and_is_noted_as_opened(reached: Office) -> None:
    answer = reached.visitor("budi").post(f"{PAGE}/{reached.id_of('lina')}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    wait, _, address = answer.headers["Refresh"].partition("; url=")
    assert wait == "0" and html.escape(address) in answer.text
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "wa.me", "/6281234567901")
    text = parse_qs(parts.query, strict_parsing=True)["text"][0]
    assert "Pakta Integritas Netralitas ASN" in text and f"Buka {reached.wired.config.origin} lalu" in text
    assert text.count("http") == 1 and "Lina" not in text
    assert KNOWN["lina"].number not in text and "/aktivasi" not in text and "#" not in text
    [row] = reached.rows()
    assert (row.way, row.state, row.account_id) == ("wa", "dibuka", reached.keys["budi"][0])
    assert reached.lines("ingatkan-dibuka") == [("ingatkan-dibuka", reached.id_of("lina"))]
    page = plain(reached.visitor("rini").get(PAGE).text)
    assert "dibuka " in page and "terkirim" not in page.lower()


def test_nothing_opens_for_who_has_signed_or_has_no_mobile_number_or_stands_elsewhere(reached: Office) -> None:
    reached.reach(phone="(0321) 321456", rini="")
    for who in ("siti", "rini", "joko"):
        answer = reached.visitor("budi").post(f"{PAGE}/{reached.id_of(who)}")
        assert (answer.status_code, "Refresh" in answer.headers) == (303, False)
        assert "WhatsApp tidak dibuka" in reached.visitor("budi").get(answer.location).text
    assert reached.rows() == []
    assert "tidak ada nomor ponsel" in reached.visitor("budi").get(PAGE).text


def test_nothing_opens_any_more_once_they_have_signed(reached: Office) -> None:
    reached.sign("lina")
    assert "Lina" not in reached.visitor("budi").get(PAGE).text
    assert reached.visitor("budi").post(f"{PAGE}/{reached.id_of('lina')}").status_code == 303
    assert reached.rows() == []


def test_who_objects_is_told_as_such_and_reminded_by_nobody(reached: Office) -> None:
    with reached.app.app_context(), transaction() as session:
        objections.state(session, person=reached.person("lina"), reason_class="paksaan", words="", now=clock.now())
    budi, lina = reached.visitor("budi"), reached.id_of("lina")
    page = budi.get(PAGE).text
    row = plain(page.split("Lina Marlina</th>", 1)[1].split("</tr>", 1)[0])
    assert "ada keberatan, tidak diingatkan" in row and "tidak dikirim selama ada keberatan" in row
    assert f"{PAGE}/{lina}" not in page and f"{PAGE}/{reached.id_of('rini')}" in page
    assert "Di antaranya 1 orang menyatakan keberatan" in plain(page)
    assert "paksa" not in page  # the class is the administrators' to read
    assert "2 dari 4 orang di Dinas Pendidikan dan Kebudayaan belum" in group_text(page)
    assert "keberatan" not in group_text(page)
    answer = budi.post(f"{PAGE}/{lina}")
    assert (answer.status_code, "Refresh" in answer.headers, reached.rows()) == (303, False, [])
    assert "menyatakan keberatan" in plain(budi.get(answer.location).text)
    with reached.app.app_context(), transaction() as session:
        objections.withdraw(session, person=reached.person("lina"), now=clock.now())
    assert "keberatan" not in group_text(budi.get(PAGE).text) and f"{PAGE}/{lina}" in budi.get(PAGE).text
    assert budi.post(f"{PAGE}/{lina}").status_code == 200


def test_where_all_who_have_not_signed_object_the_group_is_told_nothing(reached: Office) -> None:
    for who in ("lina", "rini", "budi"):
        with reached.app.app_context(), transaction() as session:
            objections.state(session, person=reached.person(who), reason_class="isi", words="", now=clock.now())
    page = reached.visitor("budi").get(PAGE).text
    assert "Pesan untuk grup" not in page and "Buka WhatsApp" not in page


def test_the_group_is_told_the_last_day_of_a_text_that_somebody_there_has_not_signed(
    reached: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_editions = editions.open_editions

    def heads_first(session: Session, *, now: datetime) -> Sequence[Edition]:
        found = open_editions(session, now=now)
        for edition in found:
            session.expunge(edition)  # a published text does not change: this is a copy
            edition.closes_on = TODAY if edition.code == "KEPALA-2026" else LATER
        return found

    def told() -> str:
        with monkeypatch.context() as planted:
            planted.setattr(editions, "open_editions", heads_first)
            return group_text(reached.visitor("rini").get(PAGE).text)

    assert f"ditutup {display.day(TODAY)}." in told()
    reached.sign("budi")
    assert f"ditutup {display.day(LATER)}." in told()


def group_text(page: str) -> str:
    """Return the text that the page offers for the unit's group."""
    return html.unescape(page.split('name="pesan"', 1)[1].split(">", 1)[1].split("</textarea>")[0])


def test_a_head_reaches_the_own_unit_and_nobody_else_does(reached: Office) -> None:
    joko = reached.id_of("joko")
    for who in ("budi", "rini"):
        client = reached.visitor(who)
        assert client.get("/cakupan/smpn-1/ingatkan").status_code == 200
        assert client.get("/cakupan/dinkes/ingatkan").status_code == 404
        assert client.post(f"/cakupan/dinkes/ingatkan/{joko}").status_code == 404
        assert client.post("/cakupan/dinkes/ingatkan", data={"nyala": "1"}).status_code == 404
        assert client.post("/cakupan/pemkot/ingatkan", data={"nyala": "1"}).status_code == 404
    assert reached.visitor("ani").get("/cakupan/dinkes/ingatkan").status_code == 200
    assert reached.visitor("siti").get(PAGE).status_code == 403
    assert reached.rows() == [] and reached.lines("pengingat-nyala") == []


def test_a_head_turns_automatic_mail_on_and_off_and_is_named(reached: Office) -> None:
    budi, rini = reached.visitor("budi"), reached.visitor("rini")
    assert "Mati." in plain(budi.get(PAGE).text)
    assert budi.post(PAGE, data={"nyala": "1"}).status_code == 303
    for address in (PAGE, "/cakupan/smpn-1/ingatkan"):
        page = plain(rini.get(address).text)
        assert "Menyala untuk Dinas Pendidikan dan Kebudayaan dan semua unit di bawahnya sejak" in page
        assert "oleh Budi Wiryawan" in page
    assert rini.post(PAGE, data={"mati": "1"}).status_code == 303
    assert "Dimatikan" in plain(budi.get(PAGE).text) and "oleh Rini Astuti" in plain(budi.get(PAGE).text)
    rini.post(PAGE, data={"mati": "1"})
    assert reached.lines("pengingat-nyala", "pengingat-mati") == [("pengingat-nyala", None), ("pengingat-mati", None)]


def test_the_page_says_so_where_no_mail_server_is_set_up(reached: Office) -> None:
    page = reached.visitor("budi").get(PAGE).text
    assert "Surel belum dipasang di server ini" in page and "PAKTA_SMTP_HOST" not in page
    assert "PAKTA_SMTP_HOST" in reached.visitor("ani").get(PAGE).text
    wired = reached.wired
    mail = Mail(host="127.0.0.1", port=25, tls="off", sender="a@b.example")
    reached.app.extensions["pakta"] = replace(wired, config=replace(wired.config, mail=mail))
    assert "Surel belum dipasang" not in reached.visitor("budi").get(PAGE).text


def test_a_marked_institutions_group_is_told_no_counts(reached: Office) -> None:
    reached.grant("ani", Role.HEAD, "kodim")
    page = reached.visitor("ani").get("/cakupan/kodim/ingatkan").text
    text = page.split('name="pesan"', 1)[1].split("</textarea>")[0]
    assert "belum semua orang di" in text and " dari " not in text


def test_where_everybody_has_signed_there_is_nobody_to_remind(reached: Office) -> None:
    for who in ("lina", "rini", "budi"):
        with reached.app.app_context(), transaction() as session:
            roster.set_place(session, person=reached.person(who), unit=None, status="cuti", now=clock.now())
    page = reached.visitor("ani").get(PAGE).text
    assert "Semua yang diminta sudah menandatangani" in page and "pesan" not in page and "Buka WhatsApp" not in page
