"""Where an error happened, for the log: places and types, never what the error says.

A database repeats in its message the row that it refused, and a row may hold an identity number.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from pakta.config import ROOT


def places(error: BaseException) -> str:
    """Return the chain of errors that led to `error`, each as its type and the lines that it went through."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(type(current).__name__)
        lines += [f"  {_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in _frames(current)]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(lines)


def _frames(error: BaseException) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)


def _short(filename: str) -> str:
    path = Path(filename)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else filename
