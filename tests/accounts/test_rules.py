"""Codes that forgive, passphrases that do not, and addresses that stay on this site."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pakta.accounts import rules

OWN = ("198609262015051901", "Siti Lestari Wanasepi", "Dinas Pendidikan dan Kebudayaan", "Kota Mojokerto")


def test_a_code_is_twelve_letters_of_sixty_random_bits() -> None:
    codes = {rules.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(rules.parse_code(code) == code for code in codes)


@pytest.mark.parametrize(
    "typed",
    [
        "7K3MQ01A91TB",
        "7k3m-q01a-91tb",
        " 7K3M Q01A 91TB ",
        "7K3M-QOIA-9LTB",
        "7k3m–qoia–9ltb",
        "7K3M.Q01A.91TB",
        "7K3M Q01A 91TB",
    ],
)
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert rules.parse_code(typed) == "7K3MQ01A91TB"


@pytest.mark.parametrize(
    "typed", ["", "7K3MQ01A91T", "7K3MQ01A91TBB", "7K3MQ01A91TU", "7K3MQ01A91T!", "é" * 12, "7" * 5000]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert rules.parse_code(typed) is None


def test_a_code_is_printed_in_groups() -> None:
    assert rules.grouped_code("7K3MQ01A91TB") == "7K3M-Q01A-91TB"


@pytest.mark.parametrize(
    "passphrase",
    [
        "198609262015051901",
        "26091986 26091986",
        "siti lestari 1986",
        "Lestari Wanasepi 123",
        "mojokerto mojokerto",
        "netralnetralnetral",
        "Netralitas2026!",
        "Dinas Pendidikan 1",
        "qwertyuiop1234",
        "aaaaaaaaaaaaaaa",
        "abcdefghijklmnop",
        "password123456",
        "poiuytrewq0987",
        "babababababababa",
    ],
)
def test_a_passphrase_that_others_would_guess_is_guessable(passphrase: str) -> None:
    assert rules.is_guessable(passphrase, own=OWN)


@pytest.mark.parametrize(
    "passphrase",
    ["bude-kilo-saru-meta", "kopi pahit hujan sore", "xK9#mQ2$vL7!", "siti naik becak hijau ke pasar"],
)
def test_a_passphrase_of_random_words_is_not_guessable(passphrase: str) -> None:
    assert not rules.is_guessable(passphrase, own=OWN)


@pytest.mark.parametrize("path", ["/pakta", "/akun?a=1", "/sertifikat/7K3M-1111", "/pakta/tinjau/ab?x=http://x"])
def test_a_path_of_this_site_may_be_gone_to(path: str) -> None:
    assert rules.own_path(path, otherwise="/") == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "pakta",
        "//jahat.example",
        "///jahat.example",
        "/\\jahat.example",
        "https://jahat.example/",
        "javascript:alert(1)",
        "/\t/jahat.example",
        "/\n/jahat.example",
        " /pakta",
        "\\\\jahat.example",
        "/" + "a" * 600,
    ],
)
def test_any_other_address_is_not_gone_to(path: str) -> None:
    assert rules.own_path(path, otherwise="/pakta") == "/pakta"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Linux; Android 13; SM-A145) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
            "Chrome di Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari di iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
            "Edge di Windows",
        ),
        ("", "Peramban"),
    ],
)
def test_a_device_is_told_in_words(agent: str, words: str) -> None:
    assert rules.device_words(agent) == words


def test_a_browser_inside_whatsapp_is_noticed_and_plain_chrome_is_not() -> None:
    assert rules.is_in_app("Mozilla/5.0 (Linux; Android 13; wv) Chrome/126 Mobile Safari/537.36 WhatsApp/2.24")
    assert rules.is_in_app("Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile/15E148 Instagram 331.0")
    assert not rules.is_in_app("Mozilla/5.0 (Linux; Android 13; SM-A145) Chrome/126.0 Mobile Safari/537.36")


def test_neighbours_share_a_bucket_and_strangers_do_not() -> None:
    assert rules.near("36.70.10.4") == rules.near("36.70.10.250") != rules.near("36.70.11.4")
    assert rules.near("2001:db8:1:2::9") == rules.near("2001:db8:1:7::1") != rules.near("2001:db8:2::1")
    assert rules.near("not an address") == "unknown"


def test_a_window_begins_on_the_quarter_of_an_hour() -> None:
    assert rules.window_of(datetime(2026, 11, 23, 8, 29, 59, 5, UTC)) == datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


def test_an_ipv4_address_written_as_ipv6_is_the_same_neighbourhood() -> None:
    assert rules.near("::ffff:36.70.10.4") == rules.near("36.70.10.99") != rules.near("::ffff:36.70.11.4")
    assert rules.near("2001:db8:1::1") == rules.near("2001:db8:1:ffff::9") != rules.near("2001:db8:2::1")
