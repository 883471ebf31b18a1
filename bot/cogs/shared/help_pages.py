"""What the help says of commands, generated from the commands themselves: only of those that who asks may use.

`bot.cogs.help` sends it; `bot.cogs.shared.cog` answers with it who names a group alone. The words stand in `[command]`
of the two languages, so that a new command appears by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.translator import is_ours
from bot.cogs.shared.types import Context
from bot.localisation.commands import Caller, key_of, name_of
from bot.localisation.texts import Language, Texts

STANDS_FOR = "jigi_command"  # in the extras of a text command: the slash command that does the same
_LEVELS = ("", "manage_messages", "manage_guild")  # who may do what, those who may most last
_Command = commands.Command[Any, ..., Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that somebody may use; `name` is that of the slash command in the code, `needs` the permissions."""

    name: str
    needs: tuple[str, ...]
    parameters: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        """The first word of its name: that of its group, if it has one."""
        return self.name.split()[0]

    def is_called(self, written: str) -> bool:
        """Tell whether it, or the group it is in, may be called so: in any language, by slash or after a prefix."""
        return any(name == written or name.startswith(f"{written} ") for name in self._names())

    def _names(self) -> Iterator[str]:
        for texts in map(Texts.load, Language):
            yield name_of(self.name, texts)
            yield Caller(texts, "").name(self.name)


def table_name(command: _Command) -> str:
    """Return by which name `[command]` knows a text command: that of the slash command that does the same."""
    fallback = getattr(command, "fallback", None)
    name: str = command.extras.get(STANDS_FOR) or command.qualified_name
    return f"{name} {fallback}" if fallback else name


def is_mere_group(command: object) -> bool:
    """Tell whether a command does nothing but hold others."""
    return isinstance(command, commands.Group) and not getattr(command, "fallback", None)


async def offers(ctx: Context) -> list[Offer]:
    """Return what the asking person may use, in the order of the cogs."""
    found = [each for cog in ctx.bot.cogs.values() for each in cog.__cog_commands__ if _is_listed(each)]
    return [_offer(each) for each in found if await _may(ctx, each)]


def menus(ctx: Context) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the key of each menu of messages that the asking person may use, and the permissions it needs."""
    for menu in ctx.bot.tree.get_commands(type=discord.AppCommandType.message):
        needed = menu.default_permissions or discord.Permissions.none()
        key = getattr(menu._locale_name, "extras", {}).get("jigi_key")
        if key is not None and ctx.guild is not None and needed <= ctx.permissions:
            yield key, _names(needed)


def overview(offered: Sequence[Offer], of_menus: Iterable[tuple[str, tuple[str, ...]]], caller: Caller) -> list[str]:
    """Write all that is offered, by who may do it: a heading or a group of commands each."""
    texts, entries = caller.texts, [*_entries(offered, caller), *_menu_entries(of_menus, caller.texts)]
    blocks = [texts("help.about")]
    for needs, entries_of_level in groupby(sorted(entries, key=lambda entry: _level(entry[0])), key=lambda e: e[0]):
        blocks.append(f"\n**{_heading(needs, texts)}**")
        blocks += [text for _, text in entries_of_level]
    return [*blocks, "\n" + texts("help.ending", example=caller.example("help"))]


def details(found: Sequence[Offer], caller: Caller) -> list[str]:
    """Write about a command, or of several what each is for."""
    if len(found) > 1:
        return [_line(caller.name(each.name), caller.texts(key_of(each.name, "description")), caller) for each in found]
    (offer,), texts = found, caller.texts
    example, name = caller.example(offer.name), caller.name(offer.name)
    described = [
        texts("help.parameter", name=texts(key_of(offer.name, "name", each)), description=texts(key))
        for each in offer.parameters
        if (key := key_of(offer.name, "description", each)) in texts.sentences
    ]
    lines = [f"**`{name}`**", texts(key_of(offer.name, "description")), *described]
    lines += [texts("help.example", example=example)] * (example != name)
    others = dict.fromkeys(Caller(Texts.load(each), caller.prefix).name(offer.name) for each in Language)
    lines += [texts("help.other_names", names=f"`{other}`") for other in others if other != name]
    return [*lines, *([texts("help.needs", names=_permissions(offer.needs, texts))] if offer.needs else [])]


def _is_listed(command: _Command) -> bool:
    return is_ours(command.module) and not is_mere_group(command) and STANDS_FOR not in command.extras


async def _may(ctx: Context, command: _Command) -> bool:
    try:
        return await command.can_run(ctx)
    except commands.CommandError:
        return False


def _offer(command: _Command) -> Offer:
    slash: app_commands.Command[Any, ..., Any] | app_commands.Group | None = getattr(command, "app_command", None)
    needed = slash.default_permissions if slash is not None else None
    return Offer(table_name(command), _names(needed or discord.Permissions.none()), tuple(command.clean_params))


def _names(permissions: discord.Permissions) -> tuple[str, ...]:
    return tuple(name for name, is_needed in permissions if is_needed)


def _entries(offered: Sequence[Offer], caller: Caller) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield of each group at each level the permissions, and its commands in one line above what they are for."""
    places = {root: place for place, root in enumerate(dict.fromkeys(each.root for each in offered))}
    ordered = sorted(offered, key=lambda each: (_level(each.needs), each.needs, places[each.root]))
    for (needs, root), found in groupby(ordered, key=lambda each: (each.needs, each.root)):
        group = list(found)
        described = group[0].name if len(group) == 1 else root
        names = " · ".join(f"`{caller.name(each.name)}`" for each in group)
        yield needs, _line(names, caller.texts(key_of(described, "description")), caller)


def _menu_entries(keys: Iterable[tuple[str, tuple[str, ...]]], texts: Texts) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, needs in keys:
        names, description = texts("help.menu", name=texts(key)), texts("help.menu_description")
        yield needs, texts("help.line", names=names, description=description)


def _line(names: str, description: str, caller: Caller) -> str:
    shown = names if names.startswith("`") else f"`{names}`"
    return caller.texts("help.line", names=shown, description=description)


def _level(needs: tuple[str, ...]) -> int:
    return max((_LEVELS.index(each) if each in _LEVELS else len(_LEVELS) for each in needs), default=0)


def _heading(needs: tuple[str, ...], texts: Texts) -> str:
    key = f"help.{needs[0] if needs else 'everyone'}"
    if len(needs) <= 1 and key in texts.sentences:
        return texts(key)
    return texts("help.permission", names=_permissions(needs, texts))


def _permissions(needs: Iterable[str], texts: Texts) -> str:
    return ", ".join(texts(f"permission.{each}") for each in needs)
