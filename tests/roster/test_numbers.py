"""Identity numbers and what a row may say: every bad form has its own reason."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pakta.core.errors import Reason, Refusal
from pakta.roster import rules

TODAY = date(2026, 11, 23)
NIP = "198609262015051001"
PPPK = "199009132025242014"


def number(text: str, kind: str = "pns") -> str:
    return rules.parse_number(text, kind=kind, on=TODAY)


@pytest.mark.parametrize(
    ("text", "kind", "stored"),
    [
        ("198609262015051001", "pns", NIP),
        ("19860926 201505 1 001", "pns", NIP),
        ("19860926-201505-1-001", "pns", NIP),
        ("19860926.201505.1.001", "pns", NIP),
        ("\u00a0198609262015051001\u200b", "pns", NIP),
        ("'198609262015051001", "pns", NIP),
        ("199009132025242014", "pppk", PPPK),
        ("199009132025211001", "pppk", "199009132025211001"),
        ("85091234", "polri", "85091234"),
        ("00010001", "polri", "00010001"),
        ("12345", "tni", "12345"),
        ("12345/p", "tni", "12345/P"),
        ("31980012340395", "tni", "31980012340395"),
        ("k-2024-017", "non-asn", "K2024017"),
        ("198609262015242001", "non-asn", "198609262015242001"),
    ],
)
def test_a_good_number_is_stored_without_spaces_points_and_dashes(text: str, kind: str, stored: str) -> None:
    assert number(text, kind) == stored


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("", "pns", Reason.NUMBER_MISSING),
        ("  ", "tni", Reason.NUMBER_MISSING),
        ("1.98609E+17", "pns", Reason.NUMBER_FROM_EXCEL),
        ("1,98609E+17", "pns", Reason.NUMBER_FROM_EXCEL),
        ("1.98E+17", "pppk", Reason.NUMBER_FROM_EXCEL),
        ("2E+17", "pns", Reason.NUMBER_FROM_EXCEL),
        ("198609262015051000.0", "pns", Reason.NUMBER_FROM_EXCEL),
        ("8.51E+07", "polri", Reason.NUMBER_FROM_EXCEL),
        ("198609262015051000", "pns", Reason.NIP_SERIAL),
        ("19860926201505100", "pns", Reason.NUMBER_TOO_SHORT),
        ("1986092620150510011", "pns", Reason.NUMBER_TOO_LONG),
        ("510123456", "pns", Reason.NIP_OLD),
        ("19860926201505100A", "pns", Reason.NUMBER_NOT_DIGITS),
        ("19860926201505,001", "pns", Reason.NUMBER_NOT_DIGITS),
        ("198602302015051001", "pns", Reason.NIP_BIRTH_DATE),
        ("198613262015051001", "pns", Reason.NIP_BIRTH_DATE),
        ("201109262026051001", "pns", Reason.NIP_AGE),
        ("194609261970051001", "pns", Reason.NIP_AGE),
        ("198609262001051001", "pns", Reason.NIP_START_YEAR),
        ("198609262029051001", "pns", Reason.NIP_START_YEAR),
        ("198609262015131001", "pns", Reason.NIP_START_MONTH),
        ("198609262015201001", "pppk", Reason.NIP_START_MONTH),
        ("198609262015053001", "pns", Reason.NIP_SEX),
        (PPPK, "pns", Reason.NUMBER_IS_PPPK),
        (NIP, "pppk", Reason.NUMBER_IS_PNS),
        ("5091234", "polri", Reason.NRP_LOST_ZERO),
        ("850912345", "polri", Reason.NRP_POLRI_FORM),
        ("85131234", "polri", Reason.NRP_MONTH),
        ("8509123X", "polri", Reason.NUMBER_NOT_DIGITS),
        ("1234", "tni", Reason.NRP_TNI_FORM),
        ("123456/PQR", "tni", Reason.NRP_TNI_FORM),
        ("3576012609860001", "non-asn", Reason.NUMBER_IS_NIK),
        ("K1", "non-asn", Reason.NUMBER_FORM),
    ],
)
def test_a_bad_number_is_refused_with_its_own_reason(text: str, kind: str, reason: Reason) -> None:
    with pytest.raises(Refusal) as refused:
        number(text, kind)
    assert refused.value.reason is reason
    assert len(refused.value.detail) < 15  # never the whole number


@given(st.text(max_size=30), st.sampled_from(rules.KINDS))
def test_any_text_is_a_number_or_refused(text: str, kind: str) -> None:
    try:
        stored = number(text, kind)
    except Refusal:
        return
    assert 4 <= len(stored) <= 20 and stored.isascii()
    assert number(stored, kind) == stored


def test_a_number_is_found_however_it_is_written_and_by_our_key_only() -> None:
    def ours(label: str) -> bytes:
        return label.encode() * 2

    assert rules.lookup("19860926 201505 1 001", pepper=ours) == rules.lookup(NIP, pepper=ours)
    assert rules.lookup(NIP, pepper=ours) != rules.lookup(NIP, pepper=lambda label: b"other")
    assert rules.lookup(NIP, pepper=ours) != rules.lookup("198609262015051002", pepper=ours)


def test_a_name_fits_the_qr_together_with_its_unit() -> None:
    assert rules.parse_name("A" * 150, unit_short_name="Setda") == "A" * 150
    with pytest.raises(Refusal, match="NAME_TOO_LONG"):
        rules.parse_name("A" * 156, unit_short_name="Setda")
    with pytest.raises(Refusal, match="NAME_TOO_LONG"):
        rules.parse_name("é" * 78, unit_short_name="Setda")


@pytest.mark.parametrize("name", ["", "   ", "123", "--"])
def test_a_name_without_letters_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="NAME_MISSING"):
        rules.parse_name(name, unit_short_name="Setda")


@pytest.mark.parametrize("name", ["Ani\tLestari", "Ani\nLestari", "Ani\u202eLestari", "Ani\u200bLestari", "A\x00"])
def test_a_name_with_signs_that_cannot_be_seen_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="TEXT_HIDDEN_SIGNS"):
        rules.parse_name(name, unit_short_name="Setda")


def test_a_name_is_tidied_and_otherwise_kept() -> None:
    assert rules.parse_name("  H. Ani   Lestari, S.Pd. ", unit_short_name="Setda") == "H. Ani Lestari, S.Pd."
    assert rules.parse_name("<b>Ani</b>", unit_short_name="Setda") == "<b>Ani</b>"


def test_an_empty_status_is_active_and_an_unknown_one_is_refused() -> None:
    assert rules.parse_status("") == "aktif"
    assert rules.parse_status(" Tugas Belajar ") == "tugas belajar"
    with pytest.raises(Refusal, match="STATUS_UNKNOWN"):
        rules.parse_status("cuti panjang")


def test_a_telephone_number_that_excel_changed_is_named() -> None:
    assert rules.parse_phone("0812-3456-789") == "0812-3456-789"
    with pytest.raises(Refusal, match="NUMBER_FROM_EXCEL"):
        rules.parse_phone("8.12E+10")
    with pytest.raises(Refusal, match="PHONE_FORM"):
        rules.parse_phone("=HYPERLINK(1)")


OWN = ("11950012345/P", "85091901", "12345")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("NIP saya 198609262015052901.", "NIP saya •••901."),
        ("19860926 201505 2 901", "•••901"),
        ("1986-0926.2015 05-2 901 itu saya", "•••901 itu saya"),
        ("milik orang lain: 19710512 199603 1 902", "milik orang lain: •••902"),
        ("NIK 3576014309860001", "NIK •••001"),
        ("NRP 85091901, bukan 85091902", "NRP •••901, bukan 85091902"),
        ("nomor tni 12345", "nomor tni •••45"),
        ("surat B/123/IX/2026 tanggal 12-09-2026, telepon 0812-3456-7890", None),
        ("850919010", None),
        ("19860926 - 201505 - 2 - 901", "•••901"),
        ("19860926/201505_2:901", "•••901"),
        ("(19860926) (201505) (2) (901)", "(•••901)"),
        ("19860926\u200b201505\u00ad2\u2212901", "•••901"),
        ("٨٥٠٩١٩٠١ dan ８５０９１９０１ dan 8509/1901", "•••901 dan •••901 dan •••901"),
        ("85091901A dan A85091901", None),
        ("11950012345, 11950012345P, 1195 0012 345 / p", "•••345, •••45P, •••45P"),
        ("Saya guru kelas III/c", None),
    ],
)
def test_numbers_in_free_words_are_hidden_and_other_digits_are_not(written: str, read: str | None) -> None:
    own = next((one for one in OWN if one[:4] in written or one[-4:] in written), "198609262015052901")
    assert rules.without_numbers(written, own=own) == (read or written)
