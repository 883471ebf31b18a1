"""Messages wait, are classified in batches and get their verdicts, in the order in which they came.

    submit → queue → classify (in a thread of its own) → record, while the next batch is being classified

What fails is tried again in halves until the message that cannot be judged is alone; that one is set aside and told.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.domain.messages import IncomingMessage
from bot.domain.troubles import Trouble, TroubleKind
from bot.domain.verdicts import Acting, Policy, Verdict, decide
from bot.services.measuring.measurements import Measurements, ages
from bot.services.retrying.apart import run_apart
from bot.services.retrying.backoff import Backoff, until_stored
from bot.services.retrying.halving import in_halves
from bot.services.serving import Serving, ServingModels
from bot.storage.database import Database
from model.reading.read import read_message

_log = logging.getLogger(__name__)

_N_ASIDE = 8  # texts that may be in a message's way: about 2 ms
_N_TRIES = 3  # of a batch of which every message fails: then it is more likely us than the messages


class Judge:
    """Judges what is submitted.

    At most `queue_size` messages wait: who offers more is told to come again. Each batch asks `models` what judges a
    guild's messages, and what is done about them (at most `acting`); those in flight finish with what they began with.
    `on_verdict` hears of each stored verdict; if it raises, the judge is broken and says so to whoever submits or
    waits. `on_trouble` hears what was set aside.
    """

    def __init__(
        self,
        models: ServingModels,
        database: Database,
        acting: Acting,
        on_verdict: Callable[[Verdict], None] | None = None,
        on_trouble: Callable[[Trouble], None] | None = None,
        *,
        queue_size: int = 80_000,
        batch_size: int = 768,
        measurements: Measurements | None = None,
    ) -> None:
        self._models, self._database = models, database
        self._acting = acting
        self._on_verdict, self._on_trouble = on_verdict, on_trouble
        self._queue_size, self._batch_size = queue_size, batch_size
        self._measurements = measurements or Measurements()
        self._queue: deque[IncomingMessage] = deque()
        self._in_hand: list[IncomingMessage] = []  # taken from the queue, not classified yet
        self._recording: asyncio.Task[None] | None = None
        self._has_work, self._has_room, self._is_idle = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._is_idle.set()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="jigi-judge")  # pictures are drawn elsewhere
        self._is_telling = False
        self._worker: asyncio.Task[None] | None = None

    @property
    def n_waiting(self) -> int:
        """How many messages are not classified yet."""
        return len(self._queue) + len(self._in_hand)

    @property
    def is_working(self) -> bool:
        """Whether what is offered will be judged."""
        return self._worker is not None and not self._worker.done()

    @property
    def n_seen(self) -> int:
        """How many messages were offered and taken in."""
        return self._measurements.n_taken + len(self._queue)

    @property
    def oldest_waiting(self) -> IncomingMessage | None:
        """The message that has waited longest."""
        return next(iter(self._in_hand or self._queue), None)

    def start(self) -> None:
        """Begin to judge."""
        self._worker = asyncio.create_task(self._supervise(), name="judge")

    def offer(self, message: IncomingMessage) -> bool:
        """Have a message judged, or return False if too many wait already. Never waits itself."""
        self._raise_if_broken()
        if len(self._queue) >= self._queue_size:
            self._has_room.clear()
            return False
        self._queue.append(message)
        self._is_idle.clear()
        self._has_work.set()
        return True

    async def submit(self, message: IncomingMessage) -> None:
        """Have a message judged; wait for as long as too many wait already."""
        while not self.offer(message):
            await self._has_room.wait()

    async def judge_aside(self, messages: Sequence[IncomingMessage]) -> list[Verdict]:
        """Judge messages as if they had been submitted, and store nothing; what cannot be judged is left out.

        What is submitted goes first: a few are judged at a time, in the same thread, and only when nobody waits. So a
        message that comes meanwhile waits for `_N_ASIDE` texts at most.
        """
        judged: list[Verdict] = []
        for first in range(0, len(messages), _N_ASIDE):
            await self._is_idle.wait()
            verdicts, failures = await in_halves(self._classify, messages[first : first + _N_ASIDE])
            judged += verdicts
            for message, error in failures:
                ids = {"message_id": message.message_id, "guild_id": message.guild_id}
                _log.error("Message %d cannot be judged and is left out", ids["message_id"], exc_info=error, extra=ids)
        return judged

    async def drain(self) -> None:
        """Wait until everything submitted is judged and stored."""
        await self._is_idle.wait()
        self._raise_if_broken()

    async def close(self) -> None:
        """Stop. What has no verdict is behind no cursor, so that the next start finds it again."""
        tasks = [task for task in (self._worker, self._recording) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _supervise(self) -> None:
        """Begin again whenever the work fails as a whole; what was in hand is judged first."""
        backoff = Backoff(first=0.5)
        while True:
            work = await run_apart(self._work())
            if self._is_telling:  # the front end is gone: nobody is left to judge for
                self._is_idle.set()
                self._has_room.set()
                work.result()
            _log.error("Judging failed and begins again", exc_info=work.exception())
            await backoff.wait()

    async def _work(self) -> None:
        while True:
            if not self._in_hand:
                self._in_hand = await self._next_batch()
            batch = self._in_hand
            verdicts = await self._until_classified(self._due(batch))
            await self._finish_recording()
            self._recording = asyncio.create_task(self._record(verdicts, _newest_of_channels(batch)))
            self._in_hand = []
            if not self._queue:
                await self._finish_recording()

    async def _next_batch(self) -> list[IncomingMessage]:
        while not self._queue:
            self._has_work.clear()
            self._is_idle.set()
            await self._has_work.wait()
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), self._batch_size))]
        self._measurements.n_taken += len(batch)
        self._has_room.set()
        return batch

    def _due(self, batch: Iterable[IncomingMessage]) -> list[IncomingMessage]:
        """Return the newest revision of each message that was not deleted meanwhile."""
        newest = {each.message_id: each for each in sorted(batch, key=lambda each: each.revision)}
        return [each for each in newest.values() if not self._database.verdicts.is_erased(each)]

    async def _until_classified(self, batch: Sequence[IncomingMessage]) -> list[Verdict]:
        """Classify a batch; if all of it fails, try again: what ails us may pass, and nothing must be lost."""
        backoff = Backoff(first=0.5)
        for n_tries in range(1, _N_TRIES + 1):
            verdicts, failures = await in_halves(self._classify, batch)
            if len(failures) < len(batch) or n_tries == _N_TRIES:
                self._set_aside(failures)
                break
            await backoff.wait()
        return verdicts

    async def _classify(self, batch: Sequence[IncomingMessage]) -> list[Verdict]:
        servings = await until_stored(partial(self._models.for_guilds, {message.guild_id for message in batch}))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, judge, batch, servings, self._acting)

    def _set_aside(self, failures: Iterable[tuple[IncomingMessage, BaseException]]) -> None:
        for message, error in failures:
            self._measurements.n_set_aside += 1
            ids = {"message_id": message.message_id, "channel_id": message.channel_id, "guild_id": message.guild_id}
            _log.error("Message %d cannot be judged and is set aside", ids["message_id"], exc_info=error, extra=ids)
            if self._on_trouble is not None and message.guild_id is not None:
                self._on_trouble(Trouble(TroubleKind.MESSAGE_SET_ASIDE, message.guild_id))

    async def _finish_recording(self) -> None:
        if self._recording is not None:
            await self._recording
            self._recording = None

    async def _record(self, verdicts: Sequence[Verdict], passed: Mapping[int, int]) -> None:
        """Store verdicts and move the cursors, in one transaction if all goes well, and tell of them."""

        async def store(part: Sequence[Verdict]) -> list[Verdict]:
            cursors = passed if part is verdicts else {}  # of a part they would pass over the others
            return await until_stored(partial(self._database.verdicts.record, part, cursors))

        stored, failures = await in_halves(store, verdicts)
        if failures:
            self._set_aside((verdict.message, error) for verdict, error in failures)
            await until_stored(partial(self._database.cursors.advance, passed))
        self._measure(stored)
        if self._on_verdict is None:
            return
        self._is_telling = True
        for verdict in stored:
            self._on_verdict(verdict)
        self._is_telling = False

    def _measure(self, stored: Sequence[Verdict]) -> None:
        self._measurements.n_judged += len(stored)
        self._measurements.n_flagged += sum(verdict.is_flagged for verdict in stored)
        self._measurements.to_verdict.add(ages([verdict.message for verdict in stored]))

    def _raise_if_broken(self) -> None:
        if self._worker is not None and self._worker.done():
            self._worker.result()


def judge(messages: Sequence[IncomingMessage], servings: Mapping[int | None, Serving], acting: Acting) -> list[Verdict]:
    """Judge messages, those of one classifier together, and return their verdicts in order. Call it in a thread."""
    verdicts: dict[int, Verdict] = {}
    for serving in set(servings.values()):
        places = [i for i, message in enumerate(messages) if servings[message.guild_id] == serving]
        readings = [read_message(messages[i].content) for i in places]
        predictions = serving.classifier.classify_readings(readings)
        done, automatic = acting & serving.acting, serving.automatic
        policy = partial(Policy, model_version=serving.classifier.version, acting=done, automatic=automatic)
        for i, reading, prediction in zip(places, readings, predictions, strict=True):
            verdicts[i] = decide(messages[i], reading, prediction, policy(serving.threshold_of(messages[i])))
    return [verdicts[i] for i in range(len(messages))]


def _newest_of_channels(batch: Iterable[IncomingMessage]) -> dict[int, int]:
    newest: dict[int, int] = {}
    for message in batch:
        newest[message.channel_id] = max(message.message_id, newest.get(message.channel_id, 0))
    return newest
