"""A pact text as its author writes it, and as it is hashed."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import rfc8785

from pakta.core.errors import Reason, Refusal
from pakta.editions import service, text

MEMBERS: dict[str, Any] = {
    "code": "UJI-1",
    "title": "Pakta Integritas Netralitas ASN",
    "kinds": ["pns", "pppk"],
    "opens_on": date(2026, 11, 1),
    "closes_on": date(2027, 3, 31),
    "opening": "Saya berjanji.",
    "legal_basis": [
        {"title": "Undang-Undang Nomor 20 Tahun 2023", "article": "Pasal 9", "valid_from": date(2023, 10, 31)}
    ],
    "clause": [{"id": "netral", "text": "Saya netral."}, {"id": "sanksi", "text": "Saya bersedia."}],
}
TOML = """
code = "UJI-1"
title = "Pakta Integritas Netralitas ASN"
kinds = ["pns", "pppk"]
opens_on = 2026-11-01
closes_on = "2027-03-31"
opening = "Saya berjanji."
[[legal_basis]]
title = "Undang-Undang Nomor 20 Tahun 2023"
article = "Pasal 9"
valid_from = 2023-10-31
[[clause]]
id = "netral"
text = \"\"\"
  Saya
  netral.
\"\"\"
[[clause]]
id = "sanksi"
text = "Saya bersedia."
"""


def changed(**members: Any) -> dict[str, Any]:
    """Return the good members with some replaced."""
    return copy.deepcopy(MEMBERS) | members


def test_a_file_and_its_members_give_the_same_text() -> None:
    assert text.from_toml(TOML.encode()) == text.from_members(MEMBERS)


def test_a_file_that_begins_with_a_byte_order_mark_is_read_too() -> None:
    assert text.from_toml(b"\xef\xbb\xbf" + TOML.encode()) == text.from_members(MEMBERS)


def test_the_canonical_bytes_hold_every_member_and_nothing_else() -> None:
    written = json.loads(text.from_members(MEMBERS).to_bytes())
    assert written == {
        "v": 1,
        "code": "UJI-1",
        "title": "Pakta Integritas Netralitas ASN",
        "audience": ["pns", "pppk"],
        "opening": "Saya berjanji.",
        "closing": "",
        "legal_basis": [
            {
                "title": "Undang-Undang Nomor 20 Tahun 2023",
                "article": "Pasal 9",
                "valid_from": "2023-10-31",
                "valid_until": None,
            }
        ],
        "clauses": [{"id": "netral", "text": "Saya netral."}, {"id": "sanksi", "text": "Saya bersedia."}],
        "opens_on": "2026-11-01",
        "closes_on": "2027-03-31",
    }
    assert rfc8785.dumps(written) == text.from_members(MEMBERS).to_bytes()


def test_a_text_is_read_back_from_its_bytes() -> None:
    written = text.from_members(MEMBERS)
    assert text.from_bytes(written.to_bytes()) == written


def test_one_changed_letter_gives_another_hash() -> None:
    other = changed(clause=[{"id": "netral", "text": "Saya netraI."}, MEMBERS["clause"][1]])
    hashes = {hashlib.sha256(text.from_members(each).to_bytes()).hexdigest() for each in (MEMBERS, other)}
    assert len(hashes) == 2


def test_a_letter_in_two_unicode_forms_is_the_same_letter() -> None:
    composed, parted = changed(title="Pakta Jemb\u00e9r"), changed(title="Pakta Jembe\u0301r")
    assert text.from_members(composed).to_bytes() == text.from_members(parted).to_bytes()


def without(name: str) -> dict[str, Any]:
    """Return the good members but one."""
    return {key: value for key, value in MEMBERS.items() if key != name}


BASIS = MEMBERS["legal_basis"][0]
BAD: list[tuple[Callable[[], dict[str, Any]], Reason]] = [
    (lambda: without("code"), Reason.EDITION_CODE),
    (lambda: changed(code="SEBUAH-KODE-PANJANG"), Reason.EDITION_CODE),
    (lambda: changed(code="ASN/2026"), Reason.EDITION_CODE),
    (lambda: changed(code=2026), Reason.EDITION_CODE),
    (lambda: without("title"), Reason.EDITION_FIELD),
    (lambda: changed(title="a" * 161), Reason.EDITION_FIELD),
    (lambda: changed(title="Pakta \u202eNSA"), Reason.EDITION_FIELD),
    (lambda: changed(title=7), Reason.EDITION_FIELD),
    (lambda: changed(opening="a" * 2001), Reason.EDITION_FIELD),
    (lambda: changed(closng="salah ketik"), Reason.EDITION_FIELD),
    (lambda: without("kinds"), Reason.EDITION_AUDIENCE),
    (lambda: changed(kinds=[]), Reason.EDITION_AUDIENCE),
    (lambda: changed(kinds=["pns", "pns"]), Reason.EDITION_AUDIENCE),
    (lambda: changed(kinds=["wali"]), Reason.EDITION_AUDIENCE),
    (lambda: changed(kinds=[["pns"]]), Reason.EDITION_AUDIENCE),
    (lambda: without("opens_on"), Reason.EDITION_FIELD),
    (lambda: changed(opens_on="1 November 2026"), Reason.EDITION_FIELD),
    (lambda: changed(closes_on=date(2026, 10, 31)), Reason.EDITION_DAYS),
    (lambda: without("clause"), Reason.EDITION_CLAUSES),
    (lambda: changed(clause=[*MEMBERS["clause"], MEMBERS["clause"][0]]), Reason.EDITION_CLAUSES),
    (lambda: changed(clause=[{"id": "a b", "text": "x"}]), Reason.EDITION_CLAUSES),
    (lambda: changed(clause=[{"id": True, "text": "x"}]), Reason.EDITION_CLAUSES),
    (lambda: changed(clause=[{"id": "netral", "text": " "}]), Reason.EDITION_FIELD),
    (lambda: changed(clause=[{"id": "netral", "text": "x", "teks": "y"}]), Reason.EDITION_FIELD),
    (lambda: changed(clause="Saya netral"), Reason.EDITION_FIELD),
    (lambda: changed(clause={"id": "netral", "text": "x"}), Reason.EDITION_FIELD),
    (lambda: changed(clause=[*MEMBERS["clause"], "Saya netral"]), Reason.EDITION_FIELD),
    (lambda: changed(legal_basis=["Pasal 9"]), Reason.EDITION_FIELD),
    (lambda: changed(legal_basis=[BASIS | {"valid_from": "kapan saja"}]), Reason.EDITION_FIELD),
    (lambda: changed(legal_basis=[BASIS | {"valid_from": date(2026, 11, 2)}]), Reason.LEGAL_BASIS_NOT_VALID),
    (
        lambda: changed(legal_basis=[BASIS | {"valid_until": date(2026, 10, 31)}]),
        Reason.LEGAL_BASIS_NOT_VALID,
    ),
]


@pytest.mark.parametrize(("make", "reason"), BAD)
def test_a_text_that_is_not_right_is_refused(make: Callable[[], dict[str, Any]], reason: Reason) -> None:
    with pytest.raises(Refusal) as caught:
        text.from_members(make())
    assert caught.value.reason == reason


GOOD: list[dict[str, Any]] = [
    changed(code="a"),
    changed(code="ABCDEFGHIJ-1"),
    changed(title="a" * 160),
    changed(closes_on=date(2026, 11, 1)),
    changed(clause=[{"id": 1, "text": "x"}]),
    changed(legal_basis=[BASIS | {"valid_from": date(2026, 11, 1), "valid_until": date(2026, 11, 1)}]),
    changed(legal_basis=[BASIS | {"valid_until": ""}]),
    without("legal_basis"),
    without("opening"),
    changed(kinds="kepala"),
]


@pytest.mark.parametrize("members", GOOD)
def test_a_text_at_the_edge_of_what_is_allowed_is_taken(members: dict[str, Any]) -> None:
    assert text.from_members(members).code == members["code"]


@pytest.mark.parametrize(
    "content", [b"code = ", b"\xff\xfe", b"code = 'a'\ncode = 'b'", b"#" * (text.LARGEST_FILE + 1)]
)
def test_a_file_that_is_no_toml_or_far_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        text.from_toml(content)
    assert caught.value.reason == Reason.EDITION_FILE


def own_texts() -> list[text.Text]:
    """Return the texts that come with Pakta."""
    return [text.from_toml(path.read_bytes()) for path in service.own_texts()]


def test_the_texts_that_come_with_pakta_cover_every_kind_of_signer_once() -> None:
    assert sorted(kind for each in own_texts() for kind in each.audience) == sorted(text.AUDIENCES)


def test_the_texts_that_come_with_pakta_cite_the_law_in_force() -> None:
    bases = {
        each.code: " ".join(f"{basis.title} {basis.article}" for basis in each.legal_basis) for each in own_texts()
    }
    assert all("Nomor 5 Tahun 2014" not in words for words in bases.values())
    assert "Nomor 20 Tahun 2023" in bases["ASN-2026"]
    assert "Nomor 20 Tahun 2023" in bases["KEPALA-2026"]
    assert "Nomor 2 Tahun 2002 tentang Kepolisian Negara Republik Indonesia Pasal 28" in bases["POLRI-2026"]
    assert "Nomor 34 Tahun 2004 tentang Tentara Nasional Indonesia Pasal 39" in bases["TNI-2026"]
