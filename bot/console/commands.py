"""The commands of the terminal: those of Discord that make sense here, by the same names in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.words.questions import Kind
from bot.localisation.commands import Caller, key_of, name_of, roots
from bot.localisation.formats import printable
from bot.localisation.texts import Language, Texts

WORDS = {f"words {kind}": kind for kind in Kind}
HERE = ("check", *WORDS, "stats", "threshold show", "model show", "help")
QUIT, ELSEWHERE = "quit", "elsewhere"  # in place of a command's name: leave, and one that belongs to Discord
_SHOWN_BY_THEIR_GROUP = {"threshold show": "console.help_threshold", "model show": "console.help_model"}


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed: a name of `HERE`, `QUIT` or `ELSEWHERE`, as it was `written`, and the text behind it."""

    name: str
    written: str
    text: str


def read_command(line: str, prefix: str) -> Command | None:
    """Return the command in a line, None if it is talk: also what begins with the prefix and is no command."""
    line = line.strip()
    if not line.startswith(prefix):
        return None
    words = line.removeprefix(prefix).split(maxsplit=2)
    for n_words in (2, 1):
        written = " ".join(words[:n_words])
        name, text = _NAMES.get(written.lower()), " ".join(words[n_words:])
        if name in _SHOWN_BY_THEIR_GROUP and n_words == 1 and text:
            break  # something else of the group's, which belongs to Discord
        if n_words <= len(words) and name is not None:
            return Command(name, written, text)
    return Command(ELSEWHERE, words[0], "") if words and words[0].lower() in _ROOTS else None


def help_lines(asked: str, caller: Caller) -> list[str]:
    """Say what the commands here are for, or one of them."""
    chosen = [name for name in HERE if not asked or _NAMES.get(asked.lower()) == name]
    texts = caller.texts
    lines = [f"  {_example(name, caller)}\n      {_description(name, texts)}" for name in chosen]
    if asked:
        return lines or [texts("help.unknown", name=printable(asked), command=caller.name("help"))]
    quit_line = f"  {caller.prefix}{texts('console.quit_name')}\n      {texts('console.help_quit')}"
    return [*lines, quit_line, texts("console.help_picture"), texts("console.help_talk")]


def _example(name: str, caller: Caller) -> str:
    return caller.name(name) if name in _SHOWN_BY_THEIR_GROUP else caller.example(name)


def _description(name: str, texts: Texts) -> str:
    return texts(_SHOWN_BY_THEIR_GROUP.get(name, key_of(name, "description")))


def _names() -> Iterator[tuple[str, str]]:
    for texts in map(Texts.load, Language):
        yield texts("console.quit_name"), QUIT
        for name in HERE:
            yield name_of(name, texts), name
            yield Caller(texts, "").name(name), name
        for name in _SHOWN_BY_THEIR_GROUP:
            yield name_of(name.split()[0], texts), name


_NAMES = dict(_names())
_ROOTS = {name_of(root, texts) for texts in map(Texts.load, Language) for root in roots()}
