"""What is said of a checked text besides the result. Pure: both front ends say it."""

from __future__ import annotations

from bot.localisation.texts import Texts
from model.reading import read
from model.vocabulary import MAX_LENGTH


def cut_notes(text: str, texts: Texts) -> list[str]:
    """Say that only the end of a text was read, where that is so: what the network is given may be much shorter."""
    return [texts("check.cut", n_characters=MAX_LENGTH)] if len(read(text)) > MAX_LENGTH else []
