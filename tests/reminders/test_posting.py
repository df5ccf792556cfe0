"""Automatic e-mail over a real mail server: to whom, when, how often, and what is known of it afterwards."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope
from sqlalchemy import select

from pakta.database import db, transaction
from pakta.erasure import service as erasure
from pakta.health import service as health
from pakta.health.models import Heartbeat
from pakta.objections import service as objections
from pakta.reminders import posting, rules, service, smtp
from pakta.reminders.models import ReminderSwitch
from pakta.roster import service as roster
from pakta.roster import units
from pakta.web import clock
from tests.people import KNOWN
from tests.reminders.office import Mailbox, Office, free_port, mail_server

WHOLE_ON_POSTGRESQL = True

GO_ON = threading.Event()
RELAY = "554 5.7.1 Relay access denied"
SITI, LINA, BUDI, JOKO = (f"{who}@contoh.example" for who in ("siti", "lina", "budi", "joko"))


@pytest.fixture
def reached(office: Office) -> Office:
    """Give the office in which Dikbud's e-mail is on; siti has signed, joko stands in Dinkes."""
    office.reach(siti=SITI, lina=LINA, budi=BUDI, joko=JOKO)
    office.switch("dikbud")
    return office


def test_who_has_not_signed_in_a_unit_that_is_switched_on_gets_a_letter(reached: Office, box: Mailbox) -> None:
    reached.post(box.port).round(GO_ON)
    assert sorted(box.to) == sorted([LINA, BUDI])
    assert reached.states() == ["diserahkan"] * 2


def test_a_letter_holds_no_number_no_code_and_no_address_but_the_front_page(reached: Office, box: Mailbox) -> None:
    slip = reached.slip("lina")
    reached.reach(budi="")
    with reached.app.app_context(), transaction():
        reached.person("lina").name = f"Lina Márlina {KNOWN['lina'].number}"
    reached.post(box.port).round(GO_ON)
    whole, text = box.letters[0][1].decode("ascii"), box.newest().get_content()
    assert text.startswith("Yth. Lina Márlina •••") and "Pakta Integritas Netralitas ASN" in text
    assert re.findall(r"https?://\S+", text) == [reached.wired.config.origin]
    assert not re.search(r"\d{5,}", text) and "KODE" not in text.upper().replace("KODE SLIP DAN", "")
    for secret in (KNOWN["lina"].number, KNOWN["lina"].number[:8], slip, slip.replace("-", ""), "/aktivasi", "#"):
        assert secret not in text and secret not in whole.split("\n\n", 1)[0]
    assert box.newest()["To"] == LINA and box.newest()["From"] == "Pakta Kota <pakta@kota.example>"
    assert box.newest()["Auto-Submitted"] == "auto-generated"


def test_a_letter_comes_at_most_each_three_days_and_four_times(reached: Office, box: Mailbox) -> None:
    reached.reach(budi="")
    post = reached.post(box.port)
    sent = []
    for _ in range(8):
        post.round(GO_ON)
        sent.append(len(box.letters))
        reached.hours.go_on(days=2)
    assert sent == [1, 1, 2, 2, 3, 3, 4, 4]  # on days 0, 4, 8, 12
    reached.hours.go_on(days=30)
    post.round(GO_ON)
    assert len(box.letters) == 4


def test_the_third_day_is_three_whole_days(reached: Office, box: Mailbox) -> None:
    reached.reach(budi="")
    post = reached.post(box.port)
    post.round(GO_ON)
    reached.hours.go_on(days=3, seconds=-1)
    post.round(GO_ON)
    assert len(box.letters) == 1
    reached.hours.go_on(seconds=1)
    post.round(GO_ON)
    assert len(box.letters) == 2


def test_nothing_goes_before_seven_and_from_six_on(reached: Office, box: Mailbox) -> None:
    post = reached.post(box.port)
    for hour, minute, second in ((6, 59, 59), (18, 0, 0), (23, 0, 0)):
        reached.hours.strike(hour, minute, second)
        post.round(GO_ON)
    assert (box.letters, reached.rows()) == ([], [])
    reached.hours.strike(17, 59, 59)

    def close(_envelope: Envelope) -> str:
        reached.hours.strike(18)  # while the first letter is taken
        return "250 OK"

    box.to_text = close
    post.round(GO_ON)
    assert (len(box.letters), reached.states()) == (1, ["diserahkan"])
    reached.hours.go_on(hours=13)
    post.round(GO_ON)
    assert len(box.letters) == 2


def test_who_signs_while_letters_go_out_gets_none(reached: Office, box: Mailbox) -> None:
    waiting = [BUDI, LINA]

    def sign(envelope: Envelope) -> str:
        if len(waiting) == 2:
            waiting.remove(envelope.rcpt_tos[0])
            signing = threading.Thread(target=reached.sign, args=(waiting[0].split("@")[0],))
            signing.start()
            signing.join()
        return "250 OK"

    reached.activate("lina")
    box.to_text = sign
    reached.post(box.port).round(GO_ON)
    assert (len(box.letters), waiting[0] in box.to, len(reached.rows())) == (1, False, 1)


def test_nobody_is_reminded_who_has_left_or_whose_switch_is_off(reached: Office, box: Mailbox) -> None:
    post = reached.post(box.port)
    reached.switch("dikbud", on=False)
    post.round(GO_ON)
    reached.switch("smpn-1")  # lina's own
    with reached.app.app_context(), transaction() as session:
        roster.set_place(session, person=reached.person("lina"), unit=None, status="cuti", now=clock.now())
    post.round(GO_ON)
    assert box.letters == []
    with reached.app.app_context(), transaction() as session:
        roster.set_place(session, person=reached.person("lina"), unit=None, status="aktif", now=clock.now())
    post.round(GO_ON)
    assert box.to == [LINA]


def test_who_objects_is_left_alone_until_they_take_it_back(reached: Office, box: Mailbox) -> None:
    reached.reach(budi="")
    post = reached.post(box.port)
    with reached.app.app_context(), transaction() as session:
        lina = reached.person("lina")
        objections.state(session, person=lina, reason_class="isi", words="", now=clock.now())
    post.round(GO_ON)
    assert box.letters == []
    with reached.app.app_context(), transaction() as session:
        objections.withdraw(session, person=reached.person("lina"), now=clock.now())
    reached.post(box.port).round(GO_ON)
    assert box.to == [LINA]


def test_a_refused_address_counts_and_a_passing_refusal_is_tried_again(reached: Office, box: Mailbox) -> None:
    box.to_recipient = lambda address: "550 5.1.1 unknown" if address == BUDI else "451 4.7.1 later"
    post = reached.post(box.port)
    post.round(GO_ON)
    assert sorted(reached.states()) == ["ditolak", "gagal"] and len(box.asked) == 2
    box.to_recipient = lambda _address: "250 OK"
    post.round(GO_ON)
    assert len(box.asked) == 2  # not within the hour
    reached.hours.go_on(hours=1)
    post.round(GO_ON)
    assert box.to == [LINA]
    assert sorted((row.state, row.tries) for row in reached.rows()) == [("diserahkan", 2), ("ditolak", 1)]


def test_a_server_that_takes_nothing_from_us_costs_nobody_a_reminder(reached: Office, box: Mailbox) -> None:
    box.to_recipient = lambda _address: RELAY
    post = reached.post(box.port)
    post.round(GO_ON)
    assert (len(box.asked), reached.states(), trouble(reached)) == (2, ["gagal"] * 2, "SMTP_REFUSES")
    assert "menolak surat dari sini" in health_page(reached)
    box.to_recipient = lambda _address: "250 OK"
    reached.hours.go_on(hours=1)
    post.round(GO_ON)
    assert len(box.letters) == 2 and trouble(reached) == ""
    assert "Server surat menerima" in health_page(reached)


def test_a_server_that_takes_nothing_from_us_is_not_asked_for_everybody(
    reached: Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "DOUBTED", 1)
    box.to_recipient = lambda _address: RELAY
    reached.post(box.port).round(GO_ON)
    assert (len(box.asked), reached.states(), trouble(reached)) == (1, ["gagal"], "SMTP_REFUSES")
    box.to_recipient = lambda _address: "250 OK"
    reached.post(box.port).round(GO_ON)
    assert box.to == [address for address in (LINA, BUDI) if address != box.asked[0]]  # the other comes first now


def test_addresses_that_the_server_does_not_relay_to_keep_nobody_elses_letter_back(
    reached: Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "ROUND", 1)  # as few as can be: who is refused would fill every round
    first, last = reached.first_and_last("lina", "budi")
    elsewhere = f"{first}@lain.example"
    reached.reach(**{first: elsewhere, last: f"{last}@kota.example"})
    box.to_recipient = lambda address: "250 OK" if address.endswith("@kota.example") else RELAY
    post = reached.post(box.port)
    told = set()
    for _ in range(6 * 24):
        post.round(GO_ON)
        told.add(trouble(reached))
        reached.hours.go_on(hours=1)
    assert box.to == [f"{last}@kota.example"] * 2  # on the first day, and after three
    assert told == {"SMTP_REFUSES", ""}
    assert box.asked.count(elsewhere) == rules.TRIES  # and then it counts as one that was refused
    assert [row.state for row in reached.rows() if row.person_id == reached.id_of(first)] == ["ditolak"]
    with reached.app.app_context():
        assert service.due(db.session(), now=clock.now(), most=9) == []


def test_one_refusal_among_letters_that_are_taken_is_the_addresss(reached: Office, box: Mailbox) -> None:
    box.to_recipient = lambda address: RELAY if address == LINA else "250 OK"
    reached.post(box.port).round(GO_ON)
    assert (box.to, sorted(reached.states()), trouble(reached)) == ([BUDI], ["diserahkan", "gagal"], "")


def test_a_server_that_is_away_is_told_and_nothing_is_lost(reached: Office) -> None:
    port = free_port()
    post = reached.post(port)
    post.round(GO_ON)
    assert (reached.rows(), trouble(reached)) == ([], "SMTP_AWAY")
    assert "tidak menjawab sejak" in health_page(reached)
    with mail_server() as box:
        reached.post(box.port).round(GO_ON)
        assert len(box.letters) == 2


@contextmanager
def silent(*, after: bytes) -> Iterator[int]:
    """Run a server that speaks until it has read `after`, and is silent then; gives its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def talk() -> None:
        while not ended.is_set():
            try:
                line, _ = listening.accept()
            except OSError:
                return
            held.append(line)
            _talk(line, after)

    held: list[socket.socket] = []
    threading.Thread(target=talk, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        ended.set()
        for each in (listening, *held):
            each.close()


def _talk(line: socket.socket, after: bytes) -> None:
    read = b""
    if after:
        line.sendall(b"220 diam\r\n")
    while after and (got := line.recv(65536)):
        read += got
        if after in read:
            return
        line.sendall(b"354 go on\r\n" if got.startswith(b"DATA") else b"250 OK\r\n")


@pytest.mark.parametrize(
    ("after", "states"), [(b"", []), (b"MAIL", ["gagal"]), (b"DATA", ["gagal"]), (b"\r\n.\r\n", ["tidak-pasti"])]
)
def test_a_server_that_falls_silent_is_waited_for_once_and_counts_only_where_it_may_have_the_letter(
    reached: Office, monkeypatch: pytest.MonkeyPatch, after: bytes, states: list[str]
) -> None:
    monkeypatch.setattr(smtp, "PATIENCE", 0.1)
    reached.reach(budi="")
    with silent(after=after) as port:
        reached.post(port).round(GO_ON)
    assert (reached.states(), trouble(reached)) == (states, "SMTP_AWAY")
    reached.hours.go_on(hours=1)
    with mail_server() as box:
        reached.post(box.port).round(GO_ON)
        assert len(box.letters) == (0 if states == ["tidak-pasti"] else 1)
        reached.hours.go_on(days=3)
        reached.post(box.port).round(GO_ON)
        assert box.to == [LINA] * (1 if states == ["tidak-pasti"] else 2)


def test_a_letter_in_whose_middle_the_worker_dies_is_not_sent_twice(
    reached: Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached.reach(budi="")
    hand_over = smtp.Server.hand_over

    def die(server: smtp.Server, **given: Any) -> None:
        hand_over(server, **given)
        raise SystemExit  # as a kill would: nothing after it runs but what closes the line

    with monkeypatch.context() as planted, pytest.raises(SystemExit):
        planted.setattr(smtp.Server, "hand_over", die)
        reached.post(box.port).round(GO_ON)
    assert (len(box.letters), reached.states()) == (1, ["dicatat"])
    page = "/cakupan/dikbud/ingatkan"
    assert "sedang diserahkan ke server surat" in reached.visitor("budi").get(page).text
    reached.hours.go_on(minutes=11)
    assert "mungkin diserahkan; pengirimannya terputus" in reached.visitor("budi").get(page).text
    reached.post(box.port).round(GO_ON)
    assert len(box.letters) == 1
    reached.hours.go_on(days=3)
    reached.post(box.port).round(GO_ON)
    assert (len(box.letters), reached.states()) == (2, ["dicatat", "diserahkan"])


def test_two_workers_do_not_note_one_letter_twice(reached: Office) -> None:
    with reached.app.app_context():
        for expected in (True, False):
            with transaction() as session:
                noted = service.note(session, person_id=reached.person("lina").id, now=clock.now())
            assert (noted is not None) is expected


def test_an_address_of_the_roster_that_no_server_takes_is_noted_and_not_tried(reached: Office, box: Mailbox) -> None:
    reached.reach(budi="", lina="lina,budi@contoh.example")
    reached.post(box.port).round(GO_ON)
    assert (box.asked, reached.states()) == ([], ["ditolak"])


def test_where_encryption_is_asked_for_nothing_goes_without(reached: Office, box: Mailbox) -> None:
    reached.post(box.port, tls="starttls").round(GO_ON)
    assert (box.asked, reached.rows(), trouble(reached)) == ([], [], "SMTP_REFUSES")


def test_a_worker_that_is_told_to_stop_ends_between_two_letters(reached: Office, box: Mailbox) -> None:
    stop = threading.Event()

    def stopping(_envelope: Envelope) -> str:
        stop.set()
        return "250 OK"

    box.to_text = stopping
    reached.post(box.port).round(stop)
    assert len(box.letters) == 1


@pytest.mark.parametrize(("pause", "long"), [("QUIET", 60.0), ("REST", 1e6)])
def test_a_post_that_found_nothing_looks_again_later_and_the_later_the_longer_it_took(
    reached: Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch, pause: str, long: float
) -> None:
    monkeypatch.setattr(posting, pause, long)
    post = reached.post(box.port)
    reached.switch("dikbud", on=False)
    post.round(GO_ON)
    reached.switch("dikbud")
    post.round(GO_ON)
    assert box.letters == []


def test_who_is_erased_takes_their_reminders_along_and_leaves_the_switch_without_a_name(
    reached: Office, box: Mailbox
) -> None:
    reached.post(box.port).round(GO_ON)
    reached.reach(lina=LINA, phone="081234567901")
    reached.visitor("budi").post(f"/cakupan/dikbud/ingatkan/{reached.id_of('lina')}")
    assert len(reached.rows()) == 3
    with reached.app.app_context():
        with transaction() as session:
            pepper = reached.wired.keyring.pepper
            erasure.erase(session, person=reached.person("budi"), now=clock.now(), pepper=pepper)
        unit = units.by_code(db.session(), code="dikbud")
        assert unit is not None
        row = db.session().get_one(ReminderSwitch, unit.id)
        assert (row.is_on, row.changed_by_id) == (True, None)
    left = reached.rows()
    assert [(row.way, row.account_id) for row in left] == [("surel", None), ("wa", None)]
    assert {row.person_id for row in left} == {reached.id_of("lina")}


def trouble(office: Office) -> str:
    """Return what /kesehatan knows of the mail server."""
    with office.app.app_context():
        wanted = select(Heartbeat.trouble).where(Heartbeat.name == health.MAIL)
        return db.session().execute(wanted).scalar_one()


def health_page(office: Office) -> str:
    """Return how the service stands."""
    return office.visitor().get("/kesehatan").text
