"""Run Jigi: `python -m bot` on Discord, `python -m bot console` in the terminal; or look after its database."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.localisation.texts import Texts
from model.output import write_anything

_N_ARGUMENTS = {"backup": 1, "restore": 1, "move-database": 2, "rotate-keys": 0, "unseal": 0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    write_anything()
    match sys.argv[1:] if arguments is None else list(arguments):
        case []:
            from bot import client  # neither front end waits for the imports of the other

            return client.run()
        case ["console", *rest]:
            from bot.console import app

            return app.main(rest)
        case [command, *rest] if _N_ARGUMENTS.get(command) == len(rest):
            from bot import maintenance

            return maintenance.run(command, *rest)
        case ["privacy-report", *options] if options in ([], ["--json"]):
            from bot import maintenance

            return maintenance.run("privacy-report", *options)
        case ["make-key"]:
            from bot import maintenance

            return maintenance.make_key()
        case ["-h" | "--help"]:
            print(Texts.load("ko")("start.usage"))
            return 0
        case _:
            print(Texts.load("ko")("start.usage"), file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
