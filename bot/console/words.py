"""The word commands of the terminal: `!similar 배송`, its sisters, and their Korean names.

A terminal cannot show pictures; `picture:FILE` saves one. `bot.console.app` prints what is returned.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from bot.config import Config
from bot.domain.words.answers import Answer, answer
from bot.domain.words.questions import Kind, Layer, WordMistake, parse
from bot.localisation.commands import Caller
from bot.localisation.formats import printable
from bot.localisation.texts import Texts
from bot.wording.words import write
from model.errors import JigiModelError
from model.vectors.keyed_vectors import Vectors

_PICTURE = re.compile(r"(?<!\S)(?:--)?picture(?:\s*[:=]\s*|\s+)(\S+)")


class WordCommands:
    """Answers in lines of text."""

    def __init__(
        self, open_vectors: Callable[[Layer], Vectors], draw: Callable[[Answer], bytes], config: Config, texts: Texts
    ) -> None:
        self._draw = draw
        self._open_vectors = open_vectors
        self._config = config
        self._texts = texts

    def ask(self, kind: Kind, text: str) -> list[str]:
        """Answer what was typed after a command, or say kindly why there is no answer."""
        picture = _PICTURE.search(text)
        try:
            question = parse(kind, _PICTURE.sub("", text))
            found = answer(question, self._open_vectors(question.layer))
        except WordMistake as mistake:
            return [printable(mistake.sentence(Caller(self._texts, self._config.command_prefix)))]
        except JigiModelError as damage:
            return [self._texts("console.bad_vectors", reason=damage)]
        written = write(found, self._texts)
        saved = [self._save(found, Path(picture[1]).expanduser())] if picture else []
        return [*map(printable, [*written.head, *(f"  {row}" for row in written.table), written.foot]), *saved]

    def _save(self, found: Answer, path: Path) -> str:
        try:
            path.write_bytes(self._draw(found))
        except OSError as error:
            return self._texts("console.unwritable", path=path, reason=error.strerror)
        return self._texts("console.saved", path=path)
