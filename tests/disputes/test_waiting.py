"""A dispute is announced to those who decide it, and to those who watch over it, until it is closed."""

from __future__ import annotations

import re

from tests.disputes.test_not_me import city as city
from tests.disputes.test_not_me import find, key_id, say
from tests.people import KNOWN, City
from tests.revocation.office import plain


def announced(city: City, who: str) -> bool:
    """Say whether menu and start page, which must agree, tell somebody of one dispute."""
    page = plain(city.visitor(who).get("/").text)
    in_menu = "Keberatan “Bukan saya” (1 menunggu Anda" in page
    waits = re.search(r"Menunggu Anda (?!\))(.*?) Periksa sertifikat", page)
    in_list = waits is not None and "Keberatan “Bukan saya” (1" in waits.group(1)
    assert in_menu == in_list, page
    return in_list


def test_not_me_is_announced_until_two_have_found_the_same(city: City) -> None:
    city.activate("dewi")
    assert [announced(city, who) for who in ("ani", "dewi", "wati", "siti")] == [False] * 4
    say(city.visitor("siti"), city)
    assert [announced(city, who) for who in ("ani", "dewi", "wati", "joko")] == [True, True, True, False]
    find(city, "ani", "benar")
    assert [announced(city, who) for who in ("ani", "dewi", "wati")] == [False, True, True]
    find(city, "dewi", "benar")
    assert [announced(city, who) for who in ("ani", "dewi", "wati")] == [False] * 3


def test_who_watches_over_disputes_reads_who_decides_them_and_has_nothing_to_press(city: City) -> None:
    say(city.visitor("siti"), city)
    start, listed, watching = (city.visitor("wati").get(path).text for path in ("/", "/keberatan", "/pengawas"))
    assert "Keberatan “Bukan saya” (1 belum ditutup) Dua administrator BKPSDM memeriksanya." in plain(start)
    assert "tidak perlu menekan apa pun" in plain(listed) and 'action="/keberatan' not in listed
    assert watching.split("<main")[1].count('href="/keberatan"') == 1
    page = plain(city.visitor("ani").get("/").text)
    assert "Keberatan “Bukan saya” (1)" in page and "memeriksanya" not in page


def test_nobody_is_told_of_a_dispute_in_their_own_name(city: City) -> None:
    city.activate("dewi")
    assert city.visitor("ani").post(f"/bukan-saya/kunci/{key_id(city, 'ani')}").status_code == 200
    assert [announced(city, who) for who in ("ani", "dewi", "wati")] == [False, True, True]


def test_a_closed_dispute_names_both_and_where_a_new_slip_is_given(city: City) -> None:
    say(city.visitor("siti"), city)
    assert "Dua administrator harus" in city.visitor("ani").get("/keberatan").text
    for who in ("ani", "dewi"):
        find(city, who, "benar")
    page = city.visitor("ani").get("/keberatan").text
    assert KNOWN["ani"].name in plain(page) and f"Administrator kedua {KNOWN['dewi'].name}" in plain(page)
    assert "perlu slip baru" in page and "Dua administrator harus" not in page
    seen = city.visitor("wati").get("/keberatan").text
    assert KNOWN["dewi"].name not in seen and "perlu slip baru" not in seen


def test_a_finding_without_words_is_asked_for_at_its_field(city: City) -> None:
    say(city.visitor("siti"), city)
    answer = find(city, "ani", "benar", words="ya")
    assert answer.status_code == 422 and 'href="#keterangan-1"' in answer.text
    assert "keterangan belum ditulis" in answer.text and 'aria-invalid="true" value="ya"' in answer.text
