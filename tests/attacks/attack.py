"""One attack: how it is made, why it must be refused, and what a careful reader of its file would see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, auto

from pakta.core.errors import Reason
from tests.attacks.scene import Scene

Make = Callable[[Scene], bytes]


class Seen(Flag):
    """What poppler sees in the changed file and not in the one that it was made of."""

    NOTHING = 0
    WORDS = auto()  # the false name, on a page
    LOOK = auto()  # another first page
    NAME_INSIDE = auto()  # the false name, in the XMP
    FILES = auto()  # other attachments


@dataclass(frozen=True)
class Attack:
    """One way to make a false file.

    of      the document that it was made of      reason  why ours must refuse it
    pdfsig  what poppler's pdfsig says, as `poppler.signatures` writes it
    thief   whether it takes our own sealing key
    """

    name: str
    make: Make
    reason: Reason
    pdfsig: str
    seen: Seen = Seen.NOTHING
    of: Make = lambda scene: scene.lembar
    thief: bool = False
