"""Every text of the QR's page has its English, and every English text its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask import Flask

from pakta.config import Config
from pakta.core import policy as policies
from pakta.verification import english, qrpage
from tests.verification.paper import WitnessKey

BLANK = re.compile(r"\{\w+\}")
LABELS = ("aria-label", "data-tanpa-nama")
SPOKEN_TO_NOBODY = ("script", "noscript")  # whoever reads the latter runs no script that could translate it


class Texts(HTMLParser):
    """Collects each text of a page as the browser's script finds it."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()
        self._silent = 0
        self._in_body = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take labels, and note where no text is for people."""
        self._in_body |= tag == "body"
        self._silent += tag in SPOKEN_TO_NOBODY
        self.found |= {value for name, value in attrs if name in LABELS and value and self._in_body}

    def handle_endtag(self, tag: str) -> None:
        """Note where texts are for people again."""
        self._silent -= tag in SPOKEN_TO_NOBODY

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if self._in_body and not self._silent and data.strip():
            self.found.add(" ".join(data.split()))


@pytest.fixture
def elsewhere(config: Config) -> Config:
    """Give the configuration of a city whose names stand in no text."""
    return replace(config, origin="https://contoh.example", city="Kota Contoh")


def pages(app: Flask, elsewhere: Config) -> Iterator[str]:
    """Yield the page with and without witnesses, in a demonstration and not."""
    key = WitnessKey("saksi.example/satu")
    asked = policies.parse(f"witness satu {key.vkey}\nquorum satu\n".encode())
    with app.app_context():
        for policy in (None, asked):
            for demo in (False, True):
                yield qrpage.render("v", config=replace(elsewhere, policy=policy), demo=demo)


def texts(app: Flask, elsewhere: Config) -> set[str]:
    """Return what the pages say, with blanks for host and city; a name and a blank alone say nothing."""
    found = {text for page in pages(app, elsewhere) for text in Texts(page).found}
    said = {text.replace(elsewhere.host, "{host}").replace(elsewhere.city, "{city}") for text in found}
    return {text for text in said if re.search("[a-zA-Z]", BLANK.sub("", text).replace("Pakta {city}", ""))}


def test_every_text_of_the_page_has_its_english_and_every_english_text_its_place(
    app: Flask, elsewhere: Config
) -> None:
    said = texts(app, elsewhere) - {"Pakta {city}"}
    assert sorted(said - set(english.words())) == []
    assert sorted(set(english.words()) - said) == []
    assert len(said) > 100


@pytest.mark.parametrize("own", english.words())
def test_an_english_text_has_the_same_blanks_and_the_same_end(own: str) -> None:
    said = english.words()[own]
    assert sorted(BLANK.findall(said)) == sorted(BLANK.findall(own))
    assert (said[-1] in ".:?") == (own[-1] in ".:?")
    assert said != own and "  " not in said


def test_two_texts_that_mean_different_things_are_told_apart() -> None:
    verdicts = [word for word in english.words() if word.isupper()]
    assert len({english.words()[word] for word in verdicts}) == len(verdicts) == 7


def test_the_script_names_host_and_city(elsewhere: Config) -> None:
    script = english.script(elsewhere).decode()
    assert "The key list of contoh.example is known" in script and "Kota Contoh alone" in script
    assert "{host}" not in script and "{city}" not in script and "{until}" in script
