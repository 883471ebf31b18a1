"""What is said of a checked text besides the result. Pure: both front ends say it."""

from __future__ import annotations

from bot.localisation.texts import Texts
from model.reading.read import read_message
from model.vocabulary import MAX_LENGTH


def cut_notes(text: str, texts: Texts) -> list[str]:
    """Say that only a part of a text is shown, where that is so: what the network is given may be much shorter."""
    return [texts("check.cut")] if len(read_message(text)) > MAX_LENGTH else []
