"""From a message to its verdict, and from a verdict to what is done about it.

    submit → queue → judge: filter, classify, decide, record → outbox → act: the front end's `Handler`

Store first, then act, then record what was done: whatever the process dies in, the next start goes on behind it.
Front ends are `bot.cogs.moderation.alerts` (Discord) and `bot.console.app` (terminal).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar

from bot.domain.actions import ActionFailed, ActionResult, ActionState, PendingAction, plan_actions
from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import Policy, Verdict, decide
from bot.services.serving import Models, Serving
from bot.storage.database import Database, DatabaseError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_QUEUE_SIZE = 1_000  # messages that wait; then `submit` waits
_BATCH_SIZE = 256
_CLOSE_LIMIT = 10.0  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0  # seconds between two tries while the database refuses


class Handler(Protocol):
    """The front end's side of the outbox."""

    async def act(self, action: PendingAction) -> ActionResult:
        """Do an action. After a crash the same action may come again.

        Raises:
            ActionFailed: It cannot be done.
        """


class Pipeline:
    """Judges what is submitted, and has done what follows from it.

    Each batch asks `models` anew what judges a guild's messages; those in flight finish with what they began with.
    Without a handler messages are judged and stored, and nothing is planned or done. `on_verdict` hears of each stored
    verdict.
    """

    def __init__(
        self,
        models: Models,
        database: Database,
        handler: Handler | None,
        *,
        log_channel: bool,
        on_verdict: Callable[[Verdict], None] | None = None,
    ) -> None:
        self._models = models
        self._database = database
        self._handler = handler
        self._plan = partial(plan_actions, log_channel=log_channel) if handler else _plan_nothing
        self._on_verdict = on_verdict
        self._queue: asyncio.Queue[IncomingMessage] = asyncio.Queue(_QUEUE_SIZE)
        self._is_working_off = asyncio.Lock()
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to judge, and to do what an earlier run has left in the outbox."""
        self._workers = [asyncio.create_task(self._judge_forever(), name="judge")]
        if self._handler is not None:
            self._workers.append(asyncio.create_task(self._act_forever(), name="act"))

    async def submit(self, message: IncomingMessage) -> None:
        """Have a message judged. Waits while the queue is full; nothing is dropped."""
        self._raise_if_broken()
        if self._queue.full():
            await self._unless_broken(self._queue.put(message))
        else:
            self._queue.put_nowait(message)

    async def erase(self, message_ids: Iterable[int]) -> None:
        """Forget deleted messages, judged or not. Waits, like a message, while the database refuses."""
        await self._persist(partial(self._database.erase, list(message_ids)))

    async def drain(self) -> None:
        """Wait until everything submitted is judged and stored, and everything due is done or recorded as failed."""
        await self._unless_broken(self._queue.join())
        if self._handler is not None:
            await self._unless_broken(self._work_off(self._handler))

    async def close(self) -> None:
        """Drain for at most 10 seconds, and stop.

        Actions that are left stay in the outbox for the next start. Messages that the database would not take are
        behind no cursor, so that the next start finds them again.
        """
        if not self._workers:
            return
        try:
            async with asyncio.timeout(_CLOSE_LIMIT):
                await self.drain()
        except TimeoutError:
            _log.warning("Closing with work left for the next start: %d messages are not judged", self._queue.qsize())
        finally:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
            self._workers = []

    async def _judge_forever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _BATCH_SIZE and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._judge(batch)
            for _ in batch:
                self._queue.task_done()

    async def _judge(self, batch: list[IncomingMessage]) -> None:
        due = await self._persist(partial(self._database.unjudged, batch))
        servings = await self._persist(partial(self._models.of_each, [message.guild_id for message in due]))
        verdicts = await asyncio.to_thread(_decide, due, servings)
        stored = await self._persist(partial(self._database.record, verdicts, self._plan, _cursors(batch)))
        if self._on_verdict is not None:
            for verdict in stored:
                self._on_verdict(verdict)

    async def _act_forever(self) -> None:
        while self._handler is not None:
            await self._database.actions_planned.wait()
            self._database.actions_planned.clear()
            await self._work_off(self._handler)

    async def _work_off(self, handler: Handler) -> None:
        """Do what is due, one by one: each action is looked up anew, for it may have been dropped meanwhile."""
        async with self._is_working_off:
            while (action := await self._persist(self._database.next_action)) is not None:
                await self._do(action, handler)

    async def _do(self, action: PendingAction, handler: Handler) -> None:
        state, detail, result = ActionState.DONE, None, ActionResult()
        try:
            result = await handler.act(action)
        except ActionFailed as failure:
            state, detail = ActionState.FAILED, str(failure)
        except Exception as fault:  # the front end's own fault: it must not stand in the way of all other actions
            _log.exception("The action %s of message %s failed", action.kind, action.verdict.message_id)
            state, detail = ActionState.FAILED, repr(fault)
        ids = result.alert_channel_id, result.alert_message_id
        await self._persist(partial(self._database.finish_action, action.id, state, detail, *ids))

    async def _persist(self, operation: Callable[[], Awaitable[_T]]) -> _T:
        """Try until the database takes it: locked, full or out of reach, it may be mended while the bot runs."""
        pause = _FIRST_PAUSE
        while True:
            try:
                result = await operation()
            except DatabaseError as error:
                if pause == _FIRST_PAUSE:
                    _log.error("%s Trying again until it works; nothing is lost.", error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                if pause > _FIRST_PAUSE:
                    _log.info("The database works again.")
                return result

    async def _unless_broken(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Wait for something that the workers bring about; if one has broken, raise what broke it."""
        task = asyncio.create_task(waiting)
        try:
            await asyncio.wait([task, *self._workers], return_when=asyncio.FIRST_COMPLETED)
            self._raise_if_broken()
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _raise_if_broken(self) -> None:
        for worker in self._workers:
            if worker.done():
                worker.result()


def _decide(messages: list[IncomingMessage], servings: Mapping[int | None, Serving]) -> list[Verdict]:
    """Judge messages, those of one classifier together, and return their verdicts in order."""
    verdicts: dict[int, Verdict] = {}
    for serving in set(servings.values()):
        places = [i for i, message in enumerate(messages) if servings[message.guild_id] == serving]
        predictions = serving.classifier.classify([messages[i].content for i in places])
        policy = Policy(serving.threshold, serving.classifier.version)
        verdicts |= {i: decide(messages[i], p, policy) for i, p in zip(places, predictions, strict=True)}
    return [verdicts[i] for i in range(len(messages))]


def _plan_nothing(is_flagged: bool, was_flagged: bool) -> tuple[()]:
    return ()


def _cursors(batch: list[IncomingMessage]) -> dict[int, int]:
    """Return the newest message of each channel."""
    newest: dict[int, int] = {}
    for message in batch:
        newest[message.channel_id] = max(message.message_id, newest.get(message.channel_id, 0))
    return newest
