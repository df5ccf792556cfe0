"""`python -m pakta`."""

from pakta.commands import main

main(prog_name="python -m pakta")
