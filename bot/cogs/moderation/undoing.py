"""Undo what Jigi has done by itself, when a moderator says so or calls it a false alarm.

A reply is deleted, a timeout ends, unless a person has changed it since. What Discord cannot undo, a deletion, is told
to the author.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import discord

from bot.cogs.moderation.automatic import AUTHOR_ALONE, find_member, lack_of
from bot.cogs.shared.types import Bot
from bot.domain.actions import NO_RESULT, ActionDelayed, ActionResult, PendingAction
from bot.domain.automatic import Automatic, Refusal
from bot.domain.cases import ActKind, Case, CaseAct, CaseFile
from bot.domain.messages import UNREADABLE
from bot.domain.troubles import Trouble
from bot.services.settings import SettingsOfGuilds
from bot.storage.database import Database

_log = logging.getLogger(__name__)

_MISSED = timedelta(seconds=2)  # by which Discord may round the end of a timeout
_CLOSED_TO_DIRECT_MESSAGES = 50007
_MOST_CHARACTERS = 2000


class DiscordUndoing:
    """Undoes. `tell` tells a guild, once, what is missing."""

    def __init__(
        self, bot: Bot, database: Database, settings: SettingsOfGuilds, tell: Callable[[Trouble], None]
    ) -> None:
        self._bot, self._database, self._settings, self._tell = bot, database, settings, tell

    async def undo(self, action: PendingAction) -> ActionResult:
        """Undo all of a case. What lacks a permission is tried again when permissions change."""
        file = await self._database.cases.file_of_message(action.verdict.message_id)
        undoing = file.last(ActKind.UNDO) if file is not None else None
        if file is None or undoing is None or undoing.is_done:
            return NO_RESULT
        guild = self._bot.get_guild(file.case.guild_id)
        if guild is None:
            raise ActionDelayed("guild out of reach")
        for act in file.automatic:
            try:
                await self._take_back(guild, file.case, act)
            except discord.Forbidden:
                self._tell(lack_of(Automatic(act.kind), guild.id, file.case.channel_id))
                await self._database.automatic.refuse(file.case, ActKind.UNDO, Refusal.BOT_LACKS)
                raise
        await self._tell_author(guild, file, undoing)
        await self._database.automatic.finish(file.case, undoing)
        return NO_RESULT

    async def _take_back(self, guild: discord.Guild, case: Case, act: CaseAct) -> None:
        if act.kind is ActKind.REPLY and act.reply_id is not None:
            try:
                await self._bot.http.delete_message(case.channel_id, act.reply_id)
            except discord.NotFound:
                _log.debug("The reply of case %d was gone already", case.number)
        elif act.kind is ActKind.TIMEOUT:
            member = await find_member(guild, case.author_id)
            until = act.at + timedelta(minutes=act.minutes or 0)
            current = member.timed_out_until if member is not None else None
            if member is not None and current is not None and abs(current - until) < _MISSED:  # not a person's
                audit = self._settings.texts(guild.id)("automatic.audit_undo", number=case.number)
                await member.timeout(None, reason=audit)

    async def _tell_author(self, guild: discord.Guild, file: CaseFile, undoing: CaseAct) -> None:
        """Tell the author what was undone, alone if they take direct messages, or else under their message."""
        kinds = {act.kind for act in file.automatic}
        if kinds <= {ActKind.REPLY}:  # it is gone, and there is nothing to tell
            return
        texts, case, nonce = self._settings.texts(guild.id), file.case, f"jigi-{undoing.id}"
        key = "automatic.told_deletion" if ActKind.DELETE in kinds else "automatic.told_timeout"
        said = texts(key, guild=discord.utils.escape_markdown(guild.name), channel=f"<#{case.channel_id}>")
        if ActKind.DELETE in kinds and file.verdict.text not in (None, UNREADABLE):
            said = f"{said}\n{texts('automatic.told_text')}\n{file.verdict.text}"[:_MOST_CHARACTERS]
        member = await find_member(guild, case.author_id)
        if member is None:
            return
        try:
            await member.send(said, nonce=nonce, allowed_mentions=discord.AllowedMentions.none())
        except discord.Forbidden as error:
            if error.code != _CLOSED_TO_DIRECT_MESSAGES or ActKind.DELETE in kinds:
                return
            channel = self._bot.get_partial_messageable(case.channel_id, guild_id=guild.id)
            try:
                message = channel.get_partial_message(case.message_id)
                await message.reply(texts("automatic.told_here"), allowed_mentions=AUTHOR_ALONE, nonce=nonce)
            except (discord.Forbidden, discord.NotFound) as refused:
                _log.debug("The author of case %d could not be told: %s", case.number, refused)
