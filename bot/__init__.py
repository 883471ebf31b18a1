"""Jigi: a Discord bot that keeps Korean review channels, and a plugin for other bots.

Its packages are called `bot`, `model` and `migrations`. Where another project's folder of such a name stands before
them, importing this one says so; otherwise some module far from here would not be found.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def _refuse_strangers() -> None:
    """Raise an error that names what stands in place of Jigi's packages.

    Raises:
        ImportError: `model` or `migrations` is somebody else's.
    """
    home = Path(__file__).resolve().parent.parent
    for name in ("model", "migrations"):
        spec = find_spec(name)
        if spec is None:
            continue
        found = Path(spec.origin).parent if spec.origin else Path(*(spec.submodule_search_locations or ()))
        if found.resolve() != home / name:
            from bot.localisation.texts import Language, Texts  # nothing is read as long as all is well

            place = spec.origin or found
            raise ImportError(
                " ".join(Texts.load(each)("plugin.stranger", name=name, place=place) for each in Language)
            )


_refuse_strangers()
