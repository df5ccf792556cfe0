"""What the page behind the QR runs: read as a browser does, where only what our own page holds is allowed.

A page that could be read in two ways is not allowed: no comment, no declaration but `<!doctype html>` at the
start, no element and no attribute beyond those that are listed here.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

DOCTYPE = "doctype html"
WORDS = """html head title meta link body header footer nav main section aside div p h1 h2 h3 ul ol li dl dt dd a span
strong em code br hr svg g path circle rect line button noscript template script"""
TAGS = frozenset(WORDS.split())
LINKS = frozenset({"icon", "stylesheet", "modulepreload", "manifest", "alternate"})
MODULE = {"type": "module"}
PATH = re.compile(r"/[A-Za-z0-9_./?=-]{0,300}")
ADDRESS = re.compile(r"(?:[a-z]+://|#|/)[^\s\x00-\x1f]*|tel:[+0-9]*|mailto:[^\s\x00-\x1f]*")


class Page(HTMLParser):
    """A page that was read.  scripts, styles: where they are from; odd: what our own page does not hold."""

    def __init__(self, content: bytes) -> None:
        """Read the page."""
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.odd: list[str] = []
        self._inside = self._begun = False
        unclear = _unclear(content)
        if unclear:
            self.odd.append(unclear)
            return
        self.feed(content.decode())
        self.close()
        if not self._begun or not self.scripts:
            self.odd.append("kosong")

    def handle_decl(self, decl: str) -> None:
        """Take the doctype, once and first."""
        if self._begun or decl.lower() != DOCTYPE:
            self.odd.append(f"<!{decl[:40]}")
        self._begun = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge an element and its attributes."""
        self._inside = tag == "script"
        names = [name for name, _ in attrs]
        if tag not in TAGS or not self._begun or len(set(names)) < len(names):
            self.odd.append(f"<{tag[:40]}>")
        self.odd += [f"{name}={(value or '')[:80]}" for name, value in attrs if not _is_plain(tag, name, value or "")]
        if tag == "script":
            self._script(dict(attrs))
        elif tag == "link":
            self._link(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a script."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Name a script that stands in the page itself."""
        if self._inside and data.strip():
            self.odd.append("inline")

    def _script(self, attributes: dict[str, str | None]) -> None:
        source = attributes.pop("src", None)
        if source is None or attributes != MODULE:
            self.odd.append("inline" if source is None else f"script {' '.join(sorted(attributes))[:80]}")
        self.scripts += [source] if source else []

    def _link(self, attributes: dict[str, str | None]) -> None:
        if attributes.get("rel") == "stylesheet":
            self.styles.append(attributes.get("href") or "")
        if attributes.get("rel") not in LINKS or not PATH.fullmatch(attributes.get("href") or ""):
            self.odd.append(f"link {(attributes.get('rel') or '')[:40]} {(attributes.get('href') or '')[:80]}")


def _unclear(content: bytes) -> str:
    """Return what makes a page one that can be read in two ways, or that takes long to read; empty for ours."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "UTF-8"
    if text.count("<!") > 1 or "<?" in text:
        return "<!" if text.count("<!") > 1 else "<?"
    open_one = next((each for each in text.split("<")[1:] if ">" not in each), None)
    return "" if open_one is None else f"<{open_one[:40]}"


def _is_plain(tag: str, name: str, value: str) -> bool:
    """Say whether an attribute can neither run nor load anything, nor lead a relative address elsewhere."""
    if name.startswith("on") or name in ("style", "srcdoc", "srcset", "action", "formaction", "background", "nonce"):
        return False
    if name == "src":
        return tag == "script"
    if name == "http-equiv" or name.startswith("xlink"):
        return False
    return name != "href" or tag == "link" or ADDRESS.fullmatch(value) is not None
