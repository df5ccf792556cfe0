"""No identity number where it does not belong.

The main journeys are run with a browser, and then everything that was written, logged, requested or published is
searched for every number of the roster: plain, spaced, in hex, in base64 at each of its three alignments, and as
the plain hashes that could be tried out in seconds.
"""

from __future__ import annotations

import base64
import subprocess
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from pakta.core import credential
from pakta.database import Base, db
from tests.forms import as_bytes, forms_of
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.journeys.test_signing import (
    activate_with_passphrase,
    activate_with_screen_lock,
    download,
    read_by_both,
    review,
    sign,
)
from tests.people import GRANTS, KNOWN, City

# Where a number belongs: the roster itself, and what its owner signs and keeps.
BELONGS = {
    ("people", "number"),
    ("person_keys", "record"),
    ("ledger_payloads", "payload"),  # kinds 2 and 4, private; the public kinds are searched as they are served
    ("prepared_statements", "statement"),
    ("evidence", "evidence"),
    ("documents", "content"),  # the berkas bukti; the other files are searched as they are downloaded
}
PUBLIC = ["/", "/cakupan-umum", "/naskah", "/log/", "/log/checkpoint", "/log/tile/0/000", "/log/tile/entries/000",
          "/s/0", "/.well-known/pakta-keys.json", "/arti", "/privasi", "/lapor", "/periksa", "/v",
          "/v-sw.js"]  # fmt: skip
KEPT = """
async () => {
  const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href];
  for (const { name } of await indexedDB.databases()) {
    const base = await new Promise((done) => { indexedDB.open(name).onsuccess = (e) => done(e.target.result); });
    for (const store of base.objectStoreNames) {
      for (const way of ["getAll", "getAllKeys"]) {
        const asked = base.transaction(store).objectStore(store)[way]();
        kept.push(JSON.stringify(await new Promise((done) => { asked.onsuccess = () => done(asked.result); })));
      }
    }
    base.close();
  }
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      kept.push(request.url, await (await (await caches.open(name)).match(request)).text());
    }
  }
  return kept.join("\\n");
}
"""  # everything that a page of ours can keep in a browser
Found = list[tuple[str, str]]


NEEDLES = {f"{who} {form}": needle for who, each in KNOWN.items() for form, needle in forms_of(each.number).items()}


def search(where: str, content: bytes) -> Found:
    """Return every place and form in which `content` holds a number."""
    return [(where, form) for form, needle in NEEDLES.items() if needle in content]


@pytest.fixture(scope="module")
def tables(city: City) -> Callable[[], Mapping[tuple[str, str], bytes]]:
    """Give a function that reads every column of every table."""

    def read() -> Mapping[tuple[str, str], bytes]:
        columns: dict[tuple[str, str], list[bytes]] = {}
        with city.app.app_context():
            for table in Base.metadata.sorted_tables:
                for row in db.session().execute(select(table)):
                    for name, value in row._mapping.items():
                        columns.setdefault((table.name, name), []).append(as_bytes(value))
            db.session().rollback()
        return {place: b"\0".join(values) for place, values in columns.items()}

    return read


def journeys(
    phone: Visitor, desk: Visitor, visit: Callable[..., Visitor], city: City, site: Site, folder: Path
) -> Iterator[tuple[str, bytes]]:
    """Do what people do, with their numbers typed wherever a page asks for one; yield what they take away."""
    page = activate_with_screen_lock(phone, city, "siti")
    review(page)
    number = sign(page)
    sheet = download(page, "Unduh lembar (PDF)", folder)
    text = subprocess.run(["pdftotext", sheet, "-"], capture_output=True, check=True).stdout
    yield "lembar as text", text
    card = download(page, "Unduh kartu untuk dibagikan (PNG)", folder)
    yield "QR of the card", read_by_both(card).encode()
    yield "credential", credential.from_address(read_by_both(card), origin=site.origin)
    yield "lembar as file", b"".join(unpacked(sheet.read_bytes()))

    activate_with_screen_lock(desk, city, "ani")
    page = sign_in(desk, city, "ani")
    for path in (f"/sertifikat/{number}", "/cakupan", "/keberatan", "/laporan-data", "/akun"):
        desk.open(path)
    desk.open("/cakupan/sdn-kranggan-1")
    page.get_by_text("Cari nama").click()
    page.get_by_label("Nama", exact=True).fill(KNOWN["siti"].number)
    page.get_by_role("button", name="Cari", exact=True).click()
    assert "cari=" not in page.url
    desk.open("/periksa")
    page.get_by_label("Nomor sertifikat").fill(KNOWN["joko"].number)
    page.get_by_role("button", name="Periksa", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "coverage as CSV", requested(desk, "/cakupan/sdn-kranggan-1.csv")
    ask_for_recovery(page, desk)
    yield from with_a_key_of_the_browser(visit(), city, folder)
    yield from at_the_kiosk(visit(desk=True), city)
    for path in PUBLIC:
        yield path, fetched(site.origin + path)


def ask_for_recovery(page: Page, desk: Visitor) -> None:
    """Ask for the recovery of a colleague, with the number in the form and, against the advice, in the reason."""
    desk.open("/pemulihan")
    page.get_by_label("Nomor pegawai").fill(KNOWN["siti"].number)
    page.get_by_label("Alasan").fill(f"Ponsel hilang, NIP {KNOWN['siti'].number}")
    page.get_by_role("button", name="Minta pemulihan").click()
    expect(page.locator("main")).to_contain_text("Menunggu administrator kedua")
    expect(page.locator("main")).to_contain_text("Ponsel hilang, NIP •••901")


def with_a_key_of_the_browser(visitor: Visitor, city: City, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Report wrong data with the number in it, sign with a device key, and be told that it was somebody else."""
    code = city.slip("lina")
    page = activate_with_passphrase(visitor, city, "lina", code=code)
    visitor.open("/data-salah")
    page.get_by_label("Lainnya").check()
    page.get_by_label("Apa yang seharusnya?").fill(f"Nomor saya {KNOWN['lina'].number}.")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("main")).to_contain_text("Nomor saya •••908.")
    visitor.open("/pakta")
    review(page)
    sign(page)
    card = download(page, "Unduh kartu untuk dibagikan (PNG)", folder)
    yield "QR of a device key's card", read_by_both(card).encode()
    yield "what the browser keeps", page.evaluate(KEPT).encode()
    visitor.open(f"/aktivasi#{code}")
    page.get_by_role("button", name="Lanjut").click()
    page.get_by_role("button", name="Bukan saya").click()
    expect(page.get_by_role("heading", name="Sudah ditangguhkan")).to_be_visible()


def at_the_kiosk(visitor: Visitor, city: City) -> Iterator[tuple[str, bytes]]:
    """Sign at a kiosk, and look at what its browser keeps."""
    page = visitor.open("/kios")
    page.get_by_label("Kode pada slip aktivasi").fill(city.slip("rini"))
    page.get_by_role("button", name="Lanjut", exact=True).click()
    page.get_by_role("button", name="Ya, ini saya").click()
    expect(page.locator("#naskah")).to_be_visible()
    review(page)
    page.get_by_role("button", name="Tanda tangani pakta").click()
    expect(page.locator("#nomor")).to_be_visible()
    visitor.open("/kios")
    yield "what the kiosk keeps", page.evaluate(KEPT).encode()


def requested(visitor: Visitor, path: str) -> bytes:
    """Return what a signed-in visitor gets at a path."""
    answer = visitor.context.request.get(visitor.origin + path)
    assert answer.status == 200
    return answer.body()


def sign_in(visitor: Visitor, city: City, who: str) -> Page:
    """Give a person their role, which ends their session, and let them sign in: once wrongly, then by screen lock."""
    city.grant(who, *GRANTS[who])
    page = visitor.open("/masuk")
    typed = KNOWN[who].number
    page.get_by_label("NIP, NI PPPK").fill(f"{typed[:8]} {typed[8:14]} {typed[14]} {typed[15:]}")
    page.get_by_label("Kata sandi", exact=True).fill("bukan kata sandinya")
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Masuk dengan kunci layar ponsel").click()
    page.wait_for_url("**/")  # who holds a role sees what waits
    return page


def unpacked(pdf: bytes) -> Iterator[bytes]:
    """Yield a PDF and each of its compressed streams."""
    yield pdf
    for part in pdf.split(b"stream\n")[1:]:
        try:
            yield zlib.decompressobj().decompress(part)
        except zlib.error:
            continue


def fetched(address: str) -> bytes:
    """Return what anybody gets at an address; nothing where there is nothing."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


def test_no_identity_number_is_anywhere_but_where_it_belongs(
    phone: Visitor, desk: Visitor, visitors: Callable[..., Visitor], city: City, site: Site, tmp_path: Path,
    tables: Callable[[], Mapping[tuple[str, str], bytes]],
) -> None:  # fmt: skip
    found: Found = []
    taken = 0
    for where, content in journeys(phone, desk, visitors, city, site, tmp_path):
        found += search(where, content)
        taken += len(content)
    assert taken > 100_000
    for visitor in (phone, desk):
        for address in visitor.addresses:
            found += search("an address", address.encode())
        for cookie in visitor.context.cookies():
            found += search("a cookie", opened(cookie["value"]))
    found += search("the server's log", site.log.read_bytes())
    columns = tables()
    for place, content in columns.items():
        if place not in BELONGS:
            found += search(".".join(place), content)
    for index in range(columns["ledger_entries", "entry"].count(b"\0\x01") + 1):
        found += search(f"public payload {index}", fetched(f"{site.origin}/log/payload/{index}"))
    assert found == []
    assert columns["credentials", "cose"]


def opened(cookie: str) -> bytes:
    """Return a session cookie as sent and as it reads when unpacked."""
    part = cookie.lstrip(".").split(".")[0]
    try:
        inner = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        inner = zlib.decompress(inner) if cookie.startswith(".") else inner
    except (ValueError, zlib.error):
        inner = b""
    return cookie.encode() + b"\0" + inner


def test_the_search_finds_a_number_where_there_is_one(
    phone: Visitor, city: City, tables: Callable[[], Mapping[tuple[str, str], bytes]]
) -> None:
    page = activate_with_screen_lock(phone, city, "joko")
    review(page)
    sign(page)
    columns = tables()
    assert ("x", "joko plain") in search("x", columns["people", "number"])
    assert any("joko base64" in form for _where, form in search("x", columns["evidence", "evidence"]))
    assert any("joko" in form for _where, form in search("x", columns["ledger_payloads", "payload"]))
    planted = f"GET /masuk?nomor={KNOWN['joko'].number[:8]}%20{KNOWN['joko'].number[8:14]}%201%20904"
    assert search("x", planted.encode()) == [("x", "joko spaced by %20")]
