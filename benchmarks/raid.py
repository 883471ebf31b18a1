"""A raid on one guild, half of it flagged, with Discord's rate limits on: how long another guild waits meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord

from benchmarks.loopback import BAD, FLAG, Town, calm_texts, open_town, percentile
from tests.discord_server import Channel, Flood, Member, Message

N_MESSAGES = 20_000
_SECONDS = 45.0  # for which the other guild posts; its actions are waited for as long again
_SECONDS_BETWEEN_POSTS = 3.0
_LOOK = 0.02


def measure(folder: str, *, most: int = N_MESSAGES) -> dict[str, Any]:
    """Raid a guild; return for how long another guild's flags and alerts are waited for, and what the raid got."""
    return asyncio.run(_measure(Path(folder) / "raid", min(most, N_MESSAGES)))


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The other guild: a watched channel, a log channel of its own, a member, and who set it up."""

    channel: Channel
    log: Channel
    member: Member
    owner: Member

    async def set_up(self, town: Town) -> None:
        """Tell the bot where the guild's alerts go."""
        await self.owner.send(self.log, f"!settings log <#{self.log.id}>")
        await town.server.wait_for_message(self.log, author=town.server.bot_user)

    async def post(self, town: Town) -> tuple[float, float]:
        """Post what is flagged, and return the seconds until flag and alert were there, 45 if they never were."""
        posted = time.monotonic()
        message = await self.member.send(self.channel, BAD)
        flag = alert = _SECONDS
        while time.monotonic() - posted < _SECONDS and _SECONDS in (flag, alert):
            await asyncio.sleep(_LOOK)
            now = time.monotonic() - posted
            flag = min(flag, now) if message.has_reaction(FLAG, town.server.bot_user) else flag
            alert = min(alert, now) if _is_told(town, self.log, message) else alert
        return flag, alert


def _is_told(town: Town, log: Channel, message: Message) -> bool:
    """Tell whether one of a log channel's newest messages is about a message, or counts it beside others."""
    newest = log.messages.before(1 << 63, 100)
    is_counted = "SELECT 1 FROM cases WHERE message_id = ? AND folded_into IS NOT NULL"
    return bool(town.rows(is_counted, [message.id])) or any(
        str(message.id) in each.content + json.dumps([each.embeds, each.components]) for each in newest
    )


async def _measure(folder: Path, n_messages: int) -> dict[str, Any]:
    async with open_town(folder, n_channels=4) as town:
        other = town.server.add_guild("다른 상점")
        owner = other.add_member("주인", permissions=discord.Permissions(manage_guild=True))
        neighbour = Neighbour(
            other.add_text_channel("후기"), other.add_text_channel("기록"), other.add_member("이웃"), owner
        )
        town.watched.append(neighbour.channel)
        texts = [f"{BAD} {number}" if number % 2 else text for number, text in enumerate(calm_texts(n_messages))]
        raid = Flood(town.member, town.channels, texts)
        async with town.bot("jigi") as bot:
            await neighbour.set_up(town)
            town.server.rate_limits.is_on = True
            raiding = asyncio.create_task(raid.send())
            posts = await _post(town, neighbour)
            await raiding
            figures = await bot.ask("report")
        return {**_waits(posts), **figures, **_raid_itself(town, raid)}


async def _post(town: Town, neighbour: Neighbour) -> list[tuple[float, float]]:
    """Post again and again while the raid goes on; return what each post waited for flag and alert."""
    waiting = []
    for _ in range(int(_SECONDS / _SECONDS_BETWEEN_POSTS)):
        waiting.append(asyncio.create_task(neighbour.post(town)))
        await asyncio.sleep(_SECONDS_BETWEEN_POSTS)
    return await asyncio.gather(*waiting)


def _waits(posts: list[tuple[float, float]]) -> dict[str, Any]:
    result: dict[str, Any] = {"n_posts": len(posts)}
    for name, waits in zip(("flag", "alert"), zip(*posts, strict=True), strict=True):
        result[f"n_without_{name}"] = sum(wait >= _SECONDS for wait in waits)
        result[f"{name}_median_seconds"] = percentile(waits, 0.5)
        result[f"{name}_largest_seconds"] = max(waits)
    return result


def _raid_itself(town: Town, raid: Flood) -> dict[str, int]:
    return {
        "n_raid_messages": len(raid.messages),
        "n_raid_flags": sum(message.has_reaction(FLAG) for message in raid.messages),
        "n_messages_in_log": len(town.log.messages),
        "n_refused_by_rate_limits": town.server.rate_limits.n_refused,
    }
