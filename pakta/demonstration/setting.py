"""What every step of the demonstration needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pakta.config import Config
from pakta.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Setting:
    """The keys, the configuration, and where progress is said."""

    keyring: Keyring
    config: Config
    say: Callable[[str], None]
