"""`python -m pakta`: whatever stops a command is told in a sentence, not in a traceback.

Witness and monitor are for outsiders: they run where neither Flask nor a database is installed.
"""

import importlib
import sys

ALONE = ("witness", "monitor")  # what outside bodies run: nothing of our server is loaded for it


def main() -> None:
    """Run the command that was asked for."""
    if sys.argv[1:2] and sys.argv[1] in ALONE:
        name = sys.argv[1]
        command = getattr(importlib.import_module(f"pakta.commands.{name}"), name)
        command(args=sys.argv[2:], prog_name=f"python -m pakta {name}")
    else:
        _run_all()


def _run_all() -> None:
    from pakta.commands.main import main as commands
    from pakta.config import ConfigError
    from pakta.core.errors import Refusal
    from pakta.web import wording

    try:
        commands(prog_name="python -m pakta")
    except ConfigError as error:
        sys.exit(f"Error: {error}")
    except Refusal as refusal:
        sys.exit(f"Error: {wording.sentence(refusal)} [{refusal.reason.value}]")


if __name__ == "__main__":
    main()
