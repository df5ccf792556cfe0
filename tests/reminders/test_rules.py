"""When, how often and to which addresses: the rules alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pakta.reminders import rules, texts
from pakta.reminders.rules import State, Trouble


@pytest.mark.parametrize(
    ("utc", "may"),
    [
        ("2026-11-26 23:59:59.999999", False),
        ("2026-11-27 00:00:00", True),  # 07.00 in WIB
        ("2026-11-27 10:59:59.999999", True),
        ("2026-11-27 11:00:00", False),  # 18.00 in WIB
        ("2026-11-27 18:00:00", False),
    ],
)
def test_automatic_mail_goes_from_seven_to_six_in_wib(utc: str, may: bool) -> None:
    assert rules.is_hour(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is may


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("081234567901", "6281234567901"),
        ("+62 812-3456-7901", "6281234567901"),
        ("6281234567901", "6281234567901"),
        ("+62 (0)812 3456 7901", "6281234567901"),
        ("+60 12-345 6789", "60123456789"),
        ("(0321) 321456", ""),
        ("+62 321 321456", ""),
        ("0812", ""),
        ("08123456789012345", ""),
        ("", ""),
    ],
)
def test_mobile_numbers_are_written_as_whatsapp_wants_them_and_others_are_none(phone: str, number: str) -> None:
    assert rules.whatsapp_number(phone) == number


@pytest.mark.parametrize(
    ("email", "usable"),
    [
        ("siti.lestari+dinas@contoh.go.id", True),
        ("siti@contoh", False),
        ("sití@contoh.go.id", False),
        ("siti,joko@contoh.go.id", False),
        ("<siti@contoh.go.id>", False),
        ("siti@contoh.go.id\r\nRCPT TO:<lain@contoh.go.id>", False),
        ("siti@contoh.go.id\n", False),
    ],
)
def test_only_plain_addresses_are_put_to_a_mail_server(email: str, usable: bool) -> None:
    assert rules.is_usable(email) is usable


@pytest.mark.parametrize(
    ("code", "words", "meant"),
    [
        (550, "5.1.1 no such user", (State.REFUSED, None)),
        (553, "mailbox name not allowed", (State.REFUSED, None)),
        (450, "4.2.0 greylisted", (State.FAILED, None)),
        (421, "closing", (State.FAILED, Trouble.AWAY)),
        (550, "5.7.1 relay access denied", (State.FAILED, Trouble.REFUSES)),
        (530, "5.7.0 authentication required", (State.FAILED, Trouble.REFUSES)),
        (554, "no", (State.FAILED, Trouble.REFUSES)),
    ],
)
def test_a_refusal_is_the_addresss_or_ours(code: int, words: str, meant: tuple[State, Trouble | None]) -> None:
    assert rules.refused(code, words) == meant


def test_a_text_for_a_marked_institution_tells_no_counts() -> None:
    facts = texts.Facts("", "30 November 2026", "https://pakta.kota.example", "Kota")
    assert "5 dari 9 orang di Kodim belum" in texts.to_all("Kodim", ("5", "9"), facts)
    assert "belum semua orang di Kodim" in texts.to_all("Kodim", (), facts)
