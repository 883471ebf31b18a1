"""Run Jigi: `python -m bot` on Discord, `python -m bot console` in the terminal, and what `--help` names."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.localisation.texts import Texts
from model.output import write_anything


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
        case ["doctor"]:
            from bot.doctor import command as doctor

            return doctor.run()
        case ["make-key"]:
            from bot import maintenance

            return maintenance.make_key()
        case (
            ["backup" | "restore" | "downgrade-database", _]
            | ["move-database", _, _]
            | ["downgrade-database" | "privacy-report" | "rotate-keys" | "unseal"]
            | ["privacy-report", "--json"]
        ) as asked:
            from bot import maintenance

            return maintenance.run(*asked)
        case ["-h" | "--help"]:
            print(Texts.load("ko")("start.usage"))
            return 0
        case _:
            print(Texts.load("ko")("start.usage"), file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())
