"""The wall and its figures: no names, cacheable, gone with the roll call; and the page of the bound kiosk."""

from __future__ import annotations

import re

import pytest

from pakta.accounts import rules as account_rules
from pakta.roles import Role
from tests.people import KNOWN
from tests.revocation.office import plain
from tests.rollcalls.hall import Hall
from tests.signing.test_kiosk import Page

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no database decides these


def wall(hall: Hall, what: str = "dinding", **headers: str) -> tuple[int, str]:
    """Ask for the wall or its figures, as a laptop that holds no account."""
    answer = hall.visitor().get(f"/apel/{hall.rows()[0].wall_code}/{what}", headers=headers)
    return answer.status_code, answer.text


def test_the_figures_follow_without_names_and_may_be_held_three_seconds(hall: Hall) -> None:
    row = hall.opened()
    hall.be(7, 30)
    client, path = hall.visitor(), f"/apel/{row.wall_code}/kini.json"
    answer = client.get(path)
    told = answer.get_json()
    assert told.pop("plan").startswith("Halaman Dikbud, ") and "plan" not in told
    assert told == {"state": "berjalan", "counter": "1", "rest": "dari 4 (25,0 %)", "filled": 250}
    assert answer.headers["Cache-Control"] == "public, max-age=3"
    assert "Set-Cookie" not in answer.headers and "Vary" not in answer.headers
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", "public, max-age=3")
    hall.sign("budi")
    other = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (other.status_code, other.get_json()["counter"], other.get_json()["filled"]) == (200, "2", 500)
    page = client.get(f"/apel/{row.wall_code}/dinding")
    words = plain(page.text)
    assert "dari 4 (50,0 %)" in words and "Angka per 07.30.00 WIB" in words and "Halaman Dikbud" in words
    assert 'http-equiv="refresh" content="10"' in page.text.split("<noscript>")[1].split("</noscript>")[0]
    for who in KNOWN.values():
        for text in (page.text, other.text):
            assert who.name not in text and who.number not in text
    assert page.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in page.headers


@SQLITE
def test_a_wall_learns_that_place_or_end_were_corrected(hall: Hall) -> None:
    row = hall.opened()
    hall.be(7, 31)
    client, path = hall.visitor(), f"/apel/{row.wall_code}"
    plan = client.get(f"{path}/kini.json").get_json()["plan"]
    assert f'data-plan="{plan}"' in client.get(f"{path}/dinding").text
    hall.visitor("budi").post("/apel/1/ubah", data={"tempat": "Aula SMPN 1", "selesai": "09:00"})
    later = client.get(f"{path}/kini.json").get_json()["plan"]
    assert later != plan and "Aula SMPN 1" in later and "sampai 09.00 WIB" in later
    assert f'data-plan="{later}"' in client.get(f"{path}/dinding").text


@SQLITE
def test_of_a_marked_institution_the_wall_shows_no_count_of_people(hall: Hall) -> None:
    hall.grant("ani", Role.ADMINISTRATOR, "polres")
    hall.sign("agus")
    row = hall.opened("ani", unit="polres")
    hall.be(7, 30)
    page = plain(hall.visitor().get(f"/apel/{row.wall_code}/dinding").text)
    assert "– kurang dari 10 orang" in page and "dari 1 (" not in page
    told = hall.visitor().get(f"/apel/{row.wall_code}/kini.json").get_json()
    assert (told["counter"], told["rest"], told["filled"]) == ("–", "kurang dari 10 orang", 0)


def test_before_and_after_it_there_are_no_figures(hall: Hall) -> None:
    hall.opened()
    hall.be(7, 30, micro=-1)
    assert '"state":"akan-datang"' in wall(hall, "kini.json")[1] and '"counter"' not in wall(hall, "kini.json")[1]
    assert "Apel dimulai 07.30" in plain(wall(hall)[1]) and "dari 4" not in wall(hall)[1]
    hall.be(8, 30, micro=-1)
    assert '"berjalan"' in wall(hall, "kini.json")[1]
    hall.be(8, 30)
    assert wall(hall, "kini.json")[1].strip() == '{"state":"selesai","until":"08.30"}'
    page = wall(hall)[1]
    assert "Apel sudah selesai" in plain(page)
    assert "dari 4" not in page and "<script" not in page and "refresh" not in page and "<svg" not in page


@SQLITE
def test_a_cancelled_one_says_so_and_one_that_ended_early_stops(hall: Hall) -> None:
    hall.opened()
    hall.post("budi", "batalkan")
    assert wall(hall, "kini.json")[1].strip() == '{"state":"dibatalkan"}'
    assert "Apel dibatalkan" in plain(wall(hall)[1])
    row = hall.opened()
    hall.be(7, 45)
    hall.post("budi", "akhiri", rollcall=row.id)
    assert hall.visitor().get(f"/apel/{row.wall_code}/kini.json").get_json() == {"state": "selesai", "until": "07.45"}


@SQLITE
def test_the_address_cannot_be_guessed_and_forgives_how_it_is_typed(hall: Hall) -> None:
    row = hall.opened()
    shown = re.findall(r"/apel/([0-9a-z-]+)/dinding", hall.visitor("budi").get("/apel/1").text)
    assert set(shown) == {account_rules.grouped_code(row.wall_code).lower()}
    assert len({row.wall_code, row.kiosk_code}) == 2
    client = hall.visitor()
    for code in (shown[0], shown[0].upper(), row.wall_code, row.wall_code.lower()):
        assert client.get(f"/apel/{code}/dinding").status_code == 200
    for code in ("1", row.kiosk_code, "AAAA-AAAA-AAAA", "x" * 200):
        for what in ("dinding", "kini.json"):
            assert client.get(f"/apel/{code}/{what}").status_code == 404
    for code in ("1", row.wall_code):
        assert client.get(f"/apel/{code}/kios").status_code == 404 == client.post(f"/apel/{code}/kios").status_code


@SQLITE
def test_the_kiosk_begins_anew_at_its_own_address_until_it_is_over(hall: Hall) -> None:
    row = hall.opened()
    path = f"/apel/{account_rules.grouped_code(row.kiosk_code).lower()}/kios"
    page = hall.visitor().get(path).text
    assert f'data-again="{path}" data-note="{path}/kunci"' in page and 'href="/kios"' not in page
    assert "Halaman Dikbud" in page
    assert set(re.findall(r'<a [^>]*href="([^"]*)"', page)) == {"#isi", path}  # nothing leads away
    assert "foto nomor" not in page and "minta petugas kios mencatatkannya" in page
    plain_kiosk = hall.visitor().get("/kios").text
    assert 'data-again="/kios"' in plain_kiosk and "data-note" not in plain_kiosk
    hall.be(8, 30)
    over = hall.visitor().get(path).text
    assert "Apel ini sudah selesai" in plain(over) and 'href="/kios"' in over and "kiosk.js" not in over


@SQLITE
def test_whoever_set_the_tablet_up_is_signed_out_before_others_use_it(hall: Hall) -> None:
    path = f"/apel/{account_rules.grouped_code(hall.opened().kiosk_code).lower()}/kios"
    client = hall.visitor("budi")
    page = client.get(path).text
    assert "Keluar dan mulai kios" in page and "form-kode" not in page
    assert client.get("/apel").status_code == 200
    assert (
        client.post(path).headers["Location"]
        == f"/apel/{account_rules.grouped_code(hall.rows()[0].kiosk_code).lower()}/kios"
    )
    assert "form-kode" in client.get(path).text
    assert "/masuk" in client.get("/apel").headers["Location"]


@SQLITE
def test_opening_the_bound_kiosk_ends_what_the_one_before_left_open(hall: Hall) -> None:
    path = f"/apel/{hall.opened().kiosk_code}/kios"
    page = Page(hall)
    page.enrol()
    assert page.client.get("/akun").status_code == 200
    assert "form-kode" in page.client.get(path).text
    assert "/masuk" in page.client.get("/akun").headers["Location"]
