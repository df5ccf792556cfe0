"""Whoever comes: every public page and verdict, in both languages, light and dark, narrow, enlarged, by keyboard.

One database will do: what a page looks like does not depend on it.  `make test` takes a slice, `make drills` all.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from pakta import keyring
from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.commands.main import main as command
from pakta.core.verdict import Word
from pakta.database import db, transaction
from pakta.web import clock, language, recent
from tests import slices
from tests.journeys import browser as browsers
from tests.journeys import looking
from tests.journeys.browser import Visitor
from tests.journeys.site import Site
from tests.people import City

pytestmark = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

SHOWN = recent.HALF_A_SECOND + 0.1  # seconds: the server remembers public heads for so long
PAGES = (
    "/", "/masuk", "/aktivasi", "/bukan-saya", "/periksa", "/naskah", "/naskah/ASN-2026", "/cakupan-umum", "/arti",
    "/privasi", "/lapor", "/nama-tidak-cocok", "/log/", "/kesehatan", "/untuk-program", "/v", "/kios",
    "/tidak-ada", "/tidak#dua",
)  # fmt: skip
VERDICTS = {
    Word.SAH: "sah",
    Word.REVOKED: "cabut",
    Word.SUSPENDED: "tangguh",
    Word.UNKNOWN: "cabut",
    Word.EXPIRED: "abu",
    Word.UNCHECKED: "abu",
}  # fmt: skip  and the colour of each
CHECK = {True: "Check a certificate", False: "Periksa sertifikat"}
FOCUSED = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  return {
    what: `${each.tagName} ${each.name || each.textContent.trim().slice(0, 30) || each.id}`,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


@dataclass(frozen=True, slots=True)
class Case:
    """A page, or a verdict as the QR's page or the server shows it; in a language; light or dark."""

    where: str
    word: Word | None
    spoken: str
    scheme: str

    def __str__(self) -> str:
        """Name it as a test is named."""
        return " ".join([self.where, *([self.word.name] if self.word else []), self.spoken, self.scheme])


def cases(places: list[tuple[str, Word | None]]) -> list[Case]:
    """Return each place in both languages, light and dark."""
    return [
        Case(*place, spoken, scheme) for place in places for spoken in ("id", "en") for scheme in ("light", "dark")
    ]


BEFORE = cases([*((page, None) for page in PAGES), *((at, word) for word in VERDICTS for at in ("/v", "/periksa"))])
AFTER = cases([("/v", Word.OLD_KEY), ("/periksa", Word.OLD_KEY)])


def asked(path: str, spoken: str) -> str:
    """Return the address of a page in a language."""
    page, mark, fragment = path.partition("#")
    return page + ("?bahasa=en" if spoken == "en" else "") + mark + fragment


def issued(city: City, who: str, *, until: date, at: datetime) -> IssuedCredential:
    """Let the issuer issue a certificate at another time than now, of a pact that closes on another day."""
    with city.app.app_context(), transaction() as session:
        person, key = city.person(who), city.keys[who][1]
        accepted = certificates.Accepted(
            person.id, person.name, person.unit_id, person.unit.name, person.unit.short_name, False, "ASN-2026",
            until, key, 1, secrets.token_bytes(32),
        )  # fmt: skip
        (number,) = certificates.issue(
            session, accepted=[accepted], now=at, keyring=city.wired.keyring, config=city.wired.config
        )
        return certificates.require(session, text=number)


def certificate_of(city: City, who: str) -> IssuedCredential:
    """Return somebody's certificate."""
    with city.app.app_context():
        return certificates.of_person(db.session(), person_id=city.person(who).id)[0]


@pytest.fixture(scope="module")
def addresses(city: City) -> dict[Word, str]:
    """Bring about every verdict but that of a lost key, and give the address of a certificate for each."""
    city.activate("wati", "ani")
    rows = {Word.SAH: city.sign("siti"), Word.REVOKED: city.sign("lina"), Word.SUSPENDED: city.sign("agus")}
    now = clock.now()
    for word, status in ((Word.REVOKED, Status.REVOKED), (Word.SUSPENDED, Status.SUSPENDED)):
        with city.app.app_context(), transaction() as session:
            certificates.change_status(
                session, row=session.get_one(IssuedCredential, rows[word].id), status=status,
                reason=ReasonClass.DISPUTE, now=now, keyring=city.wired.keyring, config=city.wired.config,
            )  # fmt: skip
    rows[Word.EXPIRED] = issued(city, "wati", until=now.date() - timedelta(days=6 * 366), at=now - timedelta(days=1))
    rows[Word.UNCHECKED] = issued(city, "ani", until=now.date(), at=now + timedelta(days=1))
    city.settle()
    time.sleep(SHOWN)
    found = {word: certificates.address(row, config=city.wired.config) for word, row in rows.items()}
    good = found[Word.SAH]
    return {**found, Word.UNKNOWN: good[:-1] + str((int(good[-1]) + 1) % 10)}


@pytest.fixture
def opened(chromium: Browser, site: Site, addresses: dict[Word, str]) -> Iterator[Callable[[Case], Page]]:
    """Open a case at 320 pixels; the content policy is put aside for axe-core."""
    made: list[Visitor] = []

    def open_case(case: Case) -> Page:
        narrow = {**browsers.PHONE, "viewport": {"width": 320, "height": 640}}
        made.append(
            browsers.visitor(chromium, site.origin, {**narrow, "bypass_csp": True, "color_scheme": case.scheme})
        )
        if case.word is None:
            page = made[-1].open(asked(case.where, case.spoken))
        else:
            page = judged(made[-1], case, addresses[case.word])
        page.wait_for_load_state("networkidle")
        return page

    yield open_case
    for each in made:
        each.context.close()


def judged(visitor: Visitor, case: Case, address: str) -> Page:
    """Open a verdict on the QR's page, or let the server judge what is typed where no script runs."""
    if case.where == "/v":
        page = visitor.open(asked("/v#" + address.split("#")[1], case.spoken))
        expect(page.locator("#sumber")).to_contain_text(browsers.HEARD, timeout=25_000)
    else:
        page = visitor.open(asked("/periksa", case.spoken))
        page.locator("[name=nomor]").fill(address)
        page.evaluate("document.getElementById('ketik').submit()")
        page.wait_for_selector(".verdict")
    return page


def spoken_word(word: Word, page: Page) -> str:
    """Return a verdict's word in the language in which a page says that it is."""
    english = page.evaluate("document.documentElement.lang") == "en"
    return language.english().text(word.value) if english else word.value


def look(page: Page, case: Case) -> None:
    """Look for everything that may stand in somebody's way."""
    assert looking.barriers(page, *(["color-contrast"] if case.scheme == "dark" and not slices.WHOLE else [])) == []
    assert looking.cut(page) == []
    assert looking.small(page) == []
    if case.word is not None:
        found = looking.spoken_first(page)
        said = next(each for each in found if each[0] != "status")
        assert said == ("heading", spoken_word(case.word, page)), found
        assert page.title().startswith(said[1])
    looking.enlarge_text(page, 200)
    assert looking.cut(page) == []


@pytest.mark.parametrize("case", slices.some(BEFORE, 3, of=19), ids=str)
def test_nothing_stands_in_anybodys_way(opened: Callable[[Case], Page], case: Case) -> None:
    page = opened(case)
    if case.word:
        assert VERDICTS[case.word] in str(page.locator(".verdict:visible").first.get_attribute("class")).split()
    look(page, case)


def test_a_barrier_cut_text_and_a_small_target_would_be_found(opened: Callable[[Case], Page]) -> None:
    page = opened(Case("/arti", None, "en", "dark"))
    page.evaluate(
        """() => {
          const wide = document.createElement("p"), button = document.createElement("button");
          wide.textContent = "a".repeat(20) + " broad"; wide.style.whiteSpace = "nowrap"; wide.style.width = "50em";
          button.textContent = "x"; button.style.font = button.style.padding = "5px"; wide.style.textAlign = "right";
          document.querySelector("main").prepend(button, wide);
          document.querySelector("h1").style.color = "#222";
        }"""
    )
    assert any(line.startswith("color-contrast") for line in looking.barriers(page, "color-contrast"))
    assert any("broad" in line for line in looking.cut(page))
    assert looking.small(page) != []
    assert looking.spoken_first(page)[0] == ("button", "x")


class Keyboard:
    """Somebody who has nothing but Tab, Enter and Space: each thing that gets the focus must show it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, what: str) -> None:
        """Press Tab until something has the focus whose name holds `what`."""
        for _ in range(60):
            if what in self.tab():
                return
        raise AssertionError(f"Tab never comes to {what}")

    def tab(self) -> str:
        """Press Tab once; return what has the focus now, or nothing at the end of the page."""
        self.page.keyboard.press("Tab")
        found = self.page.evaluate(FOCUSED)
        if found is None:
            return ""
        assert found["ring"] and found["seen"], f"{found['what']}: the focus cannot be seen"
        return str(found["what"])

    def press(self, key: str) -> None:
        """Press a key on what has the focus, and wait for what comes of it."""
        self.page.keyboard.press(key)
        self.page.wait_for_load_state("networkidle")

    def through(self) -> list[str]:
        """Press Tab through the whole page; return what had the focus: nothing twice, and an end."""
        found: list[str] = []
        for _ in range(80):
            each = self.tab()
            if not each:
                return found
            found.append(each)
        raise AssertionError(f"Tab never comes to the end: {found}")


@pytest.mark.parametrize("spoken", slices.some(["en", "id"], 0, of=2))
def test_everything_is_done_with_tab_enter_and_space(
    desk: Visitor, city: City, addresses: dict[Word, str], spoken: str
) -> None:
    english = spoken == "en"
    row = certificate_of(city, "siti")
    desk.page.on("filechooser", lambda _chooser: None)  # from now on no dialog opens that nobody could close
    hand = Keyboard(desk.open("/"))
    assert "Langsung ke isi" in hand.tab()  # the first thing of the page, and it can be seen
    hand.press("Enter")
    expect(desk.page.locator("#isi")).to_be_focused()
    hand.tab_to("Masuk")
    desk.open("/")
    if english:
        hand.tab_to("English")
        hand.press("Enter")
        desk.page.wait_for_url("**/?bahasa=en")
    hand.tab_to(CHECK[english])
    hand.press("Enter")
    desk.page.wait_for_url("**/periksa*")
    hand.tab_to("INPUT nomor")
    desk.page.keyboard.type(row.number)
    hand.press("Enter")
    page = desk.page
    expect(page.locator("#sumber")).to_contain_text(browsers.HEARD, timeout=25_000)
    assert page.url.endswith(asked("/v#" + addresses[Word.SAH].split("#")[1], spoken).removeprefix("/"))
    focused = hand.through()
    assert len(focused) > 8 and focused[-1]
    english = page.evaluate("document.documentElement.lang") == "en"
    hand.tab_to("ASN-2026")
    hand.press("Enter")
    page.wait_for_url("**/naskah/**")
    assert page.evaluate("document.documentElement.lang") == ("en" if english else "id")
    hand.tab_to(CHECK[english])
    hand.press("Enter")
    page.wait_for_url("**/periksa*")
    hand.tab_to("INPUT berkas")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    letter = f"QR: {addresses[Word.REVOKED]}".encode()
    chosen.value.set_files({"name": "surat.txt", "mimeType": "text/plain", "buffer": letter})
    hand.tab_to("Upload and check" if english else "Unggah dan periksa")
    hand.press("Space")
    expect(page.locator(".verdict h1")).to_have_text("REVOKED" if english else "DICABUT")
    expect(page.locator(".verdict h1")).to_be_focused()  # read out at once
    assert looking.spoken_first(page)[0] == ("heading", "REVOKED" if english else "DICABUT")
    assert "ASN-2026" in hand.tab()
    hand.through()


def test_what_is_folded_opens_and_closes_by_keyboard(desk: Visitor, city: City) -> None:
    hand = Keyboard(desk.open("/untuk-program?bahasa=en"))
    folded = desk.page.locator("details").first
    hand.tab_to("SUMMARY")
    desk.page.keyboard.press("Enter")
    expect(folded).to_have_attribute("open", "")
    desk.page.keyboard.press("Space")
    expect(folded).not_to_have_attribute("open", "")
    hand.through()


def test_after_a_mistake_the_keyboard_is_at_what_is_wrong_and_goes_on_from_there(desk: Visitor, city: City) -> None:
    hand = Keyboard(desk.open("/periksa?bahasa=en"))
    hand.tab_to("INPUT nomor")
    desk.page.keyboard.type("7K3M")
    hand.press("Enter")
    expect(desk.page.locator(".summary")).to_be_focused()
    hand.tab_to("A certificate number has")
    hand.press("Enter")
    expect(desk.page.locator("[name=nomor]")).to_be_focused()


@pytest.fixture(scope="module")
def lost(city: City, site: Site, addresses: dict[Word, str]) -> dict[Word, str]:
    """Lose the issuer's key after all that: what was valid is valid under the old key."""
    kid = keyring.load(site.config.keys_dir).issuer.kid.hex()
    surroundings = {
        "DATABASE_URL": site.config.database_url, "PAKTA_ORIGIN": site.origin,
        "PAKTA_KEYS": str(site.config.keys_dir), "PAKTA_INSTANCE": str(site.folder),
    }  # fmt: skip
    words = ["keys", "compromised", "--kid", kid, "--at", clock.now().isoformat()]
    done = CliRunner(env=surroundings).invoke(command, words)
    assert done.exit_code == 0, done.output
    time.sleep(SHOWN)
    return {Word.OLD_KEY: addresses[Word.SAH]}


@pytest.mark.parametrize("case", slices.some(AFTER, 3, of=8), ids=str)
def test_nothing_stands_in_anybodys_way_when_a_key_was_lost(
    lost: dict[Word, str], addresses: dict[Word, str], opened: Callable[[Case], Page], case: Case
) -> None:
    addresses.update(lost)
    page = opened(case)
    assert "sah" in str(page.locator(".verdict:visible").first.get_attribute("class")).split()
    look(page, case)
