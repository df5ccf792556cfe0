"""The English of the QR's page: what each of its Indonesian texts says, for whoever asks for it.

The table is english.txt, pairs of lines.  A script of its own, words-en.js, is made of it with the host and the city
filled in, and released with the others; static/js/english.js puts it into the page.  A test compares the table with
the page, both ways.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from pakta.config import Config

NAME = "words-en.js"
HEADER = "// Made by the server, read by english.js.\n"
TABLE = Path(__file__).with_name("english.txt")


@cache
def words() -> dict[str, str]:
    """Return the table: English by Indonesian."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    texts = [line for line in lines if line and not line.startswith("#")]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def script(config: Config) -> bytes:
    """Return the script that exports the table with host and city filled in; the other blanks the browser fills."""

    def filled(text: str) -> str:
        return text.replace("{host}", config.host).replace("{city}", config.city)

    said = {filled(own): filled(english) for own, english in words().items()}
    table = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return f"{HEADER}export const WORDS = {table};\n".encode()
