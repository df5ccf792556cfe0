"""In which language people are spoken to: Indonesian as it is written in the sources, English by translations/en.po.

What is said is written down once, in Indonesian; the catalogue holds the English of each such text.  `sentence` is
for texts with blanks that are made far from any page: for whoever knows no language it is Indonesian, and a page
can still say it in English.  Knows no request: which language a page is asked for, `web.switch` decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from pakta.web import display, display_english

BLANK = re.compile(r"\{(\w+)\}(\.?)")
CATALOGUE = "translations/en.po"
HOME = Path(__file__).resolve().parents[1]  # an installed package has the catalogue within, the repository beside


class Sentence(str):
    """An Indonesian text that remembers what it was made of, so that it can be said in another language too."""

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Sentence:
        """Fill the blanks as Indonesian does."""
        made = super().__new__(cls, _filled(template, values, INDONESIAN))
        made.template, made.values = template, dict(values)
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        """Say what a copy is made of."""
        return self.template, self.values


@dataclass(frozen=True)
class Language:
    """A language: its code, how it writes values, and what it says for each Indonesian text."""

    code: str
    forms: ModuleType
    catalogue: Mapping[str, str]

    def text(self, said: str) -> str:
        """Return an Indonesian text in this language; one that the catalogue lacks (a name, say) as it is."""
        if isinstance(said, Sentence):
            return _filled(self.catalogue.get(said.template, said.template), said.values, self)
        return self.catalogue.get(said, said)

    def shown(self, name: str) -> Callable[..., str]:
        """Return how this language shows a value: the function of `display` of this name, or its twin."""
        own = getattr(self.forms, name, None)
        if own is not None:
            return cast(Callable[..., str], own)
        return lambda *given: self.text(getattr(display, name)(*given))

    def moment(self, value: datetime) -> str:
        """Return an aware time."""
        return self.shown("moment")(value)

    def day(self, value: date) -> str:
        """Return a day."""
        return self.shown("day")(value)

    def number(self, value: int) -> str:
        """Return a whole number."""
        return self.shown("number")(value)


INDONESIAN = Language("id", display, {})


def sentence(template: str, **values: object) -> Sentence:
    """Return a text with its blanks filled: numbers, days and times as the language writes them.

    A plain text stays as it is, since a name may be a word of the catalogue; a text of ours is a `sentence` itself.
    """
    return Sentence(template, values)


@cache
def english() -> Language:
    """Return English, its catalogue read once; what is marked as unsure there is not said."""
    import polib

    place = next(each for each in (HOME / CATALOGUE, HOME.parent / CATALOGUE) if each.is_file())
    entries: Any = polib.pofile(str(place), encoding="utf-8")
    found = {each.msgid: each.msgstr for each in entries if each.translated()}
    return Language("en", display_english, found)


def _filled(template: str, values: Mapping[str, object], language: Language) -> str:
    def written(blank: re.Match[str]) -> str:
        if blank[1] not in values:
            return blank[0]
        said = _written(values[blank[1]], language)
        return display.ended(said) if blank[2] else said

    return BLANK.sub(written, template)


def _written(value: object, language: Language) -> str:
    if isinstance(value, datetime):
        return language.moment(value)
    if isinstance(value, date):
        return language.day(value)
    if isinstance(value, int):
        return language.number(value)
    return language.text(value) if isinstance(value, Sentence) else str(value)
