"""pyHanko's own command line about each of a list of files; runs in an environment that holds no Pakta.

Its commands are called in one process, as its program `pyhanko` calls them: starting that takes a second each.
"""

import json
import sys

from click.testing import CliRunner
from pyhanko.cli import cli_root


def judge(path, root):
    """Return nothing where it says that the file is untouched and trusted, else what it says."""
    words = ["sign", "validate", "--trust", root, "--trust-replace", path]
    done = CliRunner().invoke(cli_root, words)
    lines = [line for line in done.output.splitlines() if line.strip()]
    if done.exit_code == 0 and len(lines) == 1 and lines[0].endswith(":INTACT:TRUSTED,UNTOUCHED"):
        return ""
    return " ".join([f"exit {done.exit_code}", *lines])[:200] + (
        f" {done.exception!r}"[:200] if done.exception else ""
    )


if __name__ == "__main__":
    answers = [judge(path, sys.argv[1]) for path in json.load(sys.stdin)]
    print("\n" + json.dumps(answers))
