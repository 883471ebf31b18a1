"""What people write after a settings command, and the one sentence that answers what is wrong with it.

By slash Discord offers what there is to choose; after a prefix a mention, an id or a name will do.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.channels import find_channel
from bot.cogs.shared.permissions import NEEDED_TO_ALERT, missing_permissions, named
from bot.cogs.shared.replies import escape, unwrap
from bot.cogs.shared.types import Context, Interaction
from bot.localisation.formats import cut
from bot.localisation.texts import Language, Texts

Place = discord.abc.GuildChannel | discord.Thread
_MARK = re.compile(r"<(?P<kind>#|@&|@!?)(?P<id>[0-9]{1,19})>|(?P<bare>[0-9]{15,19})")


class RefusedError(commands.BadArgument):
    """What somebody has chosen cannot be: `key` and `fields` are the sentence that says why."""

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key)
        self.key, self.fields = key, fields

    def sentence(self, texts: Texts) -> str:
        """Say what is wrong and what to do."""
        names = self.fields.get("permissions")
        fields = self.fields if names is None else {"names": named(names, texts)} | self.fields  # type: ignore[arg-type]
        return texts(self.key, **fields)


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names, by id."""

    channel_ids: frozenset[int]
    role_ids: frozenset[int]
    user_ids: frozenset[int]


async def read_named(guild: discord.Guild, written: str) -> Named:
    """Return the channels, roles and people whose mentions or ids a text holds.

    Raises:
        RefusedError: Something in it is none of the guild's.
    """
    found: dict[str, set[int]] = {"#": set(), "@&": set(), "@": set()}
    async for kind, each in _marks(guild, written):
        found[kind].add(each)
    return Named(*(frozenset(found[kind]) for kind in ("#", "@&", "@")))


async def _marks(guild: discord.Guild, written: str) -> AsyncIterator[tuple[str, int]]:
    rest = _MARK.sub(" ", written).replace(",", " ").split()
    if rest:
        raise RefusedError("settings.not_understood", received=_shown(rest[0]))
    for mark in _MARK.finditer(written):
        each = int(mark["id"] or mark["bare"])
        kind = mark["kind"].rstrip("!") if mark["kind"] else await _kind_of(guild, each)
        if kind == "#":
            await find_place(guild, each)
        elif kind == "@&":
            find_role(guild, each)
        yield kind, each


async def _kind_of(guild: discord.Guild, bare: int) -> str:
    if guild.get_role(bare) is not None:
        return "@&"
    if await look_up_place(guild, bare) is not None:
        return "#"
    raise RefusedError("settings.unknown", received=bare)


async def find_place(guild: discord.Guild, channel_id: int) -> Place:
    """Return a channel, category or thread of a guild, also one that is archived.

    Raises:
        RefusedError: The guild has none of that id: it is another guild's, or gone.
    """
    place = await look_up_place(guild, channel_id)
    if place is None:
        raise RefusedError("settings.unknown_channel", received=channel_id)
    return place


async def look_up_place(guild: discord.Guild, channel_id: int) -> Place | None:
    """Return a channel, category or thread of a guild, None if it has none of that id."""
    try:
        return await find_channel(guild, channel_id)
    except discord.Forbidden:  # another guild's, or as good as none
        return None


def find_role(guild: discord.Guild, role_id: int) -> discord.Role:
    """Return a role of a guild.

    Raises:
        RefusedError: The guild has none of that id: it is another guild's, or gone.
    """
    role = guild.get_role(role_id)
    if role is None or role.is_default():
        raise RefusedError("settings.unknown_role", received=role_id)
    return role


def require_writable(place: Place) -> None:
    """Refuse a log channel into which the bot cannot write alerts.

    Raises:
        RefusedError: It holds no messages of its own, or permissions are missing there.
    """
    if isinstance(place, discord.ForumChannel | discord.CategoryChannel):
        raise RefusedError("settings.no_log_channel", channel=place.mention)
    if missing := missing_permissions(place, NEEDED_TO_ALERT):
        raise RefusedError("settings.unwritable", channel=place.mention, permissions=missing)


class PlaceArgument(app_commands.Transformer, commands.Converter[Place]):
    """A channel, thread or category of the guild."""

    type = discord.AppCommandOptionType.channel

    async def transform(self, interaction: Interaction, value: Any, /) -> Place:
        """Return the channel that was chosen from Discord's list."""
        assert interaction.guild is not None
        return await find_place(interaction.guild, value.id)

    async def convert(self, ctx: Context, argument: str) -> Place:
        """Return the channel that is mentioned, or bears a name or id."""
        assert ctx.guild is not None
        mark = _MARK.fullmatch(argument)
        if mark is not None and mark["kind"] in (None, "#"):
            return await find_place(ctx.guild, int(mark["id"] or mark["bare"]))
        by_name = discord.utils.get(_places(ctx.guild), name=argument.lstrip("#"))
        if by_name is None:
            raise RefusedError("settings.unknown_channel", received=_shown(argument))
        return by_name


class RoleArgument(app_commands.Transformer, commands.Converter[discord.Role]):
    """A role of the guild."""

    type = discord.AppCommandOptionType.role

    async def transform(self, interaction: Interaction, value: Any, /) -> discord.Role:
        """Return the role that was chosen from Discord's list."""
        assert interaction.guild is not None
        return find_role(interaction.guild, value.id)

    async def convert(self, ctx: Context, argument: str) -> discord.Role:
        """Return the role that is mentioned, or bears a name or id."""
        assert ctx.guild is not None
        mark = _MARK.fullmatch(argument)
        if mark is not None and mark["kind"] in (None, "@&"):
            return find_role(ctx.guild, int(mark["id"] or mark["bare"]))
        by_name = discord.utils.get(ctx.guild.roles, name=argument.lstrip("@"))
        if by_name is None:
            raise RefusedError("settings.unknown_role", received=_shown(argument))
        return by_name


def find_refusal(error: BaseException) -> RefusedError | None:
    """Return the refusal behind a failed command, None where something else went wrong."""
    cause = unwrap(error)
    if isinstance(cause, app_commands.TransformerError | commands.ConversionError):
        cause = cause.__cause__ or cause
    return cause if isinstance(cause, RefusedError) else None


def is_word(written: str, key: str, section: str = "settings") -> bool:
    """Tell whether somebody has written one of the words of a key, in either language."""
    words = {word for language in Language for word in Texts.load(language)(f"{section}.{key}").split("|")}
    return written.strip().casefold() in words


def _places(guild: discord.Guild) -> Iterable[Place]:
    return [*guild.channels, *guild.threads]


def _shown(written: str) -> str:
    return escape(cut(written, 40))
