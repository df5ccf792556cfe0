"""What every page shares: access, headers, errors, forms, display, inline pictures.

Knows no feature.  `wired()` gives a view the configuration and the keys of its app.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from pakta.config import Config
from pakta.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Wired:
    """What the factory hands to every view: the configuration and the keys."""

    config: Config
    keyring: Keyring


def wired() -> Wired:
    """Return what the factory wired into the running app."""
    return cast(Wired, current_app.extensions["pakta"])
