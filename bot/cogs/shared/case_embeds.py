"""What a case looks like, in its alert and wherever moderators look at it, and the buttons under it.

It is always drawn from what the database holds. `CaseDrawer` adds what only Discord and the classifier know.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import discord

from bot.cogs.shared.buttons import plain_button, view_of
from bot.cogs.shared.replies import escape, spoiler
from bot.cogs.shared.types import Bot
from bot.domain.actions import CloseReason
from bot.domain.cases import ActKind, Case, CaseFile, CaseState
from bot.domain.messages import UNREADABLE
from bot.domain.verdicts import StoredVerdict
from bot.localisation.formats import bar, cut, percent
from bot.localisation.texts import Texts
from bot.services.serving import ServingModels
from bot.storage.connection.engine import DatabaseError
from bot.wording.cases import button, history, likelihood, moment, record_of, shown, title
from model.prediction import Prediction

_MOST_OF_FIELD = 1024
_MOST_OF_PART = 500  # characters; escaped they are at most 1,000
_BESIDE_WORDS = 600  # characters of a text that stands beside an appeal: an embed holds 6,000 in all
_LOOKED_FOR = 5.0  # seconds, for what an alert is sent without if need be
_APPEALED = discord.Colour.gold()
_COLOURS = {CaseState.OPEN: discord.Colour.red(), CaseState.RIGHT: discord.Colour.dark_red()}
_STYLES = {ActKind.DELETE: discord.ButtonStyle.danger, ActKind.TIMEOUT: discord.ButtonStyle.danger}
_ROWS = (
    (ActKind.RIGHT, ActKind.FALSE_ALARM, ActKind.CLOSE, ActKind.REOPEN),
    (ActKind.REPLY, ActKind.DELETE, ActKind.TIMEOUT, ActKind.UNDO),
)
_IN_CLOSED = (":folded", f":{ActKind.TIMEOUT}", f":{ActKind.UNDO}")  # buttons that a closed alert may have, too
LARGEST_ID = 2**63 - 1  # of Discord, and of a database
_ANSWERS = "|".join([*_ROWS[0], *_ROWS[1], "context", "folded"])

TEMPLATE = rf"jigi:case:(?P<guild_id>[0-9]{{1,19}}):(?P<number>[0-9]{{1,10}}):(?P<act>{_ANSWERS})"
OLD_TEMPLATE = r"jigi:decision:(?P<message_id>[0-9]{1,19}):(?P<answer>right|false)"  # under alerts of before


def custom_id(case: Case, act: str) -> str:
    """Return the custom id of a case's button."""
    return f"jigi:case:{case.guild_id}:{case.number}:{act}"


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is shown of a text that is there, and of its author, beside what the database holds."""

    marks: tuple[tuple[str, bool], ...] = ()
    joined_at: datetime | None = None
    has_left: bool = False


class CaseDrawer:
    """Draws cases."""

    def __init__(self, bot: Bot, models: ServingModels) -> None:
        self._bot, self._models = bot, models

    async def draw(self, file: CaseFile, texts: Texts) -> tuple[discord.Embed, discord.ui.View | None]:
        """Return how a case looks now, and its buttons."""
        portrait = await self._portrait(file) if file.verdict.text else Portrait()
        return case_embed(file, portrait, texts), case_view(file, texts)

    async def _portrait(self, file: CaseFile) -> Portrait:
        joined_at, has_left = await self._joined(file.case)
        return Portrait(await self._marks(file.verdict), joined_at, has_left)

    async def _marks(self, verdict: StoredVerdict) -> tuple[tuple[str, bool], ...]:
        """Return the text as it was read, in pieces, each with whether it weighed much; () if that cannot be said."""
        try:
            serving = await self._models.for_guild(verdict.guild_id)
        except DatabaseError:
            return ()
        if verdict.text in (None, UNREADABLE):
            return ()
        checked = await asyncio.to_thread(serving.check, verdict.text or "")
        return tuple(checked.marks) if any(is_marked for _, is_marked in checked.marks) else ()

    async def _joined(self, case: Case) -> tuple[datetime | None, bool]:
        """Return when the author has joined, and whether they have left; an alert does not wait long for it."""
        guild = self._bot.get_guild(case.guild_id)
        if guild is None or case.author_id is None:
            return None, False
        try:
            async with asyncio.timeout(_LOOKED_FOR):
                return (await guild.fetch_member(case.author_id)).joined_at, False
        except discord.NotFound:
            return None, True
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
            return None, False


def case_embed(file: CaseFile, portrait: Portrait, texts: Texts) -> discord.Embed:
    """Draw a case, its text behind a spoiler for as long as it is there."""
    case, verdict = file.case, file.verdict
    negative = Prediction(verdict.probability).negative_probability
    words = file.appeal.words if file.appeal else None
    embed = discord.Embed(
        title=title(file, texts),
        colour=_colour(case),
        description=shown(_beside(verdict.text, words), texts, spoiler) if verdict.text else None,
        timestamp=discord.utils.snowflake_time(case.message_id),
    )
    if case.author_id is not None:
        embed.add_field(name=texts("case.author"), value=_author(file, portrait, texts))
    embed.add_field(name=texts("case.probability"), value=f"`{bar(negative, 10)}` {likelihood(negative, texts)}")
    embed.add_field(name=texts("case.channel"), value=place(file, texts))
    if portrait.marks:
        embed.add_field(name=texts("case.marks"), value=f"||{marked(portrait.marks)}||", inline=False)
    if file.n_folded:
        counted = texts("case.folded_count", n=file.n_folded, n_open=file.n_open)
        embed.add_field(name=texts("case.folded"), value=counted, inline=False)
    for part in _parts(words or ""):
        embed.add_field(
            name=texts("case.appeal"), value=shown(part, texts, lambda text: f"||{escape(text)}||"), inline=False
        )
    if file.is_deleted_by_jigi and verdict.text:
        embed.add_field(name=texts("automatic.deleted"), value=texts("automatic.deleted_note"), inline=False)
    if lines := history(file, texts, escape):
        embed.add_field(name=texts("case.acts"), value=_fitting(lines), inline=False)
    footer = texts("alert.footer", version=verdict.model_version, threshold=percent(verdict.threshold))
    return embed.set_footer(text=footer)


def _colour(case: Case) -> discord.Colour:
    if case.is_appealed:
        return _APPEALED
    return _COLOURS.get(case.state if case.ended is None else CaseState.CLOSED, discord.Colour.light_grey())


def _beside(text: str, words: str | None) -> str:
    """Cut a text so that what its author says has room beside it."""
    return cut(text, _BESIDE_WORDS) if words else text


def _parts(words: str) -> list[str]:
    """Cut what a member says so that each part has room in a field, whatever has to be escaped in it."""
    return [words[i : i + _MOST_OF_PART] for i in range(0, len(words), _MOST_OF_PART)]


def case_view(file: CaseFile, texts: Texts) -> discord.ui.View | None:
    """Return the buttons of a case: what can be done about it, and those of the cases that are counted in its alert."""
    case = file.case
    first, second = ([_act_button(case, kind, texts) for kind in row if kind in file.offered] for row in _ROWS)
    if case.ended is None:
        first.append(plain_button(texts("case_act.context"), custom_id(case, "context")))
    if file.n_folded:
        second.append(plain_button(texts("case_act.folded", n=file.n_folded), custom_id(case, "folded")))
    return view_of(first, second)


def place(file: CaseFile, texts: Texts) -> str:
    """Say where the message of a case is, with a link unless it is gone."""
    case, url = file.case, jump_url(file.case)
    is_gone = case.ended is CloseReason.DELETED or file.is_deleted_by_jigi
    link = "" if is_gone else f" · {texts('case.link', url=url)}"
    return f"<#{case.channel_id}>{link}"


def jump_url(case: Case) -> str:
    """Return the address of the message of a case."""
    return f"https://discord.com/channels/{case.guild_id}/{case.channel_id}/{case.message_id}"


def marked(marks: tuple[tuple[str, bool], ...]) -> str:
    """Set what weighed most in bold and underlined."""
    return "".join(f"__**{escape(part)}**__" if is_marked else escape(part) for part, is_marked in marks)


def is_alert_of(message: discord.Message, case: Case) -> bool:
    """Tell whether a message is the alert of a case that was sent and is not closed."""
    for row in message.components:
        for component in getattr(row, "children", ()):
            pressed = getattr(component, "custom_id", None) or ""
            if pressed.startswith(custom_id(case, "")) and not pressed.endswith(_IN_CLOSED):
                return True
            old = re.fullmatch(OLD_TEMPLATE, pressed)
            if old is not None and int(old["message_id"]) == case.message_id:
                return True
    return False


def _act_button(case: Case, kind: ActKind, texts: Texts) -> discord.ui.Button[Any]:
    is_chosen = kind.value == case.state.value
    style = discord.ButtonStyle.primary if is_chosen else _STYLES.get(kind, discord.ButtonStyle.secondary)
    return plain_button(button(kind, texts), custom_id(case, kind), style)


def _author(file: CaseFile, portrait: Portrait, texts: Texts) -> str:
    lines = [f"<@{file.case.author_id}>"]
    if portrait.has_left:
        lines.append(texts("case.has_left"))
    elif portrait.joined_at is not None:
        lines.append(texts("case.joined", when=moment(portrait.joined_at)))
    return "\n".join([*lines, record_of(file.record, texts)])


def _fitting(lines: list[str]) -> str:
    """Join as many lines as a field has room for, the newest."""
    while len("\n".join(lines)) > _MOST_OF_FIELD:
        lines = lines[1:]
    return "\n".join(lines)
