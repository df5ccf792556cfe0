"""What somebody goes on to after signing in holds no identity number; whatever else was asked for stays."""

from __future__ import annotations

import pytest

from pakta.core import number
from pakta.web import addresses

NUMBER = "198609262015052901"
OURS = number.from_cti(bytes(range(200, 216)))
HASH = "00112233" * 7 + "0011223a"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (f"/cakupan/{NUMBER}", "/cakupan"),
        (f"/cakupan/{NUMBER}.csv", "/cakupan"),
        (f"/cakupan/nip-{NUMBER}/lagi?halaman=3", "/cakupan?halaman=3"),
        ("/cakupan/19860926%20201505%202%20901", "/cakupan"),
        ("/cakupan/%31%39%38%36%30%39", "/cakupan"),
        ("/cakupan/%2531%2539%2538%2536%2530", "/cakupan"),
        ("/cakupan/١٩٨٦٠٩٢٦", "/cakupan"),
        (f"/{NUMBER}", "/"),
        (f"/sertifikat/{NUMBER}", "/sertifikat"),
        (f"/sertifikat/{NUMBER[:17]}", "/sertifikat"),
        (f"/pakta/tinjau/{'1' * 64}", "/pakta/tinjau"),
        (f"/cakupan/dikbud?cari={NUMBER}&halaman=3", "/cakupan/dikbud?halaman=3"),
        ("/cakupan/dikbud?cari=19860926+201505", "/cakupan/dikbud"),
        (f"/cakupan?{NUMBER}=1", "/cakupan"),
        (f"/cakupan?halaman=2#{NUMBER}", "/cakupan?halaman=2"),
        (f"/cakupan#/?cari={NUMBER}", "/cakupan"),
    ],
)
def test_what_may_be_an_identity_number_is_left_out(asked: str, kept: str) -> None:
    assert addresses.without_numbers(asked) == kept


@pytest.mark.parametrize(
    "asked",
    [
        "/",
        "/pakta",
        "/cakupan/sdn-kranggan-1",
        "/cakupan/dikbud?cari=Siti%20Lestari&halaman=3",
        "/akun?a=1&b#sesi",
        "/cakupan/caf%C3%A9-%E2%80%93-1",
        f"/sertifikat/{OURS}",
        f"/sertifikat/{number.spoken(OURS)}/lembar.pdf",
        f"/pakta/tinjau/{HASH}",
    ],
)
def test_other_addresses_stay_as_they_are(asked: str) -> None:
    assert addresses.without_numbers(asked) == asked


def test_a_cut_address_is_cut_once() -> None:
    once = addresses.without_numbers(f"/cakupan/{NUMBER}?a={NUMBER}&b=1#{NUMBER}")
    assert addresses.without_numbers(once) == once == "/cakupan?b=1"
