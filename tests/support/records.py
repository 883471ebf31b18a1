"""Steps on an open database, for the tests of the stores."""

from __future__ import annotations

from pathlib import Path

from bot.domain.actions import ActionKind, ActionResult, ActionState, PendingAction
from bot.domain.decisions import Decided
from bot.domain.learning.examples import Source
from bot.storage.database import Database
from model.examples import Example, ExampleLabel
from tests.support import postgresql
from tests.support.store import BAD, change, next_action, verdict

GUILD, MODERATOR, OTHER = 1, 70, 71
LOG = 5  # the channel of the alerts


async def do_all(database: Database, alert_id: int | None = None) -> list[PendingAction]:
    """Work off the outbox; an alert is sent as `alert_id`, or as message 1000 and the id of its own."""
    done = []
    while (action := await next_action(database)) is not None:
        sent = ActionResult(LOG, alert_id or 1000 + action.verdict.message_id)
        result = sent if action.kind is ActionKind.ALERT else ActionResult()
        await database.outbox.finish(action, ActionState.DONE, None, result)
        done.append(action)
    return done


async def kinds_done(database: Database) -> list[ActionKind]:
    """Work off the outbox and return what was done."""
    return [action.kind for action in await do_all(database)]


async def flag(database: Database, message_id: int = 1, content: str = BAD, guild_id: int = GUILD) -> None:
    """Have a message flagged, and its alert sent."""
    await database.verdicts.record([verdict(message_id, content, guild_id=guild_id, is_bad=True)])
    await do_all(database)


async def say(
    database: Database, message_id: int, is_right: bool, by: int, *, may_learn: bool, guild_id: int | None = GUILD
) -> Decided | None:
    """Decide of a message, as a moderator of its guild unless another is given."""
    return await database.decisions.decide(message_id, is_right, by, guild_id=guild_id, may_learn=may_learn)


async def teach(database: Database, *examples: tuple[str, ExampleLabel], guild_id: int = GUILD) -> None:
    """Have a moderator teach examples."""
    await database.examples.add(guild_id, [Example(*each) for each in examples], Source.TYPED, MODERATOR)


async def taught(database: Database, guild_id: int = GUILD) -> list[tuple[str, ExampleLabel]]:
    """Return what a guild was taught, the newest first."""
    return [(each.text, each.label) for each in await database.examples.for_guild(guild_id)]


def make_older(path: Path, days: int, table: str = "verdicts") -> None:
    """Have everything in a table happen some days earlier."""
    if path.suffix == postgresql.SUFFIX:
        change(path, f"UPDATE {table} SET created_at = created_at - interval '{days} days'")
    else:
        change(path, f"UPDATE {table} SET created_at = datetime(created_at, '-{days} days') || '.000000'")
