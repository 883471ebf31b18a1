"""The story that the pictures tell: a shop sets Jigi up, is alerted, and works on what was flagged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.cogs.shared.types import Bot
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import said, settled
from tests.discord_server import Answer, Channel, Message, Role, User
from tests.pictures.markup import Reader
from tests.pictures.page import Pane
from tests.support.shop import Shop, jigi_in
from tests.support.store import verdict

Picture = tuple[str, list[Pane]]

_WRITERS = {"하늘": 250, "서진": 40, "은채": 800}  # and for how many days they have been there
_REVIEWS = (
    "열흘 만에 받았는데 바느질이 다 풀려 있고 색도 사진과 달라요.",
    "사진이랑 너무 달라서 실망했어요. 천이 얇아서 비치고 냄새도 심해요.",
    "두 번 신었는데 밑창이 떨어졌어요.",
)
_REPLY = "불편을 드려 죄송해요. 문의 채널에 주문 번호를 남겨 주시면 바로 확인할게요."
_TO_DRAW = 30.0  # seconds that the first picture of a process may take
_A_MONTH_AGO = """
    UPDATE verdicts SET created_at = datetime('now', '-' || (message_id / 100 * 7 % 27) || ' days') || '.000000'
    WHERE message_id < 10000
"""
_DECIDED_SOON = """
    UPDATE decisions SET decided_at = (
        SELECT datetime(created_at, '+' || (message_id / 100 % 11 * 9 + 3) || ' minutes') || '.000000' FROM verdicts
        WHERE verdicts.id = decisions.verdict_id
    ) WHERE decided_by = 1
"""
_LOCALES = {"ko": "ko", "en": "en-US"}


class Story:
    """A shop whose people use Discord in one language (ko or en), and the pictures of what they see."""

    def __init__(self, shop: Shop, language: str) -> None:
        self._shop, self._language, self._locale = shop, language, _LOCALES[language]
        self._texts = Texts.load(language)
        may = discord.Permissions(manage_guild=True, manage_messages=True)
        self._moderator = shop.guild.add_member("도윤", permissions=may)
        shop.log.set_permissions(self._moderator, view_channel=True)
        now = datetime.now(UTC)
        self._writers = [
            shop.guild.add_member(name, joined_at=now - timedelta(days=n_days)) for name, n_days in _WRITERS.items()
        ]

    @property
    def reader(self) -> Reader:
        """Return somebody who looks now."""
        state, roles = self._shop.server.state, self._shop.guild.roles.values()
        named: list[User | Channel | Role] = [*state.users.values(), *state.channels.values(), *roles]
        return Reader({each.id: each.name for each in named}, self._language, datetime.now(UTC))

    async def tell(self) -> AsyncIterator[Picture]:
        """Run the bot, and yield each picture's name and messages at the moment at which they look so."""
        async with self._shop.bot() as bot:
            async for picture in self._set_up():
                yield picture
            flagged, alert = await self._flag(0)
            yield "alert", [Pane(flagged), Pane(alert)]
            await self._work_on(alert)
            await settled(bot)
            yield "case", [await self._answer("cases show", number=1)]
            yield "queue", [await self._queue()]
            await self._live_on(bot)
            yield "stats", [await self._answer("stats", days=30, within=_TO_DRAW)]

    async def _set_up(self) -> AsyncIterator[Picture]:
        shop = self._shop
        forum, role = shop.guild.add_forum("상품-후기"), shop.guild.add_role("운영진")
        shown = await self._answer("setup")
        panel = shown.message
        await self._choose(panel, "0:watched", shop.reviews, forum)
        await self._choose(panel, "0:log_channel_id", shop.log)
        yield "setup-channels", [shown]
        await self._see_edited(panel, self._press(panel, "setup.next"))
        await self._choose(panel, "1:ping_role_id", role)
        await self._choose(panel, "1:quiet_hours", "22:00-08:00")  # within them the alert would mention nobody
        await self._choose(panel, "1:alerts_per_day", "10.0")
        yield "setup-alerts", [shown]

    async def _flag(self, number: int) -> tuple[Message, Message]:
        """Have a review flagged; return it and its alert."""
        flagged = await self._writers[number].send(self._shop.reviews, _REVIEWS[number])
        return await self._shop.flagged(flagged), await self._shop.alert()

    async def _work_on(self, alert: Message) -> None:
        """Reply to a review, and say that the alert was right."""
        opened = await self._press(alert, "case_act.reply", until="acknowledged")
        answer = await self._moderator.submit_modal(opened, {"reason": _REPLY}, locale=self._locale)
        await said(self._shop, answer)
        await said(self._shop, await self._press(alert, "case_act.right"))

    async def _queue(self) -> Pane:
        """Have two more reviews flagged, and decide about the first of them in the queue."""
        for number in (1, 2):
            await self._flag(number)
        queue = await self._answer("queue")
        await self._see_edited(queue.message, self._press(queue.message, "case_act.right"))
        return queue

    async def _live_on(self, bot: Bot) -> None:
        """Let a month pass, in which moderators have decided about most of what was flagged."""
        database, forum = (
            jigi_in(bot).database,
            next(each for each in self._shop.guild.channels.values() if each.type == 15),
        )
        for number in range(1, 61):
            channel = self._shop.reviews if number % 3 else forum
            where: dict[str, Any] = {"guild_id": self._shop.guild.id, "channel_id": channel.id}
            harmless = [verdict(number * 100 + place, "글", is_bad=False, **where) for place in range(1, 30)]
            await database.verdicts.record([verdict(number * 100, "글", is_bad=True, **where), *harmless])
            if number % 6:
                is_right = number % 7 != 0
                await database.decisions.decide(
                    number * 100, is_right, 1, guild_id=self._shop.guild.id, may_learn=False
                )
        await self._shop.change_beside(bot, _A_MONTH_AGO)
        await self._shop.change_beside(bot, _DECIDED_SOON)

    async def _answer(self, command: str, **options: Any) -> Pane:
        """Use a command, and return its answer under the name by which the command is called in the language."""
        answer = await self._moderator.use_slash(self._shop.log, command, locale=self._locale, **options)
        names, offered = [], self._shop.server.state.commands.all()
        for word in command.split():
            definition = next(each for each in offered if each["name"] == word)
            names.append((definition.get("name_localizations") or {}).get(self._locale, word))
            offered = definition.get("options", [])
        return Pane(answer.message, f"/{' '.join(names)}")

    async def _press(self, message: Message, key: str, **options: Any) -> Answer:
        return await self._moderator.click(message, label=self._texts(key), locale=self._locale, **options)

    async def _choose(self, panel: Message, menu: str, *values: Any) -> None:
        chosen = self._moderator.select(panel, values, custom_id=f"jigi:setup:{menu}", locale=self._locale)
        await self._see_edited(panel, chosen)

    async def _see_edited(self, message: Message, doing: Awaitable[Any]) -> None:
        """Do something, and wait until it changes a message."""
        before = len(message.edits)
        await doing
        await self._shop.server.wait_for(lambda: len(message.edits) > before, what="the change")
