"""How times, numbers, shares and identity numbers are put to people."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from markupsafe import Markup

from pakta.roles import Role
from pakta.web import display, language

HALF_PAST_ONE = datetime(2026, 11, 23, 1, 15, tzinfo=UTC)


def test_a_time_is_shown_in_wib_with_its_zone() -> None:
    assert display.moment(HALF_PAST_ONE) == "23 November 2026 pukul 08.15 WIB"


def test_a_time_late_in_the_utc_day_falls_on_the_next_day_in_wib() -> None:
    assert display.moment(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)) == "1 Januari 2027 pukul 00.00 WIB"
    assert display.day(datetime(2026, 12, 31, 17, 0, tzinfo=UTC)) == "1 Januari 2027"
    assert display.day(datetime(2026, 12, 31, 16, 59, tzinfo=UTC)) == "31 Desember 2026"


def test_a_time_without_a_zone_is_never_shown() -> None:
    with pytest.raises(ValueError, match="zone"):
        display.moment(HALF_PAST_ONE.replace(tzinfo=None))


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_indonesian_name(month: int) -> None:
    assert display.day(date(2026, month, 9)) == f"9 {display.MONTHS[month - 1]} 2026"


def test_the_months_are_twelve_and_distinct() -> None:
    assert len(set(display.MONTHS)) == 12


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (999, "999"), (1004, "1.004"), (5588245, "5.588.245"), (-1200, "-1.200")]
)
def test_thousands_are_parted_by_points(value: int, shown: str) -> None:
    assert display.number(value) == shown


@pytest.mark.parametrize(
    ("part", "total", "shown"),
    [
        (812, 1004, "80,9 %"),
        (1, 2, "50,0 %"),
        (1, 3, "33,3 %"),
        (2, 3, "66,7 %"),
        (0, 12, "0 %"),
        (12, 12, "100 %"),
        (0, 0, "–"),
    ],
)
def test_a_share_has_one_decimal_and_a_comma(part: int, total: int, shown: str) -> None:
    assert display.percent(part, total) == shown


@pytest.mark.parametrize("total", [2, 999, 1000, 1001, 2000, 100_000, 5_000_000])
def test_a_share_is_full_only_when_all_signed_and_empty_only_when_none_did(total: int) -> None:
    assert display.percent(total, total) == "100 %"
    assert display.percent(total - 1, total) != "100 %"
    assert display.percent(total - 1, total) != "100,0 %"
    assert display.percent(0, total) == "0 %"
    assert display.percent(1, total) not in ("0 %", "0,0 %")


def test_only_the_serial_of_a_nip_can_be_read() -> None:
    assert display.masked("198609262015051001") == "•" * 15 + "001"


def test_a_short_number_shows_less_of_itself() -> None:
    assert display.masked("12345") == "•••45"
    assert display.masked("86091234") == "•••••234"


def test_a_nip_is_shown_in_its_groups_and_other_numbers_as_they_are() -> None:
    assert display.grouped("198609262015051001") == "19860926 201505 1 001"
    assert display.grouped("11090012345/P") == "11090012345/P"


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        (["polri"], "Polri"),
        (["tni", "polri"], "TNI dan Polri"),
        (["pns", "pppk", "non-asn"], "PNS, PPPK, dan Non-ASN"),
        (["kepala"], "Kepala perangkat daerah"),
    ],
)
def test_an_audience_reads_as_one_phrase(kinds: list[str], shown: str) -> None:
    assert display.audience(kinds) == shown


def test_a_pppk_has_a_golongan_and_no_pangkat() -> None:
    assert display.rank_label("pppk") == "Golongan"
    assert display.rank_label("pns").startswith("Pangkat")
    assert display.number_label("pppk") == "NI PPPK"


def test_a_certificate_number_is_shown_in_groups_of_four_and_its_check_sign() -> None:
    assert display.certificate_number("7K3M9Q2XAB4DEFGHJ") == "7K3M-9Q2X-AB4D-EFGH-J"
    assert display.certificate_number("7K3M-9Q2X-AB4D-EFGH-J") == "7K3M-9Q2X-AB4D-EFGH-J"


def test_every_role_has_a_word() -> None:
    assert all(display.role(role) for role in display.ROLES)


def test_the_way_a_key_is_kept_reads_alike_from_its_name_and_its_number() -> None:
    assert display.method("passkey") == display.method(1) == "Kunci layar (passkey)"
    assert display.method("device") == display.method(2) == "Kunci perangkat"
    assert display.method(3) == "Kunci perangkat di kios"
    assert display.method(9) == ""


def test_who_stands_in_for_a_head_is_not_called_a_deputy_head() -> None:
    """Wakil kepala is an office of its own; a Sekretaris or a Plt. does not hold it."""
    assert display.role(Role.DELEGATE) == "Yang mewakili kepala (Sekretaris, Plt.)"
    assert display.role(Role.HEAD) == "Kepala"


def test_a_sentence_that_ends_in_a_degree_has_one_full_stop() -> None:
    assert (
        display.ended("Dewi Lestari") == "Dewi Lestari."
        and display.ended("Dewi Lestari, S.T.") == "Dewi Lestari, S.T."
    )
    assert (
        display.ended(Markup("<b>S.T.</b>")) == "<b>S.T.</b>"
        and display.ended(Markup("<b>Dewi</b>")) == "<b>Dewi</b>."
    )
    assert language.sentence("Oleh {name}. Selesai.", name="Dewi, S.T.") == "Oleh Dewi, S.T. Selesai."
    assert language.sentence("Oleh {name}. Selesai.", name="Dewi") == "Oleh Dewi. Selesai."
