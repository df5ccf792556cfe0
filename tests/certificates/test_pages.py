"""Who may open a certificate and its files."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pakta.accounts.models import Account, PersonKey
from pakta.certificates import card, service
from pakta.certificates.rules import ReasonClass, Status
from pakta.core import credential, number
from pakta.database import db, transaction
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.web import clock
from tests.people import City


@pytest.fixture
def city(app: Flask) -> City:
    """Give the small city: siti has signed, and those with a role are activated."""
    return City(app).build("siti", "joko", "budi", "ani", "wati", signed=["siti"])


def address(city: City, file: str = "") -> str:
    """Return the address of siti's certificate, or of a file of it."""
    with city.app.app_context():
        row = service.of_person(db.session(), person_id=city.person("siti").id)[0]
        return f"/sertifikat/{number.spoken(row.number)}{file}"


def test_its_owner_opens_it_and_downloads_every_file(city: City) -> None:
    owner = city.visitor("siti")
    assert "Pakta sudah ditandatangani" in owner.get(address(city)).text
    for file, begins in (
        ("/lembar.pdf", b"%PDF-2.0"),
        ("/berkas-bukti.pdf", b"%PDF-2.0"),
        ("/kartu.png", b"\x89PNG"),
    ):
        answer = owner.get(address(city, file))
        assert answer.status_code == 200
        assert answer.data.startswith(begins)


def test_a_file_is_made_once_and_served_as_it_was_stored(city: City) -> None:
    first = city.visitor("siti").get(address(city, "/lembar.pdf")).data
    assert city.visitor("siti").get(address(city, "/lembar.pdf")).data == first


def test_a_file_says_what_was_signed_whatever_people_and_units_are_called_by_now(city: City, tmp_path: Path) -> None:
    with city.app.app_context(), transaction() as session:
        person = city.person("siti")
        person.name = "Siti Baru"
        person.unit.name = person.unit.short_name = "Sekolah Baru"
        person.unit.institution.name = "Kota Baru"
        session.flush()
    owner, path = city.visitor("siti"), tmp_path / "lembar.pdf"
    path.write_bytes(owner.get(address(city, "/lembar.pdf")).data)
    printed = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "Siti Lestari" in printed and "Kranggan 1" in printed and "Baru" not in printed
    seen: list[card.CardFacts] = []
    plain = card.render
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "render", lambda facts: (seen.append(facts), plain(facts))[1])
        assert owner.get(address(city, "/kartu.png")).status_code == 200
    assert (seen[0].who, "Kranggan 1" in seen[0].unit) == ("Siti Lestari", True)


@pytest.mark.parametrize(("who", "status"), [("budi", 200), ("ani", 200), ("joko", 404), ("wati", 404)])
def test_heads_and_administrators_of_the_unit_read_it_others_do_not(city: City, who: str, status: int) -> None:
    assert city.visitor(who).get(address(city)).status_code == status
    assert city.visitor(who).get(address(city, "/lembar.pdf")).status_code == status


@pytest.mark.parametrize("who", ["budi", "ani", "joko"])
@pytest.mark.parametrize("file", ["/berkas-bukti.pdf", "/kartu.png"])
def test_nobody_but_the_owner_gets_the_evidence_or_the_card(city: City, who: str, file: str) -> None:
    assert city.visitor(who).get(address(city, file)).status_code == 404
    assert file not in city.visitor(who).get(address(city)).text
    assert file in city.visitor("siti").get(address(city)).text


@pytest.mark.parametrize("who", ["budi", "ani"])
def test_the_lembar_of_another_wants_a_fresh_sign_in_ones_own_does_not(city: City, who: str) -> None:
    sheet = address(city, "/lembar.pdf")
    stale = city.visitor(who, ago=timedelta(minutes=6)).get(sheet)
    assert (stale.status_code, "/masuk" in stale.headers.get("Location", "")) == (302, True)
    assert city.visitor(who).get(sheet).status_code == 200
    assert city.visitor("siti", ago=timedelta(minutes=6)).get(sheet).status_code == 200


def change(city: City, status: Status) -> None:
    """Revoke or suspend siti's certificate."""
    with city.app.app_context(), transaction() as session:
        row = service.of_person(session, person_id=city.person("siti").id)[0]
        service.change_status(
            session, row=row, status=status, reason=ReasonClass.DATA_WRONG, now=clock.now(),
            keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip


def test_the_owner_finds_it_in_their_account_whatever_became_of_it(city: City) -> None:
    where = f'href="{address(city)}"'
    shown = city.visitor("siti").get("/akun").text
    assert (where in shown, "Berlaku sampai" in shown) == (True, True)
    change(city, Status.SUSPENDED)
    assert "Ditangguhkan sejak" in city.visitor("siti").get("/akun").text
    change(city, Status.REVOKED)
    shown = city.visitor("siti").get("/akun").text
    assert (where in shown, "alasan: data salah" in shown) == (True, True)
    nobodys = city.visitor("joko").get("/akun").text
    assert (where in nobodys, "Anda belum menandatangani pakta." in nobodys) == (False, True)


def test_after_a_revocation_the_text_says_so_and_leads_to_it(city: City) -> None:
    change(city, Status.REVOKED)
    told = city.visitor("siti").get("/pakta").text
    assert ("yang terdahulu dicabut" in told, f'href="{address(city)}"' in told) == (True, True)
    assert "yang terdahulu dicabut" not in city.visitor("joko").get("/pakta").text


def test_after_the_closing_day_the_owner_is_still_led_to_it(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=120))
    owner = city.visitor("siti")
    assert f'href="{address(city)}"' in owner.get("/pakta").text
    assert 'href="/akun#sertifikat"' in owner.get("/pakta/status").text


@pytest.mark.parametrize("who", ["budi", "ani"])
def test_who_may_read_it_finds_it_in_the_list_of_those_who_signed(city: City, who: str) -> None:
    city.sign("joko")
    page = city.visitor(who).get("/cakupan/dikbud").text
    assert f'href="{address(city)}"' in page.split('<h2 id="sudah"')[1]
    assert page.count('href="/sertifikat/') == 1


def test_the_evidence_wants_a_fresh_sign_in(city: City) -> None:
    answer = city.visitor("siti", ago=timedelta(minutes=6)).get(address(city, "/berkas-bukti.pdf"))
    assert answer.status_code == 302
    assert "/masuk" in answer.headers["Location"]


@pytest.mark.parametrize("number_typed", ["XXXX", "0000-0000-0000-0000-0", "7K3M-ABCD-EFGH-JKMN-P"])
def test_an_unknown_or_malformed_number_is_not_found(city: City, number_typed: str) -> None:
    assert city.visitor("siti").get(f"/sertifikat/{number_typed}").status_code == 404


def test_without_a_sign_in_the_visitor_is_led_to_it(city: City) -> None:
    answer = city.visitor().get(address(city))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/masuk?lanjut=")


def test_before_the_ledger_is_closed_the_files_are_not_there_yet(city: City) -> None:
    account_id, key_id, holder = city.keys["joko"]
    with city.app.app_context():
        account, key = db.session().get_one(Account, account_id), db.session().get_one(PersonKey, key_id)
        setting = Setting(city.wired.keyring, city.wired.config, lambda _line: None)
        fresh = signer.sign(setting, who=signer.Activated(account, key, holder))
        assert fresh is not None
        where = f"/sertifikat/{number.spoken(fresh)}"
    client = city.visitor("joko")
    assert "Berkas sedang disiapkan" in client.get(where).text
    answer = client.get(where + "/lembar.pdf")
    assert answer.status_code == 422
    assert "CERTIFICATE_NOT_READY" in answer.text
    city.settle()
    assert city.visitor("joko").get(where + "/lembar.pdf").status_code == 200


def test_a_marked_institutions_certificate_carries_no_name(city: City) -> None:
    issued = city.sign("agus")
    assert issued.cose is not None
    assert credential.parse(issued.cose).claims.name is None
    named = city.sign("joko")
    assert named.cose is not None
    assert credential.parse(named.cose).claims.name == "Joko Prasetyo"


def test_a_revoked_certificate_is_not_what_the_list_of_those_who_signed_leads_to(city: City) -> None:
    with city.app.app_context():
        mine = service.of_person(db.session(), person_id=city.person("siti").id)[0]
        asked: dict[str, Any] = {"person_ids": [mine.person_id], "edition_codes": [mine.edition_code]}
        assert service.numbers(db.session(), **asked) == {mine.person_id: mine.number}
        assert service.numbers(db.session(), person_ids=[mine.person_id], edition_codes=["LAIN"]) == {}
    change(city, Status.REVOKED)
    with city.app.app_context():
        assert service.numbers(db.session(), **asked) == {}
