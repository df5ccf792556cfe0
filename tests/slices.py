"""Long sweeps: `make drills` tries all that they have, `make test` a slice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

WHOLE = bool(os.environ.get("PAKTA_WHOLE_DRILL"))


def some(values: Sequence[Any], turn: int, *, of: int = 4) -> Sequence[Any]:
    """Return all `values` in a whole drill, else one in `of`, beginning at `turn`: as many turns miss none."""
    return values if WHOLE else values[turn % of :: of]


def out_of_reach(why: str) -> NoReturn:
    """Skip a test that this machine does not let run; a whole drill without it is none, and fails."""
    if WHOLE:
        pytest.fail(f"{why}: this drill wants a machine that lets it")
    pytest.skip(why)
