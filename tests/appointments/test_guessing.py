"""Numbers of others are not guessed by the pages that ask for one, whatever is sent between the guesses."""

from __future__ import annotations

from tests.appointments.office import Office
from tests.people import KNOWN
from tests.revocation.office import reason_of

WRONG = [f"1986092620150529{at}" for at in range(10, 40)]


def test_a_known_number_between_the_guesses_gives_them_not_back(office: Office) -> None:
    asking, answers = office.visitor("budi"), []
    for at, number in enumerate(WRONG):
        if at % 3 == 0:
            asking.post("/peran/periksa", data=office.form("siti"))
        answers.append(reason_of(asking.post("/peran/periksa", data=office.form("siti", nomor=number))))
    tried = answers.count("PERSON_UNKNOWN")
    assert tried < 10 and answers[tried:] == ["TRIES_USED_UP"] * (len(WRONG) - tried)


def test_a_recovery_between_the_guesses_gives_them_not_back(office: Office) -> None:
    asking, answers = office.visitor("ani"), []
    for at, number in enumerate(WRONG):
        if at % 3 == 0:
            asking.post("/pemulihan", data={"nomor": KNOWN["siti"].number, "alasan": "Ponsel hilang"})
        answers.append(reason_of(asking.post("/pemulihan", data={"nomor": number, "alasan": "Ponsel hilang"})))
    tried = answers.count("PERSON_UNKNOWN")
    assert tried < 10 and answers[tried:] == ["TRIES_USED_UP"] * (len(WRONG) - tried)


def test_a_form_that_lacks_something_else_is_no_guess(office: Office) -> None:
    asking = office.visitor("budi")
    for _ in range(10):
        answer = asking.post("/peran", data=office.form("siti", alasan=""))
        assert reason_of(answer) == "REQUEST_REASON"
    for _ in range(10):
        assert asking.post("/peran/periksa", data=office.form("siti")).status_code == 200
    assert asking.post("/peran", data=office.form("siti")).status_code == 302


def test_who_holds_a_role_is_not_asked_by_guessed_numbers(office: Office) -> None:
    asking, known = office.visitor("ani"), {"cari": KNOWN["budi"].number}
    for _ in range(10):  # who is known is found as often as they are asked for, and so is a name
        assert KNOWN["budi"].name in asking.post("/peran/cari", data=known).text
        assert asking.post("/peran/cari", data={"cari": "nobody"}).status_code == 200
    answers = [asking.post("/peran/cari", data={"cari": number}) for number in WRONG]
    tried = [answer.status_code for answer in answers].count(200)
    assert tried < 10 and {reason_of(answer) for answer in answers[tried:]} == {"TRIES_USED_UP"}
    last = asking.post("/peran/cari", data=known)
    assert last.status_code == 429 and "Siapa memegang peran apa" in last.text and "/peran/cari" in last.text
    assert asking.post("/peran/cari", data={"cari": KNOWN["budi"].name}).status_code == 200
    assert reason_of(asking.post("/peran/periksa", data=office.form("siti"))) == "TRIES_USED_UP"
