"""What commands are called, by slash and after a prefix, in each language. Knows nothing of Discord.

One table says it all: `[command]` of both languages has, under a command's qualified name with `_` between its words,
its `…_name` and `…_description`, those of its parameters (`examples_list_page_name`), and an `…_example`, in which
each value stands behind its parameter (`ids:3 7`). Where a command is written otherwise after a prefix than by slash,
`…_typed` has an example of that; unless it begins with the command's name, its first word is another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.localisation.texts import Language, Texts

_ROOT = re.compile("command[.]([a-z]+)_name")
_PARAMETER = re.compile(r"(?:^|\s)([a-z_]+):")


def key_of(command: str, place: str, parameter: str | None = None) -> str:
    """Return the key of a command's text, or of that of its parameter; `command` is the qualified name."""
    return "command." + "_".join([*command.split(), *([parameter] if parameter else []), place])


def roots() -> list[str]:
    """Return the first words of all commands: those that are in no group, and the groups."""
    return [found[1] for key in Texts.load(Language.KOREAN).sentences if (found := _ROOT.fullmatch(key))]


def name_of(command: str, texts: Texts) -> str:
    """Return what a slash command is called in a language: of "examples remove" 예시 삭제."""
    words = command.split()
    return " ".join(texts(key_of(" ".join(words[: n + 1]), "name")) for n in range(len(words)))


@dataclass(frozen=True, slots=True)
class Caller:
    """How somebody gives commands: after a prefix or (None) by slash, in the language of `texts`."""

    texts: Texts
    prefix: str | None = None

    def name(self, command: str) -> str:
        """Return what is to be written for a command without its parameters: `/예시 삭제`, `!예시 삭제`."""
        if self.prefix is None:
            return f"/{name_of(command, self.texts)}"
        typed, name = self._typed(command), name_of(command, self.texts)
        return self.prefix + (typed.split()[0] if typed and not typed.startswith(name) else name)

    def example(self, command: str) -> str:
        """Return what somebody could write: `/예시 삭제 번호:3 7`, `!예시 삭제 3 7`."""
        if self.prefix is not None and (typed := self._typed(command)):
            return self.prefix + typed
        _, *options = _PARAMETER.split(self.texts.sentences.get(key_of(command, "example"), ""))
        return self.call(command, **dict(zip(options[::2], options[1::2], strict=True)))

    def call(self, command: str, /, **options: str) -> str:
        """Return what to write for a command with such values."""
        return " ".join([self.name(command), *(self._option(command, *option) for option in options.items())])

    def _option(self, command: str, parameter: str, value: str) -> str:
        if self.prefix is not None:
            return value
        return f"{self.texts(key_of(command, 'name', parameter))}:{value}"

    def _typed(self, command: str) -> str | None:
        return self.texts.sentences.get(key_of(command, "typed"))
