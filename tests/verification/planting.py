"""A page whose scripts hold a planted bug."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from pakta.config import ROOT


@contextmanager
def planted(chromium: Browser, files: str, name: str, sound: str, bug: str) -> Iterator[Page]:
    """Open a page of the bare server in whose script `name` the text `sound` has become `bug`."""
    source = (ROOT / "static" / "js" / name).read_text()
    assert source.count(sound) == 1, "the planted bug no longer fits"
    wrong = source.replace(sound, bug)
    page = chromium.new_page()
    page.route(f"**/js/{name}", lambda route: route.fulfill(body=wrong, content_type="text/javascript"))
    page.goto(f"{files}/img/")
    yield page
    page.close()
