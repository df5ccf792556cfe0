"""The project's own source, as the tests of its shape read it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pakta.config import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef
WEB_PARTS = ("views", "forms", "blueprint", "visitor")  # what of a feature may know Flask


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Return the project's Python files below `folders`."""
    return tuple(path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """Return a file's path from the top of the project."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    """Yield every function of a file, methods and inner ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node


def length(node: Function) -> int:
    """Return how many lines a function takes, its docstring included, its decorators not."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def is_view(node: Function) -> bool:
    """Say whether a function is bound to a route."""
    return any(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("get", "post", "route")
        for call in node.decorator_list
    )


def is_web(path: Path) -> bool:
    """Say whether a file of a feature is the part of it that may know Flask and what pages share."""
    return path.stem in WEB_PARTS or path.stem.endswith("_views")


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def kept_in_git() -> list[Path]:
    """Return every file that git keeps or would keep at the next commit."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in found if name and (ROOT / name).is_file()]
