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
async ({ address, now, kept, served, dates }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const data = await caches.open("pakta-data");
  for (const each of await data.keys()) await data.delete(each);
  for (const [path, text] of Object.entries(kept)) await data.put(path, new Response(bytes(text)));
  const [right, asked] = [Date.now, globalThis.fetch];
  Date.now = () => now * 1000;
  globalThis.fetch = async (path) => {
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
    globalThis.fetch = () => Promise.reject(new TypeError("no network"));
    const offline = await look(new AbortController().signal);
    return [...looks, offline[1]].map(({ word, reason }) => [word, reason]);
  } finally {
    [Date.now, globalThis.fetch] = [right, asked];
  }
}
"""
AT, MINUTE = int(NOW.timestamp()), 60
VALUES = {"valid": 0, "revoked": 1, "suspended": 2}
KEYS, LIST, HEAD = "/.well-known/pakta-keys.json", "/s/0", "/log/checkpoint"
SAH, CLOCK = ("SAH", None), ("TIDAK DAPAT DIPERIKSA", "CLOCK")
REVOKED, SUSPENDED = ("DICABUT", "STATUS_REVOKED"), ("DITANGGUHKAN", "STATUS_SUSPENDED")
Said = tuple[str, str | None]


@dataclass(frozen=True)
class Row:
    """A phone's lists, each with its age by the right clock in minutes, and what is said.

    behind   by how many minutes the phone's clock is
    dates    whose answers carry the right time, whose the phone's; the others carry none
    said     by what is kept; when the server (which may be silent) has answered; offline after that
    """

    name: str
    behind: int
    said: tuple[Said, Said, Said]
    kept: tuple[str, int] | None = ("valid", 60)
    worker: tuple[str, int] | None = None
    served: tuple[str, int] | None = None
    right: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


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
    Row("a few minutes behind", 4, (REVOKED, REVOKED, REVOKED), worker=("revoked", 0)),
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
    now = AT - row.behind * MINUTE
    dates = {path: formatdate(AT, usegmt=True) for path in row.right}
    dates |= {path: formatdate(now, usegmt=True) for path in row.phones}
    served = both | {LIST: token(row.served)} if row.served else {}
    address = credential.to_address(town.others["issued long ago"], origin=town.origin)
    return {"address": address, "now": now, "kept": kept, "served": served, "dates": dates}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_list_of_the_phones_future_that_disagrees_leaves_no_certificate_sah(
    row: Row, page: Page, town: SeededCity
) -> None:
    assert [tuple(each) for each in page.evaluate(LOOK, asked(row, town))] == list(row.said)


def test_a_list_of_the_future_that_nobody_of_ours_signed_takes_no_word_back(page: Page, town: SeededCity) -> None:
    """Else whoever stands in the way could make every certificate grey."""
    stranger = SeededCity("another", town.origin)
    row = Row("", 20, (SAH, SAH, SAH))
    given = asked(row, town)
    planted = text(stranger.status_list({STATUS: 1}, issued_at=AT))
    given["kept"][f"{LIST}?calon"] = planted  # type: ignore[index]
    assert [tuple(each) for each in page.evaluate(LOOK, given)] == list(row.said)
