"""`python -m pakta`: whatever stops a command is told in a sentence, not in a traceback."""

import sys

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
