"""The modules of the QR's page as one script, so that a phone asks for one file and compiles it once.

Each module becomes a function that runs at once and returns what the module exports; its lines stay as they are.
They are plain: whole exports by name, imports on one line each and of modules beside them (decision 0084).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

IMPORT = re.compile(r'^import (?:\* as (\w+)|(\{ [\w, ]+ \})) from "\./([\w-]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:(?:async )?function|const|class) (\w+))", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b", re.MULTILINE)


def make(read: Callable[[str], str], *, entry: str, apart: Collection[str]) -> str:
    """Return the module `entry` with all that it imports as one; `read` gives a module's text by its name.

    apart  names of modules that stay files of their own, imported as before

    Raises ValueError where a module is written in a way that cannot be joined, or imports go round.
    """
    *others, (_, last) = parts(read, entry=entry, apart=apart).items()
    first = "".join(f'import * as {_name(name)} from "./{name}";\n' for name in sorted(apart))
    wrapped = (
        f"const {_name(name)} = (() => {{\n{_plain(name, text)}{_returned(text)}}})();\n" for name, text in others
    )
    return "".join([first, *wrapped, _plain(entry, last)])


def parts(read: Callable[[str], str], *, entry: str, apart: Collection[str]) -> dict[str, str]:
    """Return the text of each module that is joined, by its name, each after all that it imports."""
    found: dict[str, str] = {}
    begun: set[str] = set()

    def add(name: str) -> None:
        if name in found or name in apart:
            return
        if name in begun:
            raise ValueError(f"{name} imports itself")
        begun.add(name)
        text = read(name)
        for *_, other in IMPORT.findall(text):
            add(f"{other}.js")
        found[name] = text

    add(entry)
    return found


def _name(module: str) -> str:
    """Return the name by which the others find a module."""
    return f"${module.removesuffix('.js')}"


def _plain(name: str, text: str) -> str:
    """Return a module's text without the words import and export."""
    body = EXPORT.sub("", IMPORT.sub(lambda found: f"const {found[1] or found[2]} = {_name(found[3])};\n", text))
    if LEFT.search(body):
        raise ValueError(f"{name} cannot be joined")
    return body


def _returned(text: str) -> str:
    """Return the line by which a module hands out what it exports."""
    return f"return {{ {', '.join(EXPORT.findall(text))} }};\n"
