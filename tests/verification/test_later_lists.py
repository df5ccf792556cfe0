"""No list that says revoked or suspended leaves a certificate SAH because of a phone's clock, however it came."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate

import pytest
from playwright.sync_api import Browser, Page

from pakta.core import credential
from tests.verdicts.seeded import SIZE, STATUS, SeededCity
from tests.verification.paper import NOW

LOOK = """
async ({ address, now, kept, served, dates, round }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const data = await caches.open("pakta-data");
  if (kept) for (const each of await data.keys()) await data.delete(each);
  for (const [path, text] of Object.entries(kept ?? {})) await data.put(path, new Response(bytes(text)));
  const [right, asked] = [Date.now, globalThis.fetch];
  Date.now = () => now * 1000;
  globalThis.fetch = async (asked) => {
    const path = asked.url ? new URL(asked.url).pathname : asked;
    if (!served[path]) throw new TypeError("no network");
    return new Response(bytes(served[path]), { headers: dates[path] ? { date: dates[path] } : {} });
  };
  try {
    const [cache, { judge }] = await Promise.all([import("/js/cache.js"), import("/js/judge.js")]);
    const look = async (signal) => {
      const files = await cache.load();
      const first = await judge(address, files);
      await cache.refresh(files, signal);
      return [first, await judge(address, files, signal)];
    };
    const looks = await look(new AbortController().signal);
    if (round) {
      const worker = await (await asked("/js/v-sw.js")).text();
      const shell = { version: "1", files: ["/v"] };
      await new Function("self", "SHELL", `${worker}; return fetchAll();`)({ addEventListener: () => {} }, shell);
      const fetched = new Uint8Array(await (await data.match("/s/0?calon")).arrayBuffer());
      if (fetched.join() !== bytes(served["/s/0"]).join()) throw new Error("the worker's round broke off");
    }
    globalThis.fetch = () => Promise.reject(new TypeError("no network"));
    const offline = await look(new AbortController().signal);
    const held = (await data.keys()).map(({ url }) => parseInt(url.split("?nanti=")[1], 10)).filter(Boolean);
    return [[...looks, offline[1]].map(({ word, reason }) => [word, reason]), held];
  } finally {
    [Date.now, globalThis.fetch] = [right, asked];
  }
}
"""
AT, MINUTE, YEAR = int(NOW.timestamp()), 60, 365 * 1440
VALUES = {"valid": 0, "revoked": 1, "suspended": 2}
KEYS, LIST, HEAD = "/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint"
SAH, CLOCK = ("SAH", None), ("TIDAK DAPAT DIPERIKSA", "CLOCK")
REVOKED, SUSPENDED = ("DICABUT", "STATUS_REVOKED"), ("DITANGGUHKAN", "STATUS_SUSPENDED")
STALE = ("TIDAK DAPAT DIPERIKSA", "STATUS_STALE")
Said = tuple[str, str | None]


@dataclass(frozen=True)
class Row:
    """A phone's lists, each with its age by the right clock in minutes, and what is said.

    behind   by how many minutes the phone's clock is
    aside    a list that an earlier visit set aside
    since    when the newest was signed that had been checked by then
    dates    whose answers carry the right time, whose the phone's; the others carry none
    said     by what is kept; when the server (which may be silent) has answered; offline after that
    """

    name: str
    behind: int
    said: tuple[Said, Said, Said]
    kept: tuple[str, int] | None = ("valid", 60)
    worker: tuple[str, int] | None = None
    served: tuple[str, int] | None = None
    aside: tuple[str, int] | None = None
    since: int | None = None
    right: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


OVERTAKEN = {"kept": ("revoked", 55), "aside": ("valid", 1), "since": 60}
BACK = {"kept": ("suspended", 60), "aside": ("valid", 1), "since": 60}
ROWS = [
    Row("the worker has one that says revoked", 20, (CLOCK, CLOCK, CLOCK), worker=("revoked", 1)),
    Row("the worker has one that says suspended", 20, (CLOCK, CLOCK, CLOCK), worker=("suspended", 1)),
    Row("two days behind", 47 * 60, (CLOCK, CLOCK, CLOCK), kept=("valid", 47 * 60 + 5), worker=("revoked", 1)),
    Row("the worker has one that says the same", 20, (SAH, SAH, SAH), worker=("valid", 1)),
    Row("it comes from the server", 20, (SAH, CLOCK, CLOCK), served=("revoked", 1), right=(KEYS, LIST, HEAD)),
    Row("and no answer has a time", 20, (SAH, CLOCK, CLOCK), served=("revoked", 1)),
    Row("one has the phone's", 20, (SAH, CLOCK, CLOCK), served=("revoked", 1), right=(KEYS, LIST), phones=(HEAD,)),
    Row("and all have the phone's", 20, (SAH, CLOCK, CLOCK), served=("revoked", 1), phones=(KEYS, LIST, HEAD)),
    Row("the server plays an older one", 20, (CLOCK, CLOCK, CLOCK), worker=("revoked", 1), served=("valid", 30)),
    Row("the older one says revoked", 20, (REVOKED, REVOKED, REVOKED), kept=("revoked", 60), worker=("valid", 1)),
    Row("the clock is right", 0, (SAH, REVOKED, REVOKED), served=("revoked", 1), right=(KEYS, LIST, HEAD)),
    Row("the clock was set back", 20, (CLOCK, CLOCK, CLOCK), kept=("revoked", 1), worker=("valid", 60)),
    Row("the newest brings it back", 0, (SUSPENDED, SAH, SAH), kept=("suspended", 60), served=("valid", 1)),
    Row(
        "it was set back and an older one is played",
        20,
        (STALE, CLOCK, CLOCK),
        kept=("revoked", 1),
        served=("valid", 30),
    ),
    Row("an earlier visit met it", 20, (CLOCK, CLOCK, CLOCK), aside=("revoked", 1), served=("valid", 30)),
    Row(
        "one of a wrong clock stands beside it",
        20,
        (CLOCK, CLOCK, CLOCK),
        worker=("revoked", 1),
        served=("valid", 30),
        aside=("valid", -YEAR),
    ),
    Row("one of a wrong clock says the same", 0, (SAH, SAH, SAH), served=("valid", 1), aside=("valid", -YEAR)),
    Row("the clock was mended", 0, (REVOKED, REVOKED, REVOKED), aside=("revoked", 1), served=("valid", 30)),
    Row("its time is past, and newer ones say valid", 0, (SAH, SAH, SAH), kept=("valid", 2), aside=("revoked", 5)),
    Row("a few minutes behind", 4, (REVOKED, REVOKED, REVOKED), worker=("revoked", 0)),
    Row("its time is past, and what came after it revokes", 0, (CLOCK,) * 3, **OVERTAKEN, served=("revoked", 55)),
    Row("and the server plays it", 0, (CLOCK,) * 3, **OVERTAKEN, served=("valid", 1)),
    Row("and the worker has it", 0, (CLOCK,) * 3, **OVERTAKEN, worker=("valid", 1)),
    Row("and a newer one revokes", 0, (CLOCK, REVOKED, REVOKED), **OVERTAKEN, served=("revoked", 0)),
    Row("and a newer one says valid", 0, (CLOCK, SAH, SAH), **OVERTAKEN, served=("valid", 0)),
    Row("and one as old brings back", 0, (CLOCK, SAH, SAH), **OVERTAKEN, served=("valid", 50)),
    Row("it brings back, and nothing came after it", 0, (SAH, SAH, SAH), **BACK),
    Row("and it comes again", 0, (SAH, SAH, SAH), **BACK, served=("valid", 1)),
]


@pytest.fixture(scope="module")
def page(chromium: Browser, files: str) -> Iterator[Page]:
    """Give an empty page that may load our scripts, without witnesses."""
    opened = chromium.new_page()
    policy = "export const POLICY = null;\nexport const OFFLINE = true;\n"
    opened.route("**/js/policy.js", lambda route: route.fulfill(body=policy, content_type="text/javascript"))
    opened.goto(f"{files}/img/")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def town(files: str) -> SeededCity:
    """Give a city at the address of the page."""
    return SeededCity("later lists", files)


def text(data: bytes) -> str:
    """Return bytes as the page takes them."""
    return base64.b64encode(data).decode()


def asked(row: Row, town: SeededCity) -> dict[str, object]:
    """Return what the page is given."""

    def token(told: tuple[str, int]) -> str:
        return text(town.status_list({STATUS: VALUES[told[0]]}, issued_at=AT - told[1] * MINUTE))

    both = {KEYS: text(town.key_set()), HEAD: text(town.checkpoint(SIZE))}
    kept = both | {path: text(data) for path, data in town.tiles.items()}
    kept |= {LIST: token(row.kept)} if row.kept else {}
    kept |= {f"{LIST}?calon": token(row.worker)} if row.worker else {}
    since = f".{AT - row.since * MINUTE}" if row.since else ""
    kept |= {f"{LIST}?nanti={AT - row.aside[1] * MINUTE}{since}": token(row.aside)} if row.aside else {}
    now = AT - row.behind * MINUTE
    dates = {path: formatdate(AT, usegmt=True) for path in row.right}
    dates |= {path: formatdate(now, usegmt=True) for path in row.phones}
    served = both | {LIST: token(row.served)} if row.served else {}
    address = credential.to_address(town.others["issued long ago"], origin=town.origin)
    return {"address": address, "now": now, "kept": kept, "served": served, "dates": dates}


def look(page: Page, given: dict[str, object]) -> tuple[list[Said], list[int]]:
    """Return what is said, and when the lists were signed that are then set aside."""
    said, held = page.evaluate(LOOK, given)
    return [tuple(each) for each in said], held


def rounds() -> Iterator[tuple[Row, bool]]:
    """Yield each row, and where its server answers also with a round of the worker before the network goes."""
    for row in ROWS:
        yield from [(row, False), (row, True)] if row.served else [(row, False)]


@pytest.mark.parametrize(
    ("row", "works"), [*rounds()], ids=lambda each: getattr(each, "name", "round" if each else "")
)
def test_a_list_of_the_phones_future_that_disagrees_leaves_no_certificate_sah(
    row: Row, works: bool, page: Page, town: SeededCity
) -> None:
    said, _ = look(page, asked(row, town) | {"round": works})
    assert said == list(row.said)


def test_a_list_is_set_aside_until_a_checked_one_is_as_new(page: Page, town: SeededCity) -> None:
    row = Row("", 20, (CLOCK,) * 3, worker=("revoked", 1), served=("valid", 30))
    assert look(page, asked(row, town) | {"round": True})[1] == [AT - MINUTE]
    mended = Row("", 0, (REVOKED, SAH, SAH), aside=("revoked", 1), served=("valid", 0))
    assert look(page, asked(mended, town))[1] == []


def test_of_many_lists_of_the_future_the_newest_are_kept(page: Page, town: SeededCity) -> None:
    given = asked(Row("", 60, (SAH,) * 3, worker=("valid", 1)), town)
    for age in range(10, 20):
        listed = town.status_list({STATUS: 0}, issued_at=AT - age * MINUTE)
        given["kept"][f"{LIST}?nanti={AT - age * MINUTE}"] = text(listed)  # type: ignore[index]
    said, held = look(page, given)
    assert said[2] == SAH
    assert sorted(held) == sorted(AT - age * MINUTE for age in (1, *range(10, 17)))


def visit(page: Page, town: SeededCity, at: int, told: tuple[str, int] | None) -> Said:
    """Return what is said at a minute of a phone that keeps what it kept, of a list signed at a minute or offline."""
    row = Row("", 0, (SAH,) * 3, served=told and (told[0], -told[1]))
    given = asked(row, town) | {"now": AT + at * MINUTE, "kept": None, "round": bool(told)}
    return look(page, given)[0][1 if told else 2]


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_a_server_whose_clock_was_ahead_turns_nothing_green_when_that_time_comes(
    twice: bool, page: Page, town: SeededCity
) -> None:
    """Signed at 0 by a clock that was an hour ahead; revoked at 5, by the right one."""
    ahead = [("valid", 60), ("valid", 55)][: 1 + twice]
    assert look(page, asked(Row("", 0, (SAH,) * 3, served=("valid", 10)), town))[0] == [SAH] * 3
    assert [visit(page, town, 0, each) for each in ahead] == [SAH] * len(ahead)
    assert [visit(page, town, 10, each) for each in (("revoked", 5), None)] == [REVOKED] * 2
    late = [(61, None), (61, ("revoked", 5)), (300, ahead[0]), (300, ("revoked", 5)), (300, None)]
    assert [visit(page, town, *each) for each in [(49, None), *late]] == [REVOKED, *[CLOCK] * len(late)]
    assert [visit(page, town, 301, each) for each in (("revoked", 61), None)] == [REVOKED] * 2


def test_a_phone_that_was_behind_when_it_was_told_of_a_revocation_says_so_beside_one_that_was_ahead(
    page: Page, town: SeededCity
) -> None:
    """Both were set aside: the revocation at 5 by a phone at -15."""
    given = asked(Row("", 0, (SAH,) * 3, served=("valid", 60)), town)
    assert look(page, given)[0] == [SAH] * 3
    assert visit(page, town, -15, ("valid", 60)) == SAH
    assert [visit(page, town, -15, each) for each in (("revoked", 5), None)] == [CLOCK] * 2
    assert [visit(page, town, at, None) for at in (20, 61, 300)] == [REVOKED, CLOCK, CLOCK]


def test_a_list_of_a_wrong_clock_leaves_certificates_it_does_not_know_sah(page: Page, town: SeededCity) -> None:
    """Set aside it would else have each newer certificate grey until its time comes."""
    given = asked(Row("", 0, (SAH,) * 3, served=("valid", 1)), town)
    short = text(town.status_list({}, issued_at=AT + YEAR * MINUTE))
    given["kept"][f"{LIST}?nanti={AT + YEAR * MINUTE}"] = short  # type: ignore[index]
    assert look(page, given)[0] == [SAH] * 3


def test_a_list_of_the_future_that_nobody_of_ours_signed_takes_no_word_back(page: Page, town: SeededCity) -> None:
    """Else whoever stands in the way could make every certificate grey."""
    stranger = SeededCity("another", town.origin)
    row = Row("", 20, (SAH, SAH, SAH))
    planted = text(stranger.status_list({STATUS: 1}, issued_at=AT))
    for name in ("calon", f"nanti={AT}"):
        given = asked(row, town)
        given["kept"][f"{LIST}?{name}"] = planted  # type: ignore[index]
        assert look(page, given)[0] == list(row.said)
