"""The page behind the QR: the words of every verdict, the same bytes for everybody."""

from __future__ import annotations

import hashlib

from flask import current_app

from pakta.config import Config
from pakta.verification import installing, presentation, shell, words
from pakta.web import language, page, switch
from pakta.web.language import INDONESIAN, Language

PATH = "/v"


def address(spoken: Language) -> str:
    """Return the page's address in a language."""
    return PATH if spoken is INDONESIAN else f"{PATH}?{switch.ASKED}={spoken.code}"


def pages(version: str, *, config: Config, demo: bool) -> dict[str, str]:
    """Return the page in each language, by its address; `demo` says whether it has the ribbon."""
    return {address(spoken): render(version, config=config, spoken=spoken, demo=demo) for spoken in _languages()}


def render(version: str, *, config: Config, spoken: Language = INDONESIAN, **changes: object) -> str:
    """Return the page for a version of its scripts, rendered past the visitor's session; needs no request."""
    members = {
        **page.place(config),
        "manifest": installing.PATH,
        "scripts": [shell.script_path(name, version=version) for name in shell.SCRIPTS],
        "vocabulary": presentation.vocabulary(config.host, guarded=config.policy is not None, spoken=spoken),
        "guarded": config.policy is not None,
        "person": words.PERSON,
        "nameless": words.NAMELESS,
    }
    with switch.always(spoken):
        text = current_app.jinja_env.get_template("verification/v.html").render(**members | changes)
    return text if spoken is INDONESIAN else switch.kept(text)


def digests(config: Config) -> list[str]:
    """Return the SHA-256 of the page in hex, its version left empty: in each language, with and without the ribbon.

    Whether the ribbon is shown depends on the people in the database, which may come after the release.
    """
    found = (render("", config=config, spoken=spoken, demo=demo) for spoken in _languages() for demo in (False, True))
    return sorted(hashlib.sha256(each.encode()).hexdigest() for each in found)


def _languages() -> tuple[Language, ...]:
    return INDONESIAN, language.english()
