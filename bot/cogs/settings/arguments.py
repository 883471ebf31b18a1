"""What people write after a settings command, and the one sentence that answers what is wrong with it.

By slash Discord offers what there is to choose; after a prefix a mention, an id or a name will do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.channels import MARK, Place, find_place, look_up_place
from bot.cogs.shared.permissions import NEEDED_TO_ALERT, missing_permissions
from bot.cogs.shared.replies import RefusedError, escape
from bot.cogs.shared.types import Context, Interaction
from bot.localisation.formats import cut
from bot.localisation.texts import Language, Texts


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
    rest = MARK.sub(" ", written).replace(",", " ").split()
    if rest:
        raise RefusedError("settings.not_understood", received=_shown(rest[0]))
    for mark in MARK.finditer(written):
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
        mark = MARK.fullmatch(argument)
        if mark is not None and mark["kind"] in (None, "@&"):
            return find_role(ctx.guild, int(mark["id"] or mark["bare"]))
        by_name = discord.utils.get(ctx.guild.roles, name=argument.lstrip("@"))
        if by_name is None:
            raise RefusedError("settings.unknown_role", received=_shown(argument))
        return by_name


def is_word(written: str, key: str, section: str = "settings") -> bool:
    """Tell whether somebody has written one of the words of a key, in either language."""
    words = {word for language in Language for word in Texts.load(language)(f"{section}.{key}").split("|")}
    return written.strip().casefold() in words


def _shown(written: str) -> str:
    return escape(cut(written, 40))
