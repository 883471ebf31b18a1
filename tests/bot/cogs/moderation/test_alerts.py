"""One action after the other, as the outbox hands them over: what Discord refuses, and what it forgets to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cogs.moderation.alerts import DiscordActions
from bot.cogs.shared.types import Bot
from bot.config import Config
from bot.domain.actions import ActionDelayed, ActionFailed, ActionKind, ActionResult, PendingAction
from bot.domain.verdicts import StoredVerdict
from bot.localisation.texts import Texts
from bot.services.settings import SettingsOfGuilds
from tests.discord_server import Message
from tests.support.shop import BAD, Shop, jigi_in, open_shop

KO = Texts.load("ko")


@dataclass(frozen=True, slots=True)
class Desk:
    """A handler, and a message that nobody else does anything about."""

    shop: Shop
    bot: Bot
    handler: DiscordActions
    message: Message
    verdict: StoredVerdict

    async def act(self, kind: ActionKind, action_id: int = 1, n_tries: int = 0) -> ActionResult:
        now = datetime.now(UTC)
        return await self.handler.act(PendingAction(action_id, kind, self.verdict, created_at=now, n_tries=n_tries))


@pytest.fixture
async def desk(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Desk]:
    async with open_shop(tmp_path, tiny_model) as shop, shop.bot(log_channel_id=None) as bot:
        shop.server.faults.add("PUT", "/reactions/", status=403, code=90001)
        message = await shop.customer.send(shop.reviews, BAD)
        verdict = await shop.verdict(bot, message)
        await jigi_in(bot).pipeline.drain()
        yield Desk(shop, bot, handler_of(bot, shop.config), message, verdict)


def handler_of(bot: Bot, config: Config) -> DiscordActions:
    """Make a handler of its own, whose settings are those of a configuration."""
    database = jigi_in(bot).database
    return DiscordActions(bot, database, SettingsOfGuilds(database, config), jigi_in(bot).models)


async def test_an_outage_only_delays_it(desk: Desk) -> None:
    desk.shop.server.faults.add("POST", f"/channels/{desk.shop.log.id}/messages", status=503)
    with pytest.raises(ActionDelayed) as delayed:
        await desk.act(ActionKind.ALERT)
    assert not delayed.value.is_refused
    assert await desk.act(ActionKind.ALERT) == ActionResult(desk.shop.log.id, desk.shop.log.history[0].id)


async def test_what_lacks_a_permission_waits_for_it(desk: Desk) -> None:
    desk.shop.reviews.set_permissions(desk.shop.guild.bot, add_reactions=False)
    with pytest.raises(ActionDelayed, match="반응 추가하기") as delayed:
        await desk.act(ActionKind.REACT)
    assert delayed.value.is_refused


@pytest.mark.parametrize(("code", "key"), [(50083, "archived"), (90001, "blocked"), (30010, "too_many_reactions")])
async def test_what_no_permission_would_change_is_told_by_its_reason(desk: Desk, code: int, key: str) -> None:
    desk.shop.server.faults.add("PUT", "/reactions/", status=403, code=code)
    with pytest.raises(ActionFailed) as failed:
        await desk.act(ActionKind.REACT)
    assert str(failed.value) == KO(f"alert.{key}")


async def test_an_alert_whose_receipt_was_lost_is_not_posted_twice(desk: Desk) -> None:
    log = desk.shop.log
    desk.shop.server.faults.add("POST", f"/channels/{log.id}/messages", status=503, after_effect=True)
    with pytest.raises(ActionDelayed):
        await desk.act(ActionKind.ALERT)
    assert await desk.act(ActionKind.ALERT, n_tries=1) == ActionResult(log.id, log.history[0].id)
    assert len(log.history) == 1


async def test_two_alerts_of_one_message_bear_two_marks(desk: Desk) -> None:
    for action_id in (1, 2, 2):  # the second one comes again after a crash
        await desk.act(ActionKind.ALERT, action_id)
    assert len(desk.shop.log.history) == 2


async def test_without_a_log_channel_an_old_alert_is_left_out(desk: Desk) -> None:
    quiet = replace(desk, handler=handler_of(desk.bot, Config()))
    assert await quiet.act(ActionKind.ALERT) == ActionResult()
    assert desk.shop.log.history == []


@pytest.mark.parametrize(("code", "is_erased"), [(10003, True), (10008, True), (10014, False)])
async def test_only_a_404_that_is_about_the_message_erases_it(desk: Desk, code: int, is_erased: bool) -> None:
    desk.shop.server.faults.add("PUT", "/reactions/", status=404, code=code)
    if is_erased:
        await desk.act(ActionKind.REACT)
    else:
        with pytest.raises(ActionFailed):
            await desk.act(ActionKind.REACT)
    assert desk.shop.rows("SELECT text FROM verdicts") == [(None if is_erased else BAD,)]
