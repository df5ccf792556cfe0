"""Whoever comes: every public page and verdict, in both languages, light and dark, narrow, enlarged, by keyboard.

One database will do: what a page looks like does not depend on it.  `make test` takes a slice, `make drills` all.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from pakta.certificates import service as certificates
from pakta.certificates.models import IssuedCredential
from pakta.certificates.rules import ReasonClass, Status
from pakta.core.verdict import Word
from pakta.database import transaction
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
    "/privasi", "/lapor", "/log/", "/kesehatan", "/untuk-program", "/v", "/kios", "/tidak-ada", "/tidak#dua",
)  # fmt: skip
VERDICTS = {
    Word.SAH: "sah",
    Word.REVOKED: "cabut",
    Word.SUSPENDED: "tangguh",
    Word.UNKNOWN: "cabut",
    Word.EXPIRED: "abu",
    Word.UNCHECKED: "abu",
}  # fmt: skip  and the colour of each
SAID = re.compile("^(Diperiksa|Tanpa sambungan|Checked|No connection)")  # the page has heard from the server
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
        expect(page.locator("#sumber")).to_contain_text(SAID, timeout=25_000)
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
        said = [(role, name) for role, name in found if role != "status"][0]
        assert said == ("heading", spoken_word(case.word, page)), found
        assert page.title().startswith(said[1])
    looking.enlarge_text(page, 200)
    assert looking.cut(page) == []


@pytest.mark.parametrize("case", slices.some(BEFORE, 3, of=13), ids=str)
def test_nothing_stands_in_anybodys_way(opened: Callable[[Case], Page], case: Case) -> None:
    page = opened(case)
    if case.word:
        assert VERDICTS[case.word] in str(page.locator(".verdict:visible").first.get_attribute("class")).split()
    look(page, case)
