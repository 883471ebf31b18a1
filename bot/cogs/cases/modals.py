"""The modals in which moderators say why, or what to reply. They outlive the process: all is in their custom id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.domain.cases import MAX_REASON, MAX_REPLY, ON_DISCORD, TIMEOUTS, ActKind, Case
from bot.localisation.texts import Texts
from bot.wording.cases import duration

_TEMPLATE = re.compile(
    rf"jigi:modal:(?P<guild_id>[0-9]{{1,19}}):(?P<number>[0-9]{{1,10}}):(?P<act>{'|'.join(ON_DISCORD)})"
)
_REASON, _MINUTES = "reason", "minutes"


@dataclass(frozen=True, slots=True)
class Submission:
    """What was typed into a modal, by somebody whose client need not have kept to its limits."""

    guild_id: int
    number: int
    kind: ActKind
    reason: str
    minutes: int | None


def modal_for(case: Case, kind: ActKind, texts: Texts) -> discord.ui.Modal:
    """Return the modal that asks what has to be known before something is done."""
    modal_id = f"jigi:modal:{case.guild_id}:{case.number}:{kind}"
    modal = discord.ui.Modal(title=texts(f"case_modal.{kind}", number=case.number), custom_id=modal_id, timeout=900.0)
    if kind is ActKind.TIMEOUT:
        options = [discord.SelectOption(label=duration(each, texts), value=str(each)) for each in TIMEOUTS]
        options[0].default = True
        chosen: discord.ui.Select[Any] = discord.ui.Select(custom_id=_MINUTES, options=options)
        modal.add_item(discord.ui.Label(text=texts("case_modal.duration"), component=chosen))
    is_reply = kind is ActKind.REPLY
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=_REASON,
        style=discord.TextStyle.paragraph,
        placeholder=texts("case_modal.reply_hint" if is_reply else "case_modal.reason_hint"),
        max_length=MAX_REPLY if is_reply else MAX_REASON,
    )
    name = texts("case_modal.reply_text" if is_reply else "case_modal.reason")
    modal.add_item(discord.ui.Label(text=name, component=field))
    return modal


def submission_of(data: Mapping[str, Any]) -> Submission | None:
    """Return what was submitted, None if the modal is none of these."""
    found = _TEMPLATE.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    values = dict(_values(data.get("components", ())))
    minutes = values.get(_MINUTES, "")
    return Submission(
        int(found["guild_id"]),
        int(found["number"]),
        ActKind(found["act"]),
        values.get(_REASON, "").strip(),
        int(minutes) if minutes.isascii() and minutes.isdecimal() and len(minutes) < 7 else None,
    )


def _values(components: Any) -> Iterator[tuple[str, str]]:
    for each in components:
        inner = each.get("component") or each
        if "custom_id" in inner:
            chosen = inner.get("values") or [inner.get("value") or ""]
            yield inner["custom_id"], str(chosen[0])
        yield from _values(each.get("components", ()))
