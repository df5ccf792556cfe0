"""What is handed in and cannot be judged: each is told what to send instead, and nobody keeps others out."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from pakta.certificates import qr
from pakta.certificates.models import IssuedCredential
from pakta.verification import confined
from pakta.verification.contents import Held
from tests.people import City
from tests.verification.test_views import address, grey, post, sent_frame
from tests.verification.test_views import city as city
from tests.verification.test_views import siti as siti


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "FILE_EMPTY"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "IMAGE_HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif" + bytes(99), "IMAGE_HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + bytes(99), "IMAGE_FORMAT"),
    ],
    ids=["empty", "heic", "avif", "film"],
)
def test_what_cannot_be_read_here_says_what_to_send_instead(city: City, content: bytes, reason: str) -> None:
    code, text = post(city.visitor(), "/periksa/berkas", berkas=(io.BytesIO(content), "foto"))
    assert (code, reason in text) == (422, True)


def test_an_empty_number_is_told_apart_from_a_short_one(city: City) -> None:
    texts = [post(city.visitor(), "/periksa", nomor=typed)[1] for typed in ("", " - ", "7K3M")]
    assert ["CERTIFICATE_NUMBER_MISSING" in text for text in texts] == [True, True, False]


@pytest.mark.parametrize("path", ["/periksa/berkas", "/periksa/kamera"])
def test_who_reloads_an_answer_to_a_form_comes_back_to_it(city: City, path: str) -> None:
    answers = [city.visitor().get(path), city.visitor().get(f"{path}?bahasa=en")]
    assert [(each.status_code, each.location) for each in answers] == [
        (303, "/periksa?lagi=1"),
        (303, "/periksa?bahasa=en&lagi=1"),
    ]
    assert "tidak disimpan di sini" in city.visitor().get(answers[0].location).text


def test_a_file_and_a_frame_stand_in_line_for_the_network_that_they_come_from(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = confined.read

    def read(content: bytes, *, network: str = "", **more: Any) -> Held:
        seen.append(network)
        return real(content, network=network, **more)

    monkeypatch.setattr(confined, "read", read)
    letter = address(city, siti).encode()
    assert post(city.visitor(), "/periksa/berkas", berkas=(io.BytesIO(letter), "surat.txt"))[0] == 200
    assert sent_frame(city.visitor(), grey()).status_code == 200
    assert seen == ["7f0000"] * 2  # of 127.0.0.1


@pytest.mark.parametrize(
    ("before", "after"),
    [("/v#", "/v?bahasa=en#"), ("localhost", "LOCALHOST"), ("http", "  http"), ("/v#", "/v?fbclid=a1&b=2#")],
)
def test_an_address_that_is_forgiven_is_judged_by_the_browser_too(
    city: City, siti: IssuedCredential, before: str, after: str
) -> None:
    where, own = address(city, siti), city.wired.config.origin
    client = city.visitor()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
    assert token
    sent = {"csrf_token": token[1], "nomor": where.replace(before, after, 1), "sendiri": own}
    answer = client.post("/periksa", data=sent)
    assert (answer.status_code, answer.location) == (303, f"/v#{where.split('#')[1]}")
    assert b"SAH" in client.post("/periksa", data=sent | {"sendiri": ""}).data


def test_a_picture_whose_qr_leads_elsewhere_shows_what_it_says(city: City, siti: IssuedCredential) -> None:
    other = "https://contoh.id/<b>"
    code, text = post(city.visitor(), "/periksa/berkas", berkas=(io.BytesIO(qr.png(other)), "foto.png"))
    assert (code, "OTHER_HOST" in text) == (200, True)
    assert 'Isi QR: <span class="code">https://contoh.id/&lt;b&gt;</span>' in text
    own = qr.png(address(city, siti))
    assert "Isi QR" not in post(city.visitor(), "/periksa/berkas", berkas=(io.BytesIO(own), "foto.png"))[1]
