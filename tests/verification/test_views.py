"""The files that a verdict needs, the page's shell, and the page on which one types or uploads."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from pakta.accounts import attempts
from pakta.accounts.models import Account, PersonKey
from pakta.certificates import qr
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.config import ROOT, Config
from pakta.core import keyset, number, status
from pakta.database import db, transaction
from pakta.demonstration import signer
from pakta.demonstration.setting import Setting
from pakta.keyring import Keyring
from pakta.verification import asked, pdf, shell, words
from pakta.web import clock
from tests import make
from tests.people import KNOWN, City

PAGE_LIMIT, SCRIPTS_LIMIT, ED25519_LIMIT = 30_000, 25_000, 4096  # bytes; the first two compressed


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    """Fill the app's database with the people of tests.people."""
    yield City(app).build()


@pytest.fixture
def siti(city: City) -> IssuedCredential:
    """Let Siti sign."""
    return city.sign("siti")


def address(city: City, row: IssuedCredential) -> str:
    """Return what the QR holds."""
    return certificates.address(row, config=city.wired.config)


def post(client: FlaskClient, path: str, **data: object) -> tuple[int, str]:
    """Post a form as a browser without scripts does; return status and text."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
    assert found
    answer = client.post(path, data={"csrf_token": found[1], **data})
    return answer.status_code, answer.text


def test_key_set_and_status_list_are_served_as_they_were_signed(city: City, siti: IssuedCredential) -> None:
    client = city.visitor()
    key_set = client.get("/.well-known/pakta-keys.json")
    known = keyset.verify(key_set.data, host="localhost:5000")
    assert known.log_origin == "localhost:5000/log"
    assert (key_set.headers["Cache-Control"], key_set.mimetype) == ("public, no-cache", "application/json")
    token = client.get("/s/0")
    claims = status.verify(
        token.data, issuer_keys=known.issuer_keys, uri="http://localhost:5000/s/0", now=clock.now()
    )
    assert status.get(status.decode(claims.lst), siti.status_index) == 0
    assert token.mimetype == "application/statuslist+cwt"
    age = re.search(r"max-age=(\d+)", token.headers["Cache-Control"])
    assert age and int(age[1]) <= 300
    for answer in (key_set, token):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Set-Cookie" not in answer.headers


def test_who_has_the_newest_key_set_is_not_sent_it_again(city: City, siti: IssuedCredential) -> None:
    client = city.visitor()
    etag = client.get("/.well-known/pakta-keys.json").headers["ETag"]
    assert client.get("/.well-known/pakta-keys.json", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/.well-known/pakta-keys.json", headers={"If-None-Match": '"other"'}).status_code == 200


def test_before_anything_is_published_the_files_are_missing(client: FlaskClient) -> None:
    for path in ("/.well-known/pakta-keys.json", "/s/0"):
        assert client.get(path).status_code == 404


def test_why_a_status_changed_is_told_of_all_changed_ones_at_once(city: City, siti: IssuedCredential) -> None:
    client = city.visitor()
    assert client.get("/s/0/alasan").get_json() == {"v": 1, "changes": []}
    with city.app.app_context(), transaction() as session:
        certificates.change_status(
            session, row=session.get_one(IssuedCredential, siti.id), status=Status.REVOKED,
            reason=ReasonClass.DATA_WRONG, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
        )  # fmt: skip
    told = client.get("/s/0/alasan")
    assert told.get_json()["changes"] == [[1, "data-salah", clock.today().isoformat(), [siti.status_index]]]
    assert told.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"/s/0/{siti.status_index}").status_code == 404  # nothing is asked about one certificate


def test_the_shell_is_the_same_for_everybody(city: City, siti: IssuedCredential) -> None:
    stranger, owner = city.visitor().get("/v"), city.visitor("siti").get("/v")
    assert stranger.data == owner.data
    assert "Cookie" not in stranger.headers.get("Vary", "")
    assert (stranger.headers["Referrer-Policy"], stranger.headers["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert stranger.headers["Cache-Control"] == "public, no-cache"
    assert "Siti" not in stranger.text


def test_a_script_is_served_under_its_version_only(client: FlaskClient) -> None:
    (path,) = re.findall(r'<script type="module" src="([^"]+)"', client.get("/v").text)
    answer = client.get(path)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.mimetype == "text/javascript"
    version = path.split("/")[2]
    assert client.get(path.replace(version, "0" * 12)).status_code == 404
    for name in ("sign.js", "keys.js", "..%2fpakta.css", "v-sw.js"):
        assert client.get(f"/v/{version}/{name}").status_code == 404


def test_a_compressed_script_is_the_same_script(client: FlaskClient) -> None:
    (path,) = re.findall(r'<script type="module" src="([^"]+)"', client.get("/v").text)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == client.get(path).data
    assert packed.headers["Vary"] == "Accept-Encoding"


def test_the_worker_keeps_exactly_the_files_of_the_page(client: FlaskClient) -> None:
    text = client.get("/v-sw.js").text
    page = client.get("/v").text
    wanted = set(re.findall(r'(?:src|href)="(/v/[^"]+|/static/[^"]+)"', page))
    assert all(f'"{each}"' in text for each in wanted)
    assert all(each in text for each in (*shell.SCRIPTS, *shell.LATER))
    answers = [client.get(each) for each in re.findall(r'"(/[^"]*)"', text.split("\n", 1)[0])]
    assert {each.status_code for each in answers} == {200}
    assert "wasm" not in text


@pytest.mark.parametrize("address", ["/v", "/v?bahasa=en"])
def test_the_page_stays_within_its_weight(client: FlaskClient, address: str) -> None:
    page = client.get(address)
    found = re.findall(r'(?:src|href)="(/v/[^"]+|/v\.[^"]+|/static/[^"]+)"', page.text)
    weights = {each: len(gzip.compress(client.get(each).data)) for each in dict.fromkeys(found)}
    scripts = sum(weight for each, weight in weights.items() if each.endswith(".js"))
    assert scripts <= SCRIPTS_LIMIT
    assert len(gzip.compress(page.data)) + sum(weights.values()) <= PAGE_LIMIT


def test_what_is_loaded_later_is_not_in_the_page(client: FlaskClient) -> None:
    page = client.get("/v").text
    assert not [name for name in shell.LATER if name in page]
    assert "why.js" in shell.LATER


def test_the_manifest_names_the_page_and_icons_that_are_served(client: FlaskClient) -> None:
    (path,) = re.findall(r'<link rel="manifest" href="([^"]+)"', client.get("/v").text)
    answer = client.get(path)
    assert answer.mimetype == "application/manifest+json"
    members = json.loads(answer.data)
    assert (members["start_url"], members["display"]) == ("/v", "standalone")
    assert {client.get(icon["src"]).mimetype for icon in members["icons"]} == {"image/png"}


def test_the_operators_switch_leaves_the_worker_no_files(config: Config, keys: Keyring) -> None:
    lines = []
    for offline in (True, False):
        client = make.app(replace(config, offline=offline), keys=keys).test_client()
        line, rest = client.get("/v-sw.js").text.split("\n", 1)
        lines.append(json.loads(line.removeprefix("const SHELL = ").removesuffix(";"))["files"])
        assert rest == (ROOT / "static" / "js" / "v-sw.js").read_text()
    assert "/v" in lines[0] and lines[1] == []


def test_our_own_ed25519_stays_within_its_weight(client: FlaskClient) -> None:
    version = re.findall(r'src="/v/([^/]+)/', client.get("/v").text)[0]
    assert len(client.get(f"/v/{version}/ed25519.js").data) <= ED25519_LIMIT


@pytest.mark.parametrize("spelling", ["plain", "spoken", "lower", "forgiven"])
def test_a_number_is_found_however_it_is_typed(city: City, siti: IssuedCredential, spelling: str) -> None:
    typed = {
        "plain": siti.number,
        "spoken": number.spoken(siti.number),
        "lower": f" {number.spoken(siti.number).lower()} ",
        "forgiven": siti.number.replace("0", "O").replace("1", "l"),
    }[spelling]
    code, text = post(city.visitor(), "/periksa", nomor=typed)
    assert code == 200
    assert "<span>SAH</span>" in text and "Siti Lestari" in text
    assert KNOWN["siti"].number not in text


def test_a_browser_that_verifies_here_is_led_to_the_certificates_address(city: City, siti: IssuedCredential) -> None:
    own, digits = city.wired.config.origin, address(city, siti).split("#")[1]
    for language in ("", "?bahasa=en"):
        client = city.visitor()
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
        assert token
        sent = {"csrf_token": token[1], "nomor": siti.number, "sendiri": own}
        answer = client.post(f"/periksa{language}", data=sent)
        assert (answer.status_code, answer.location) == (303, f"/v{language}#{digits}")


def test_who_verifies_nowhere_or_elsewhere_gets_our_verdict(city: City, siti: IssuedCredential) -> None:
    own = city.wired.config.origin
    foreign = address(city, siti).replace(own, "https://jahat.example")
    elsewhere = (siti.number, "https://jahat.example")
    for typed, origin in ((siti.number, ""), elsewhere, (foreign, own), (f"{own}/v#x", own)):
        code, text = post(city.visitor(), "/periksa", nomor=typed, sendiri=origin)
        assert (code, "<h1" in text and "verdict" in text) == (200, True)
        below = text.split('class="verdict', 1)[1].split("</dl>", 1)[0]
        assert re.search(r"</div>\s*<p[^>]*>Diperiksa \d+ \w+ 20\d\d pukul [\d.]+ WIB oleh server", below)


def test_a_refusal_is_said_once_and_the_field_points_to_it(city: City) -> None:
    said = "Nomor sertifikat salah ketik"
    code, text = post(city.visitor(), "/periksa", nomor="7K3M-0000-0000-0000-0")
    assert (code, text.count(said), text.count('aria-errormessage="ringkasan-salah"')) == (422, 1, 1)
    assert re.search(r'<input id="nomor"[^>]*aria-invalid="true"', text)
    code, text = post(city.visitor(), "/periksa/berkas")
    assert (code, text.count('href="#berkas"')) == (422, 1)
    assert re.search(r'<input id="berkas"[^>]*aria-invalid="true"', text)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "CERTIFICATE_NUMBER_MISSING"),
        ("7K3M", "CERTIFICATE_NUMBER_MALFORMED"),
        ("0" * 4000, "CERTIFICATE_NUMBER_MALFORMED"),
        ("7K3M-0000-0000-0000-0", "CERTIFICATE_NUMBER_CHECK"),
        ("0000-0000-0000-0000-0", "CERTIFICATE_UNKNOWN"),
    ],
)
def test_a_wrong_number_is_told_with_its_reason(city: City, typed: str, reason: str) -> None:
    code, text = post(city.visitor(), "/periksa", nomor=typed)
    assert code == 422
    assert reason in text and "verdict" not in re.sub(r"<link[^>]*>", "", text)


def test_an_address_of_another_host_is_named_and_not_followed(city: City, siti: IssuedCredential) -> None:
    foreign = address(city, siti).replace("localhost:5000", "jahat.example")
    code, text = post(city.visitor(), "/periksa", nomor=foreign)
    assert code == 200
    assert "Alamat atau QR ini menuju situs lain" in text
    assert "TIDAK DIKENAL" in text and "Siti" not in text


def test_an_address_of_ours_may_be_pasted_too(city: City, siti: IssuedCredential) -> None:
    assert "<span>SAH</span>" in post(city.visitor(), "/periksa", nomor=address(city, siti))[1]
    assert "TIDAK DIKENAL" in post(city.visitor(), "/periksa", nomor=address(city, siti)[:-5])[1]


def test_each_verdict_leads_to_the_next_check_and_a_false_certificate_to_what_to_do(
    city: City, siti: IssuedCredential
) -> None:
    whole = address(city, siti)  # cut short, it may be an honest one; at another host it is none
    for typed, false in ((siti.number, False), (whole[:-5], False), (whole.replace("localhost", "lain"), True)):
        for language in ("", "?bahasa=en"):
            text = post(city.visitor(), f"/periksa{language}", nomor=typed)[1]
            found = re.search(r'<p id="palsu"( hidden)?><a class="target" href="([^"]+)"', text)
            assert found and (found[1] is None, found[2]) == (false, f"/lapor{language}#palsu")
            assert text.count(f'<a class="target" href="/periksa{language}">') == 1
    assert '<h2 id="palsu">' in city.visitor().get("/lapor").text
    assert "/lapor#palsu" in city.visitor().get("/nama-tidak-cocok").text


def test_each_verdict_says_only_what_belongs_to_it(city: City, siti: IssuedCredential) -> None:
    for now_is, said in ((Status.SUSPENDED, "Ditangguhkan"), (Status.REVOKED, "Dicabut")):
        with city.app.app_context(), transaction() as session:
            certificates.change_status(
                session, row=session.get_one(IssuedCredential, siti.id), status=now_is,
                reason=ReasonClass.DISPUTE, now=clock.now(), keyring=city.wired.keyring, config=city.wired.config,
            )  # fmt: skip
        _code, text = post(city.visitor(), "/periksa", nomor=siti.number)
        assert said.upper() in text and "ada keberatan" in text and f"STATUS_{now_is.name}" in text
        assert f"{said}, menurut daftar status" in text and '<section id="bukan" hidden>' in text
        assert ('<section id="cocokkan">' in text, words.PERSON in text) == (False, False)


def test_of_what_is_no_certificate_it_says_once_that_nothing_can_be_checked(
    city: City, siti: IssuedCredential
) -> None:
    text = post(city.visitor(), "/periksa", nomor=address(city, siti)[:-5])[1]
    assert "tidak ada lagi yang dapat diperiksa" in text and "belum diperiksa" not in text


def test_before_the_ledger_is_signed_a_fresh_pact_is_not_yet_sah(city: City, siti: IssuedCredential) -> None:
    city.activate("joko")
    account_id, key_id, holder = city.keys["joko"]
    with city.app.app_context():
        account, key = db.session().get_one(Account, account_id), db.session().get_one(PersonKey, key_id)
        setting = Setting(city.wired.keyring, city.wired.config, lambda _line: None)
        fresh = signer.sign(setting, who=signer.Activated(account, key, holder))
    assert fresh is not None
    text = post(city.visitor(), "/periksa", nomor=fresh)[1]
    assert "TIDAK DAPAT DIPERIKSA" in text and "LEDGER_BEHIND" in text
    city.settle()
    assert "<span>SAH</span>" in post(city.visitor(), "/periksa", nomor=fresh)[1]


def test_an_upload_without_a_file_is_told_so(city: City) -> None:
    code, text = post(city.visitor(), "/periksa/berkas")
    assert (code, "FILE_MISSING" in text) == (422, True)


def test_a_text_whose_bytes_are_no_text_is_judged_and_not_a_failure(city: City) -> None:
    client = city.visitor()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
    assert token
    sent = {"csrf_token": token[1], "berkas": (io.BytesIO(b"https://\xff\xfe#1234567"), "surat.txt")}
    answer = client.post("/periksa/berkas", data=sent)
    assert (answer.status_code, "ADDRESS_MALFORMED" in answer.text) == (200, True)


def test_a_text_with_an_address_in_it_is_read(city: City, siti: IssuedCredential) -> None:
    letter = f"Yth. Bawaslu,\n\nsertifikat saya: {address(city, siti)} .\n".encode()
    code, text = post(city.visitor(), "/periksa/berkas", berkas=(io.BytesIO(letter), "surat.txt"))
    assert code == 200 and "<span>SAH</span>" in text


def test_tries_are_counted_and_limited(city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FROM_HERE", 2)
    client = city.visitor()
    assert [post(client, "/periksa", nomor=siti.number)[0] for _ in range(3)] == [200, 200, 429]


def sent_frame(client: FlaskClient, content: bytes, *, token: bool = True) -> TestResponse:
    """Send a frame of a camera as our script does."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/periksa").text)
    assert found
    headers = {"Accept": "application/json", **({"X-CSRFToken": found[1]} if token else {})}
    return client.post("/periksa/kamera", data=content, content_type="image/jpeg", headers=headers)


def grey(*texts: str) -> bytes:
    """Return a frame in which these QR codes are seen."""
    frame, out = Image.new("L", (640 * max(1, len(texts)), 640), 120), io.BytesIO()
    for at, text in enumerate(texts):
        frame.paste(qr.image(text, pixels=4).convert("L"), (640 * at + 80, 80))
    frame.save(out, "JPEG", quality=70)
    return out.getvalue()


def test_a_frame_is_read_and_judged_by_nobody_here(city: City, siti: IssuedCredential) -> None:
    client = city.visitor()
    for texts in ((), (address(city, siti),), ("https://jahat.example/", "javascript:alert(1)")):
        answer = sent_frame(client, grey(*texts))
        assert (answer.status_code, sorted(answer.get_json()["texts"])) == (200, sorted(texts))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "FILE_MISSING"),
        (b"%PDF-1.7", "IMAGE_FORMAT"),
        (b"https://x.example/v#1", "IMAGE_FORMAT"),
        (b"\xff\xd8\xff" + bytes(9), "IMAGE_UNREADABLE"),
        (b"\xff\xd8\xff" + bytes(asked.LARGEST_FRAME), "FILE_TOO_LARGE"),
    ],
    ids=["nothing", "pdf", "text", "broken", "large"],
)
def test_what_is_no_frame_is_refused(city: City, content: bytes, reason: str) -> None:
    answer = sent_frame(city.visitor(), content)
    assert (answer.status_code, answer.get_json()["reason"]) == (422, reason)


def test_frames_are_counted_apart_from_files_and_want_our_own_page(
    city: City, siti: IssuedCredential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FROM_HERE", 2)
    client = city.visitor()
    assert sent_frame(client, grey(), token=False).status_code == 400
    assert [sent_frame(client, grey()).status_code for _ in range(3)] == [200, 200, 429]
    assert post(client, "/periksa", nomor=siti.number)[0] == 200


def test_only_the_page_that_scans_may_have_the_camera(client: FlaskClient) -> None:
    assert "camera=(self)" in client.get("/periksa").headers["Permissions-Policy"]
    for path in ("/", "/v", "/arti", "/masuk"):
        assert "camera=()" in client.get(path).headers["Permissions-Policy"]


def test_an_evidence_file_by_itself_is_told_what_it_proves(city: City, siti: IssuedCredential) -> None:
    answer = city.visitor("siti").get(f"/sertifikat/{siti.number}/berkas-bukti.pdf")
    sealed = pdf.read(answer.data, trust_roots=city.wired.keyring.seal.roots)
    assert sealed.evidence is not None
    code, text = post(city.visitor(), "/periksa/berkas", berkas=(io.BytesIO(sealed.evidence), "evidence.json"))
    assert (code, "TIDAK DAPAT DIPERIKSA" in text, KNOWN["siti"].number in text) == (200, True, False)
    assert "Kuncinya terdaftar di buku catatan" in text
