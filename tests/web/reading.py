"""What a reader meets on a page: its texts, which of them are marked as Indonesian, and where its links lead."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from tests.web import messages

SAID = ("aria-label", "alt", "title", "placeholder")
EMPTY = {"meta", "link", "input", "img", "br", "hr", "path", "rect", "circle"}
UNSAID = {"pre", "code", "script", "template"}
NO_WORDS = re.compile(r"<[^>]+>|%\(\w+\)s|\{\w+\}|&\w+;|\b[0-9a-f]{16,}\b")
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass
class Page(HTMLParser):
    """A page taken apart."""

    text: str
    language: str = ""
    said: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    _open: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read it."""
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element says and where it leads."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        hidden = tag in UNSAID or (tag != "html" and "lang" in given) or self._is_hidden()
        if not hidden:
            self.said += [given[name] for name in SAID if name in given]
        self.links += [(tag, given[name]) for name in ("href", "action") if name in given and tag in ("a", "form")]
        if tag not in EMPTY:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if data.strip() and not self._is_hidden():
            self.said.append(" ".join(data.split()))

    def _is_hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def words_of(text: str) -> set[str]:
    """Return the words of a text, in small letters; a hash has none, whatever letters stand in it."""
    return {each.lower() for each in WORD.findall(NO_WORDS.sub(" ", text))}


@cache
def indonesian_words() -> set[str]:
    """Return the words that stand in Indonesian texts and in no English one."""
    found = list(messages.catalogue())
    english = set().union(*(words_of(each.msgstr) for each in found))
    return set().union(*(words_of(each.msgid) for each in found)) - english
