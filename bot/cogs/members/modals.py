"""The modal in which members appeal. It outlives the process: all is in its custom id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.domain.cases import Case
from bot.domain.members.appeals import MAX_WORDS
from bot.localisation.texts import Texts

_PLACE = r"(?P<guild_id>[0-9]{1,19}):(?P<message_id>[0-9]{1,19})"
TEMPLATE = rf"jigi:appeal:{_PLACE}"  # of the button
_MODAL = re.compile(rf"jigi:appealing:{_PLACE}")
_WORDS = "words"


@dataclass(frozen=True, slots=True)
class Submission:
    """What was typed, by somebody whose client need not have kept to the modal's limits."""

    guild_id: int
    message_id: int
    words: str


def button_id(case: Case) -> str:
    """Return the custom id of the button that opens the modal."""
    return f"jigi:appeal:{case.guild_id}:{case.message_id}"


def modal_for(guild_id: int, message_id: int, texts: Texts) -> discord.ui.Modal:
    """Return the modal."""
    modal_id = f"jigi:appealing:{guild_id}:{message_id}"
    modal = discord.ui.Modal(title=texts("appeal.modal_title"), custom_id=modal_id, timeout=900.0)
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=_WORDS,
        style=discord.TextStyle.paragraph,
        placeholder=texts("appeal.modal_hint"),
        max_length=MAX_WORDS,
    )
    modal.add_item(discord.ui.Label(text=texts("appeal.modal_field"), component=field))
    return modal


def submission_of(data: Mapping[str, Any]) -> Submission | None:
    """Return what was submitted, None if the modal is another."""
    found = _MODAL.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    words = dict(_values(data.get("components", ()))).get(_WORDS, "")
    return Submission(int(found["guild_id"]), int(found["message_id"]), words)


def _values(components: Any) -> Iterator[tuple[str, str]]:
    for each in components:
        inner = each.get("component") or each
        if "custom_id" in inner:
            yield inner["custom_id"], str(inner.get("value") or "")
        yield from _values(each.get("components", ()))
