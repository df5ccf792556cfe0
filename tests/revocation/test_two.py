"""Two administrators revoke or bring back; one suspends; nobody decides in their own matter."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from pakta.accounts import service as accounts
from pakta.accounts.models import AccessLog, Account
from pakta.certificates import service as certificates
from pakta.certificates.rules import ReasonClass, Status
from pakta.core.ledgerentry import EntryKind
from pakta.database import db, transaction
from pakta.revocation.rules import State
from pakta.roles import Role
from pakta.roster.models import SignedPerson
from pakta.web import access, clock
from tests.people import KNOWN
from tests.revocation.office import REASON, Office, plain, reason_of

S, R, V = Status.SUSPENDED, Status.REVOKED, Status.VALID


def test_two_administrators_revoke_a_certificate(office: Office) -> None:
    assert office.ask("ani").status_code == 302
    assert office.status() == (V, "")
    assert office.decide("dewi").status_code == 302
    assert office.status() == (R, "data-salah")
    assert office.entries(EntryKind.REVOKED) == 1
    assert office.told() == ["sertifikat-dicabut"]
    row = office.requests()[0]
    assert (row.outcome, row.first_by_id, row.decided_by_id) == (
        State.APPROVED, office.keys["ani"][0], office.keys["dewi"][0],
    )  # fmt: skip
    with office.app.app_context():
        counted = select(SignedPerson.person_id).where(SignedPerson.person_id == office.person("siti").id)
        assert db.session().execute(counted).all() == []


def test_one_administrator_suspends_at_once_and_two_bring_back(office: Office) -> None:
    assert office.ask("ani", "tangguhkan", golongan="kunci-hilang").status_code == 302
    assert office.status() == (S, "kunci-hilang")
    assert office.entries(EntryKind.SUSPENDED) == 1
    assert office.ask("ani", "pulihkan", golongan="").status_code == 302
    assert office.status()[0] == S
    assert office.decide("dewi").status_code == 302
    assert office.status()[0] == V
    assert office.entries(EntryKind.REINSTATED) == 1
    assert office.told() == ["sertifikat-ditangguhkan", "sertifikat-dipulihkan"]


def test_who_asked_cannot_approve(office: Office) -> None:
    office.ask("ani")
    answer = office.decide("ani")
    assert (answer.status_code, reason_of(answer)) == (422, "REQUEST_SAME_PERSON")
    assert office.status()[0] == V


@pytest.mark.parametrize("wanted", ["cabut", "tangguhkan"])
def test_nobody_asks_or_decides_about_their_own_certificate(office: Office, wanted: str) -> None:
    assert reason_of(office.ask("ani", wanted, whose="ani")) == "REQUEST_OWN"
    office.ask("dewi", whose="ani")
    for what in ("setujui", "tolak"):
        assert reason_of(office.decide("ani", what)) == "REQUEST_OWN"
    assert office.status("ani")[0] == V
    office.grant("rini", Role.ADMINISTRATOR, "pemkot")
    assert office.decide("rini").status_code == 302
    assert office.status("ani")[0] == R


@pytest.mark.parametrize("who", ["budi", "rini", "wati"])
def test_what_a_head_a_delegate_or_the_supervisor_asks_needs_two_administrators(office: Office, who: str) -> None:
    assert office.ask(who).status_code == 302
    assert "Menunggu dua administrator" in office.page(who)
    assert office.decide(who).status_code == 403
    assert office.decide("ani").status_code == 302
    assert (office.status()[0], office.requests()[0].first_by_id) == (V, office.keys["ani"][0])
    assert "Menunggu administrator kedua" in office.page("ani")
    assert office.decide("ani").status_code == 302  # once more changes nothing
    assert office.status()[0] == V
    assert office.decide("dewi").status_code == 302
    assert office.status()[0] == R


@pytest.mark.parametrize("who", ["budi", "rini", "wati"])
def test_only_an_administrator_suspends(office: Office, who: str) -> None:
    answer = office.ask(who, "tangguhkan")
    assert (answer.status_code, reason_of(answer), office.status()[0]) == (403, "NOT_ALLOWED", V)


def test_a_head_asks_in_their_own_subtree_alone(office: Office) -> None:
    assert office.ask("budi", whose="joko").status_code == 404
    assert office.visitor("budi").get(office.address("joko")).status_code == 404
    assert office.requests() == []


def test_what_others_asked_is_seen_by_administrators_and_by_who_asked(office: Office) -> None:
    office.ask("budi")
    seen = {who: office.visitor(who).get("/pencabutan/permintaan/1").status_code for who in ("ani", "budi", "rini")}
    assert seen == {"ani": 200, "budi": 200, "rini": 404}
    assert office.decide("rini", "tolak").status_code == 404
    assert "Gelar" not in office.visitor("rini").get(office.address()).text


def test_the_first_one_must_still_be_administrator(office: Office) -> None:
    office.ask("ani")
    with office.app.app_context(), transaction() as session:
        account = session.get_one(Account, office.keys["ani"][0])
        (grant, *_) = accounts.grants_of(session, account=account, now=clock.now())
        accounts.end_role(session, grant=grant, now=clock.now())
    answer = office.decide("dewi")
    assert (answer.status_code, reason_of(answer), office.status()[0]) == (422, "REQUEST_FIRST_GONE", V)
    assert office.decide("dewi", "tolak").status_code == 302
    assert office.requests()[0].outcome == State.REFUSED


@pytest.mark.parametrize(("who", "end"), [("ani", State.WITHDRAWN), ("dewi", State.REFUSED)])
def test_a_request_is_withdrawn_or_refused_and_changes_nothing(office: Office, who: str, end: State) -> None:
    office.ask("ani")
    assert [office.decide(who, "tolak").status_code for _ in range(2)] == [302, 302]
    assert (office.requests()[0].outcome, office.status()[0]) == (end, V)
    assert reason_of(office.decide("dewi")) == "REQUEST_CLOSED"
    assert (office.status()[0], office.told()) == (V, [])
    assert office.ask("ani").status_code == 302  # and may be asked again
    assert len(office.requests()) == 2


def test_asking_twice_is_one_request_and_another_meanwhile_is_refused(office: Office) -> None:
    ani = office.visitor("ani")
    assert [office.ask(ani).location for _ in range(2)] == ["/pencabutan/permintaan/1"] * 2
    assert reason_of(office.ask("dewi")) == "REQUEST_OPEN"
    assert reason_of(office.ask("ani", golongan="keluar")) == "REQUEST_OPEN"
    assert len(office.requests()) == 1


def test_suspending_twice_is_one_suspension(office: Office) -> None:
    ani = office.visitor("ani")
    assert [office.ask(ani, "tangguhkan").location for _ in range(2)] == ["/pencabutan/permintaan/1"] * 2
    assert reason_of(office.ask("dewi", "tangguhkan")) == "STATUS_SAME"
    assert (len(office.requests()), office.entries(EntryKind.SUSPENDED)) == (1, 1)


def test_approving_twice_revokes_once(office: Office) -> None:
    office.ask("ani")
    dewi = office.visitor("dewi")
    assert [office.decide(dewi).status_code for _ in range(2)] == [302, 302]
    assert office.entries(EntryKind.REVOKED) == 1


def test_a_suspension_as_a_precaution_does_not_overtake_the_request_to_revoke(office: Office) -> None:
    office.ask("ani")
    office.ask("dewi", "tangguhkan")
    assert office.decide("dewi", request=1).status_code == 302
    assert office.status()[0] == R


def test_a_request_about_a_certificate_that_has_changed_is_overtaken(office: Office) -> None:
    office.ask("ani")
    with office.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=office.certificate(), status=R, reason=ReasonClass.LEFT_SERVICE, now=clock.now(),
            keyring=office.wired.keyring, config=office.wired.config,
        )  # fmt: skip
    assert "Tidak berlaku lagi: sertifikatnya sudah berubah" in office.page("dewi")
    for what in ("setujui", "tolak"):
        assert reason_of(office.decide("dewi", what)) == "REQUEST_OVERTAKEN"
    assert office.status() == (R, "keluar")
    assert reason_of(office.ask("ani")) == "STATUS_FINAL"


def test_a_request_to_bring_back_is_not_for_a_later_suspension(office: Office) -> None:
    office.ask("ani", "tangguhkan")
    office.ask("ani", "pulihkan")
    first = office.requests()[-1].id
    with office.app.app_context():
        for status in (V, S):
            with transaction() as session:
                certificates.change_status(
                    session, row=office.certificate(), status=status, reason=ReasonClass.KEY_LOST, now=clock.now(),
                    keyring=office.wired.keyring, config=office.wired.config,
                )  # fmt: skip
    assert reason_of(office.decide("dewi", request=first)) == "REQUEST_OVERTAKEN"
    assert office.ask("dewi", "pulihkan").status_code == 302  # for the later one it is asked anew
    assert office.requests()[1].outcome == State.OVERTAKEN
    assert office.decide("ani").status_code == 302
    assert office.status()[0] == V


def test_while_a_dispute_is_open_nothing_is_brought_back(office: Office) -> None:
    office.ask("ani", "tangguhkan")
    office.ask("ani", "pulihkan")
    assert office.visitor("siti").post(f"/bukan-saya/kunci/{office.keys['siti'][1]}").status_code == 200
    assert reason_of(office.decide("dewi")) == "DISPUTE_OPEN"
    office.decide("ani", "tolak")
    assert reason_of(office.ask("ani", "pulihkan")) == "DISPUTE_OPEN"
    assert office.status()[0] == S
    for who in ("ani", "dewi"):
        office.visitor(who).post("/keberatan/1", data={"hasil": "keliru", "keterangan": "ternyata miliknya"})
    office.ask("ani", "pulihkan")
    office.decide("dewi")
    assert office.status()[0] == V


def test_a_revoked_certificate_never_comes_back(office: Office) -> None:
    office.ask("ani")
    office.decide("dewi")
    for wanted in ("pulihkan", "tangguhkan", "cabut"):
        assert reason_of(office.ask("ani", wanted)) == "STATUS_FINAL"
    assert "Pencabutan tidak dapat dibatalkan" in office.visitor("ani").get(office.address()).text


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"golongan": "temuan"}, "REQUEST_CLASS"),
        ({"golongan": ""}, "REQUEST_CLASS"),
        ({"minta": "hapus"}, "REQUEST_CLASS"),
        ({"minta": "pulihkan"}, "STATUS_SAME"),
        ({"minta": "tangguhkan", "golongan": "sengketa"}, "REQUEST_CLASS"),
        ({"alasan": "  x  "}, "REQUEST_REASON"),
        ({"alasan": "x" * 401}, "REQUEST_REASON"),
    ],
)
def test_an_incomplete_wish_is_told_before_anything_is_written(
    office: Office, sent: dict[str, str], reason: str
) -> None:
    whole = {"minta": "cabut", "golongan": "data-salah", "alasan": REASON} | sent
    for path in (office.address() + "/periksa", office.address()):
        answer = office.visitor("ani").post(path, data=whole)
        assert (answer.status_code, reason_of(answer)) == (422, reason)
    assert (office.requests(), office.status()[0]) == ([], V)


def test_the_confirmation_says_what_will_happen_and_writes_nothing(office: Office) -> None:
    sent = {"minta": "cabut", "golongan": "keluar", "alasan": f"Pensiun, NIP {KNOWN['siti'].number} sejak Senin"}
    answer = office.visitor("ani").post(office.address() + "/periksa", data=sent)
    said = plain(answer.text)
    for words in ("Belum ada yang berubah", "Siti Lestari", "jenis alasan “tidak lagi bertugas”",
                  "tidak dapat dibatalkan", "NIP •••901 sejak Senin", "administrator lain menyetujui"):  # fmt: skip
        assert words in said
    assert KNOWN["siti"].number not in answer.text
    assert office.requests() == []


def test_an_identity_number_in_a_reason_is_hidden(office: Office) -> None:
    office.ask("ani", alasan=f"NIP {KNOWN['siti'].number} salah ketik")
    assert office.requests()[0].reason == "NIP •••901 salah ketik"


def test_a_certificate_is_found_by_number_and_by_name_and_never_by_nip(office: Office) -> None:
    with office.app.app_context():
        number = office.certificate().number
    for who in ("ani", "budi", "wati"):
        found = office.visitor(who).post("/pencabutan/cari", data={"cari": number.lower()})
        assert found.location == office.address()
    by_name = office.visitor("ani").post("/pencabutan/cari", data={"cari": "lestari siti"})
    assert "901" in plain(by_name.text) and KNOWN["siti"].number not in by_name.text
    assert "Tidak ada sertifikat" in office.visitor("budi").post("/pencabutan/cari", data={"cari": "joko"}).text
    for who, typed in (("ani", KNOWN["siti"].number), ("wati", "siti"), ("ani", ""), ("budi", "0" * 17)):
        answer = office.visitor(who).post("/pencabutan/cari", data={"cari": typed})
        assert (answer.status_code, len(typed) == 18 and typed in answer.text) == (422, False)


def test_the_supervisor_sees_no_name(office: Office) -> None:
    office.ask("wati")
    pages = [office.visitor("wati").get(path).text for path in ("/pencabutan", office.address())]
    pages.append(office.visitor("wati").get("/pencabutan/permintaan/1").text)
    assert [("Siti" in page, "•••" in page) for page in pages] == [(False, False)] * 3
    assert "Siti Lestari" in office.visitor("ani").get("/pencabutan/permintaan/1").text


def test_the_written_reason_reaches_neither_the_owner_nor_the_public(office: Office) -> None:
    office.ask("ani")
    office.decide("dewi")
    client = office.visitor("siti")
    with office.app.app_context():
        number = office.certificate().number
    pages = [client.get(path).text for path in ("/pemberitahuan", "/akun", f"/sertifikat/{number}")]
    pages.append(office.visitor().post("/periksa", data={"isi": number}).text)
    assert [REASON in page for page in pages] == [False] * 4
    assert ["data salah" in plain(page) for page in pages[:3]] == [True] * 3


def test_what_is_asked_decided_and_looked_at_is_noted(office: Office) -> None:
    office.visitor("ani").get("/pencabutan")
    office.ask("ani")
    office.decide("dewi")
    office.visitor("dewi").get("/pencabutan/permintaan/1")
    with office.app.app_context():
        lines = db.session().execute(select(AccessLog).where(AccessLog.action.startswith("pencabutan"))).scalars()
        noted = [(line.action, line.account_id, line.detail) for line in lines]
    ani, dewi = office.keys["ani"][0], office.keys["dewi"][0]
    assert noted == [
        ("pencabutan-lihat", ani, ""), ("pencabutan-minta-cabut", ani, "cabut, data-salah"),
        ("pencabutan-setujui", dewi, "cabut, data-salah"), ("pencabutan-permintaan", dewi, ""),
    ]  # fmt: skip


def test_asking_and_approving_need_a_fresh_sign_in(office: Office) -> None:
    stale = office.visitor("ani", ago=access.FRESH_FOR + timedelta(minutes=1))
    assert office.ask(stale).status_code == 401
    office.ask("dewi")
    assert office.decide(stale).status_code == 401
    assert office.decide("ani").status_code == 302


@pytest.mark.parametrize(("disputed", "advice"), [(False, "tanyakan sebabnya"), (True, "dengan kartu identitas")])
def test_the_first_page_tells_its_owner_of_a_suspension_and_what_to_do(
    office: Office, disputed: bool, advice: str
) -> None:
    siti = office.visitor("siti")
    assert "ditangguhkan" not in plain(siti.get("/").text)
    if disputed:
        siti.post(f"/bukan-saya/kunci/{office.keys['siti'][1]}")
    else:
        office.ask("ani", "tangguhkan")
    page = plain(siti.get("/").text)
    assert "Sertifikat Anda ditangguhkan" in page
    assert advice in page
    assert "ditangguhkan" not in plain(office.visitor("joko").get("/").text)
    assert "ditangguhkan" not in plain(office.visitor().get("/").text)


def test_the_menu_tells_each_administrator_how_many_requests_wait_for_them(office: Office) -> None:
    def waits(who: str) -> str:
        found = re.search(r'href="/pencabutan"[^>]*>([^\n]*)</a>', office.visitor(who).get("/akun").text)
        return plain(found[1]) if found else ""

    assert (waits("ani"), waits("dewi")) == ("Pencabutan", "Pencabutan")
    office.ask("budi")
    assert (waits("ani"), waits("dewi")) == ("Pencabutan (1 menunggu Anda )",) * 2
    assert waits("budi") == "Pencabutan"
    office.decide("ani")
    assert (waits("ani"), waits("dewi")) == ("Pencabutan", "Pencabutan (1 menunggu Anda )")
    office.ask("dewi", whose="ani")
    assert waits("ani") == "Pencabutan"
    office.decide("dewi", request=office.requests()[0].id)
    assert waits("dewi") == "Pencabutan"


def test_who_holds_no_role_over_the_owner_any_more_reads_what_they_asked_no_more(office: Office) -> None:
    office.ask("budi")
    at = f"/pencabutan/permintaan/{office.requests()[-1].id}"
    assert office.visitor("budi").get(at).status_code == 200
    with office.app.app_context(), transaction() as session:
        account = session.get_one(Account, office.keys["budi"][0])
        for grant in accounts.grants_of(session, account=account, now=clock.now()):
            accounts.end_role(session, grant=grant, now=clock.now())
    office.grant("budi", Role.HEAD, "dinkes")
    former = office.visitor("budi")
    assert former.get(at).status_code == 404 and former.post(f"{at}/tolak").status_code == 404
    assert KNOWN["siti"].name not in former.get("/pencabutan").text


@pytest.mark.parametrize(
    ("changed", "goes"),
    [
        ("first_by_id = NULL, decided_by_id = NULL", True),  # both were erased since
        ("first_by_id = NULL, first_at = NULL", False),
        ("decided_by_id = NULL, decided_at = NULL", False),
        ("first_by_id = decided_by_id", False),
        ("first_by_id = NULL, asked_by_id = decided_by_id", False),
    ],
)
def test_the_database_takes_no_revocation_without_two_people(office: Office, changed: str, goes: bool) -> None:
    office.ask("ani")
    office.decide("dewi")
    with office.app.app_context():
        try:
            db.session().execute(text(f"UPDATE status_requests SET {changed}"))
        except IntegrityError:
            assert not goes
        else:
            assert goes
