"""The page behind the QR: the words of every verdict, the same bytes for everybody."""

from __future__ import annotations

import hashlib

from flask import current_app

from pakta.config import Config
from pakta.verification import installing, presentation, shell, words
from pakta.web import page, switch
from pakta.web.language import INDONESIAN


def render(version: str, *, config: Config, **changes: object) -> str:
    """Return the page for a version of its scripts, rendered past the visitor's session; needs no request."""
    members = {
        **page.place(config),
        "manifest": installing.PATH,
        "scripts": [shell.script_path(name, version=version) for name in shell.SCRIPTS],
        "vocabulary": presentation.vocabulary(config.host, guarded=config.policy is not None),
        "guarded": config.policy is not None,
        "person": words.PERSON,
        "nameless": words.NAMELESS,
    }
    with switch.always(INDONESIAN):  # its English is fetched by the page itself
        return current_app.jinja_env.get_template("verification/v.html").render(**members | changes)


def digests(config: Config) -> list[str]:
    """Return the SHA-256 of the page in hex, its version left empty: with and without the ribbon of a demonstration.

    Whether the ribbon is shown depends on the people in the database, which may come after the release.
    """
    pages = (render("", config=config, demo=demo) for demo in (False, True))
    return sorted(hashlib.sha256(each.encode()).hexdigest() for each in pages)
