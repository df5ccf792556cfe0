"""`python -m pakta`: whatever stops a command is told in a sentence, not in a traceback.

The monitor is for outsiders: it runs where neither Flask nor a database is installed.
"""

import sys


def _house() -> None:
    from pakta.commands.main import main
    from pakta.config import ConfigError
    from pakta.core.errors import Refusal
    from pakta.web import wording

    try:
        main(prog_name="python -m pakta")
    except ConfigError as error:
        sys.exit(f"Error: {error}")
    except Refusal as refusal:
        sys.exit(f"Error: {wording.sentence(refusal)} [{refusal.reason.value}]")


def _monitor() -> None:
    from pakta.commands.monitor import monitor

    monitor(args=sys.argv[2:], prog_name="python -m pakta monitor")


(_monitor if sys.argv[1:2] == ["monitor"] else _house)()
