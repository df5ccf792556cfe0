"""`python -m …` in a process that has our modules already: importing them takes longer than serving a page.

The processes fork from one that has imported all and done nothing else, as the children of `serve` do.
What a newcomer types, `tests/journeys/test_serving.py` starts whole.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from pakta.config import ROOT

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["pakta.commands.main"])


def start(words: Sequence[str], *, env: Mapping[str, str], log: Path) -> ForkServerProcess:
    """Start `python -m words…` at the top of the project, in a session of its own; what it says goes to `log`."""
    process = CONTEXT.Process(target=_be, args=(tuple(words), dict(env), str(log)))
    process.start()
    return process


def _be(words: Sequence[str], env: Mapping[str, str], log: str) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for wanted, given in ((0, os.open(os.devnull, os.O_RDONLY)), (1, said), (2, said)):
        os.dup2(given, wanted)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2))
    sys.argv = [*words]
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
