"""What Discord is told of the commands: names, descriptions, Korean, permissions, options, byte for byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.app_commands import TranslationContext, TranslationContextLocation
from discord.ext import commands

from bot import plugin
from bot.client import INTENTS
from bot.cogs.shared.translator import Translator, marked
from bot.config import Config
from bot.localisation.commands import key_of
from bot.localisation.texts import Texts

REFERENCE = Path(__file__).with_name("commands.json")
KO, EN = Texts.load("ko"), Texts.load("en")
ELSEWHERE: TranslationContext[Any, Any] = TranslationContext(TranslationContextLocation.other, None)


@pytest.fixture
async def bot(tmp_path: Path, tiny_model: Path) -> AsyncIterator[commands.Bot]:
    """Load Jigi into a bot that is not logged in."""
    async with commands.Bot("!", intents=INTENTS, help_command=None) as bot:
        url = f"sqlite+aiosqlite:///{tmp_path / 'jigi.sqlite3'}"
        bot.jigi_config = Config(database_url=url, model_folder=tiny_model)  # type: ignore[attr-defined]
        bot.has_jigi_help = True  # type: ignore[attr-defined]
        await plugin.setup(bot)
        yield bot
        await plugin.teardown(bot)


async def told(bot: commands.Bot, name: str) -> dict[str, Any]:
    """Return what registering a command sends."""
    command = next(each for each in bot.tree.get_commands() if each.name == name)
    return await command.get_translated_payload(bot.tree, Translator())


async def test_discord_is_told_the_same_as_ever(bot: commands.Bot) -> None:
    expected = {each["name"]: each for each in json.loads(REFERENCE.read_text(encoding="utf-8"))}
    assert {each.name: await told(bot, each.name) for each in bot.tree.get_commands()} == expected


async def test_every_text_of_a_command_is_used_and_english_names_are_those_in_the_code(bot: commands.Bot) -> None:
    names = dict(each for cog in bot.cogs.values() for command in cog.walk_commands() for each in names_of(command))
    assert {key: EN(f"{key}_name") for key in names} == names
    used = {f"{key}_{place}" for key in names for place in ("name", "description")} | {
        "command.check_menu",
        "command.why_menu",
    }
    examples = {f"{key}_{place}" for key in names for place in ("example", "typed")}
    assert used <= {key for key in KO.sentences if key.startswith("command.")} <= used | examples


def names_of(command: Any) -> Iterator[tuple[str, str]]:
    if not hasattr(command, "app_command"):
        return  # what stands alone after a prefix is in a group by slash
    slash = command.app_command
    for each in [slash, *(slash.commands if isinstance(slash, app_commands.Group) else [])]:
        yield key_of(each.qualified_name, "name").removesuffix("_name"), each.name
        for parameter in getattr(each, "parameters", ()):
            yield key_of(each.qualified_name, "name", parameter.name).removesuffix("_name"), parameter.display_name


async def test_a_hosts_commands_stay_as_they_are(bot: commands.Bot) -> None:
    @bot.hybrid_group(description="Compare.", fallback="start")
    async def compare(ctx: commands.Context[Any]) -> None: ...

    @compare.command(name="list", description="List.")  # type: ignore[arg-type]  # typed for methods of cogs alone
    async def list_all(ctx: commands.Context[Any], page: int = 1) -> None: ...

    @bot.tree.command(name="label", description="Label.")
    async def label(interaction: discord.Interaction, text: str) -> None: ...

    for name in ("compare", "label"):
        assert "ko" not in json.dumps(await told(bot, name))


async def test_a_hosts_group_of_the_name_of_ours_in_one_guild_stays_as_it_is(bot: commands.Bot) -> None:
    own = app_commands.Group(name="model", description="Something else.")
    bot.tree.add_command(own, guild=discord.Object(1))
    payload = await own.get_translated_payload(bot.tree, Translator())
    assert (payload["name_localizations"], payload["description_localizations"]) == ({}, {})


async def test_a_menu_is_korean_for_koreans_and_english_for_others() -> None:
    name = marked("command.check_menu")
    assert name.message == "Check review"
    assert await Translator().translate(name, discord.Locale.korean, ELSEWHERE) == "리뷰 확인"
    assert await Translator().translate(name, discord.Locale.german, ELSEWHERE) is None


async def test_strings_of_others_are_left_alone() -> None:
    foreign = app_commands.locale_str("Check review")
    assert await Translator().translate(foreign, discord.Locale.korean, ELSEWHERE) is None
