"""Where trainings are asked for on Discord: one message shows the progress of each, and in the end what became of it.

`bot.cogs.training` and `bot.cogs.versions` ask here; `bot.services.learning.trainer` does the work.
"""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import replace
from time import monotonic
from typing import Any

import aiohttp
import discord

from bot.cogs.shared.replies import QUIET, say, spoiler
from bot.cogs.shared.types import Bot, Context
from bot.domain.learning.trainings import (
    BusyError,
    Cancelled,
    Candidate,
    Failed,
    MissingPackagesError,
    NothingToLearnError,
    Outcome,
    Progress,
    Published,
    Refused,
    Training,
    TrainingRequest,
)
from bot.localisation.commands import Caller
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.trainings import changed_lines, gate_lines, outcome_title, progress_text

_log = logging.getLogger(__name__)

_UNREACHABLE = (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError)
_MOST_OF_FIELD = 1024  # characters that Discord takes
PICTURE = "learning_curves.png"
_COLOURS = {
    Published: discord.Colour.green(), Refused: discord.Colour.orange(), Failed: discord.Colour.red(),
    Cancelled: discord.Colour.light_grey(),
}  # fmt: skip


class TrainingProgress:
    """Begins trainings and shows them, each in a message that is edited at most every `seconds_between_edits`."""

    def __init__(self, bot: Bot, jigi: Jigi, *, seconds_between_edits: float = 5.0) -> None:
        self.seconds_between_edits = seconds_between_edits
        self._bot = bot
        self._jigi = jigi
        self._tasks: set[asyncio.Task[None]] = set()
        self._untold: list[Training] = []  # trainings that were interrupted

    async def ask(self, ctx: Context, request: TrainingRequest, caller: Caller, archive: bytes = b"") -> None:
        """Begin a training for whoever asks, or say why not."""
        texts = caller.texts
        try:
            training = await self._jigi.retraining.begin(request)
        except MissingPackagesError:
            answer = texts("training.missing_packages")
        except NothingToLearnError:
            answer = texts("training.nothing_to_learn", example=caller.example("teach"))
        except BusyError as busy:
            answer = _busy(busy.running, request.guild_id, texts)
        else:
            task = asyncio.create_task(self._run(ctx, training, caller, archive), name="training")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            answer = texts("training.begun") if ctx.interaction else ""
        if answer:
            await say(ctx, answer)

    async def mark_interrupted(self) -> None:
        """Say under the progress of trainings whose bot has died that they have ended."""
        self._untold += await self._jigi.retraining.interrupted()
        while self._untold:
            training = self._untold.pop()
            channel_id, message_id = training.request.channel_id, training.message_id
            if channel_id is not None and message_id is not None:
                message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
                texts = self._jigi.settings.texts(training.request.guild_id)
                await _edit(message, content=texts("training.interrupted"))

    async def find_dead(self) -> None:
        """Note at the start which trainings have died with an earlier bot; they are told of when the bot is online."""
        self._untold += await self._jigi.retraining.interrupted(at_once=True)

    async def close(self) -> None:
        """Stop all trainings; the versions before them go on serving."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, ctx: Context, training: Training, caller: Caller, archive: bytes) -> None:
        everybody = replace(caller, texts=self._jigi.settings.texts(training.request.guild_id))  # reads it
        shown = _ProgressMessage(training, self._jigi, everybody, self.seconds_between_edits)
        showing = asyncio.create_task(shown.keep_showing(ctx.channel))
        try:
            outcome = await self._jigi.retraining.run(training, shown.tell, archive)
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
        await shown.end(outcome)


class _ProgressMessage:
    """The message that shows a training, edited now and then."""

    def __init__(self, training: Training, jigi: Jigi, caller: Caller, seconds_between_edits: float) -> None:
        self._seconds_between_edits = seconds_between_edits
        self._training = training
        self._jigi = jigi
        self._caller = caller
        self._began_at = monotonic()
        self._newest: Progress | None = None
        self._message: discord.Message | None = None

    def tell(self, progress: Progress) -> None:
        """Hear how far the training is."""
        if self._newest is None:
            self._began_at = monotonic()  # what it took to get ready says nothing of the rest
        self._newest = progress

    async def keep_showing(self, channel: Any) -> None:
        """Send the message, and edit it as the training goes on."""
        try:
            self._message = await channel.send(self._text(), allowed_mentions=QUIET)
            await self._jigi.database.trainings.show_in(self._training.id, channel.id, self._message.id)
        except (*_UNREACHABLE, DatabaseError) as error:
            _log.warning("The progress of a training cannot be shown in channel %s: %s", channel.id, error)
        while self._message is not None:
            before = self._newest
            await asyncio.sleep(self._seconds_between_edits)
            if self._newest is not before:
                await _edit(self._message, content=self._text())

    async def end(self, outcome: Outcome) -> None:
        """Say what became of the training."""
        if self._message is None:
            return
        embed = outcome_embed(outcome, self._caller)
        picture = picture_of(outcome, self._caller.texts)
        await _edit(self._message, content="", embed=embed, attachments=[picture] if picture else [])

    def _text(self) -> str:
        return progress_text(self._training, self._newest, monotonic() - self._began_at, self._caller)


def _busy(running: Training | None, guild_id: int, texts: Texts) -> str:
    """Say who is training since when; of another server only since when, and of another bot that it is."""
    if running is None:
        return texts("training.machine_busy")
    since = discord.utils.format_dt(running.started_at, "R")
    if running.request.guild_id != guild_id:
        return texts("training.bot_busy", since=since)
    return texts("training.guild_busy", by=f"<@{running.request.requested_by}>", since=since)


async def _edit(message: discord.Message | discord.PartialMessage, **changes: Any) -> None:
    try:
        await message.edit(allowed_mentions=QUIET, **changes)
    except _UNREACHABLE as error:
        _log.warning("The progress of a training cannot be shown: %s", error)


def outcome_embed(outcome: Outcome, caller: Caller) -> discord.Embed:
    """Draw what became of a training: the tests of the gate, and whose verdicts change."""
    texts = caller.texts
    embed = discord.Embed(title=outcome_title(outcome, texts), colour=_COLOURS[type(outcome)])
    match outcome:
        case Published(candidate, version):
            back = caller.name("model rollback")
            embed.description = texts("training.how_to_go_back", command=back, parent=version.parent_name)
            _add_gate(embed, candidate, texts)
        case Refused(candidate):
            embed.description = texts("training.how_to_force", command=_force(caller))
            _add_gate(embed, candidate, texts)
        case Failed(_, kind):
            embed.description = texts("training.old_serves", reason=texts(f"failure.{kind}"))
    return embed


def _force(caller: Caller) -> str:
    """Return what to write to have the candidate serve all the same; after a prefix an option bears its name."""
    return caller.call("retrain start", force="True" if caller.prefix is None else "force:true")


def picture_of(outcome: Outcome, texts: Texts) -> discord.File | None:
    """Return the learning curves, if there are any, described for who cannot see them."""
    if not isinstance(outcome, (Published, Refused)) or not outcome.candidate.picture:
        return None
    said = " ".join([texts("training.picture"), *gate_lines(outcome.candidate.gate, texts)]).replace("**", "")
    return discord.File(io.BytesIO(outcome.candidate.picture), PICTURE, description=cut(said, _MOST_OF_FIELD))


def _add_gate(embed: discord.Embed, candidate: Candidate, texts: Texts) -> None:
    gate = candidate.gate
    embed.add_field(name=texts("gate.title"), value="\n".join(gate_lines(gate, texts)), inline=False)
    if gate.changed:
        shown = "\n".join(changed_lines(gate, texts, spoiler))
        embed.add_field(name=texts("gate.changed", n=len(gate.changed)), value=shown[:_MOST_OF_FIELD], inline=False)
    if candidate.picture:
        embed.set_image(url=f"attachment://{PICTURE}")
