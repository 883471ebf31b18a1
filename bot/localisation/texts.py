"""Every sentence that a person reads, in Korean and in English.

The sentences are in `bot/localisation/ko.toml` and `bot/localisation/en.toml`; both have the same keys with the same
fields. `bot.cogs.shared.translator` names the Discord commands with them, everything else asks a `Texts` by key. Knows
nothing of Discord: the console speaks through it too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


class Language(StrEnum):
    """The languages that Jigi speaks, Korean first."""

    KOREAN = "ko"
    ENGLISH = "en"


class Texts:
    """The sentences of one language, asked for by key: `texts("check.empty")`."""

    def __init__(self, language: Language, sentences: Mapping[str, str]) -> None:
        self.language = language
        self.sentences = sentences

    @classmethod
    def load(cls, language: str) -> Texts:
        """Read a language's sentences; a second call costs nothing.

        Raises:
            ValueError: `language` is neither "ko" nor "en".
        """
        return _load(Language(language))

    def __call__(self, key: str, **fields: object) -> str:
        """Return the sentence of a key with its `{fields}` filled in.

        Raises:
            KeyError: There is no such sentence, or it has a field that was not given.
        """
        return self.sentences[key].format_map(fields)


@cache
def _load(language: Language) -> Texts:
    document = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Texts(language, _flatten(document))


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Join the names of nested tables with dots: `[check] empty` becomes `check.empty`."""
    sentences: dict[str, str] = {}
    for name, value in table.items():
        sentences |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return sentences
