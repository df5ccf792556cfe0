"""What every page shares: access, headers, errors, forms, display, inline pictures.

Knows no feature.  `wired()` gives a view the configuration and the keys of its app; Flask is loaded only then,
for the words of a verdict are said where it is not installed, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pakta.config import Config
    from pakta.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Wired:
    """What the factory hands to every view: the configuration and the keys."""

    config: Config
    keyring: Keyring


def wired() -> Wired:
    """Return what the factory wired into the running app."""
    from flask import current_app

    return cast(Wired, current_app.extensions["pakta"])
