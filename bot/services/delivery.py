"""Have done what is in the outbox, each route by itself: what fails or hangs there holds up nothing else.

    planned → routes that are due → a task each: the oldest action → the front end's `Handler` → recorded

An action that fails in passing steps behind the others of its route, and the route pauses, longer each time: half as
long as the action, so that another one has its turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic

from bot.config import PATIENCE, Patience
from bot.domain.actions import (
    LANES,
    NO_RESULT,
    ActionDelayed,
    ActionFailed,
    ActionKind,
    ActionResult,
    ActionState,
    Handler,
    Lane,
    PendingAction,
    Route,
)
from bot.domain.sharding import Holding
from bot.services.measuring.measurements import Measurements, ages
from bot.services.retrying.apart import run_apart
from bot.services.retrying.backoff import Backoff, until_stored
from bot.services.shards import ShardLeases
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database

_LOOKED_AFTER = 1.0  # seconds between two looks into the outbox, where several processes share it

_log = logging.getLogger(__name__)


class Delivery:
    """Works off the outbox."""

    def __init__(
        self,
        database: Database,
        handler: Handler,
        patience: Patience = PATIENCE,
        leases: ShardLeases | None = None,
        measurements: Measurements | None = None,
    ) -> None:
        self._database, self._handler, self._patience, self._leases = database, handler, patience, leases
        self._measurements = measurements or Measurements()
        self._routes: dict[Route, asyncio.Task[None]] = {}
        self._asked_again: set[Route] = set()  # routes for which something was planned while they were worked on
        self._backoffs: dict[Route, Backoff] = {}
        self._sent: dict[Route, deque[float]] = {}  # when the newest alerts of each guild went
        self._places = asyncio.Semaphore(patience.n_routes)
        self._is_idle = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._renewer: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to do what is due, by an earlier run too."""
        self._worker = asyncio.create_task(self._supervise(), name="deliver")
        self._renewer = asyncio.create_task(self._renew(), name="deliver: renew claims")

    async def retry(self, guild_id: int | None = None) -> None:
        """Try at once what was put off: of one guild, in which permissions may have changed, or of all."""
        if await until_stored(partial(self._database.outbox.recall, guild_id)):
            self._database.actions_planned.set()
        for backoff in self._backoffs.values():
            backoff.wake()

    async def drain(self) -> None:
        """Wait until everything due is done, recorded as failed, or put off."""
        if self._worker is not None:
            self._is_idle.clear()
            self._database.actions_planned.set()
            await self._is_idle.wait()

    async def close(self) -> None:
        """Stop; what is left stays in the outbox for the next start."""
        tasks = [*self._routes.values(), *filter(None, (self._worker, self._renewer))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(DatabaseError):  # then they end with their time
            await self._database.claims.release_all()

    async def _supervise(self) -> None:
        backoff = Backoff(first=0.5)
        while True:
            work = await run_apart(self._work())
            _log.error("Working off the outbox failed and begins again", exc_info=work.exception())
            await backoff.wait()

    async def _work(self) -> None:
        """Give each route that has something due a task of its own, now and whenever something is planned or due."""
        planned = self._database.actions_planned
        while True:
            planned.clear()
            # First when, then what: asked the other way round, what falls due in between would be in neither answer.
            seconds = await until_stored(self._database.outbox.seconds_until_due)
            due = await until_stored(lambda: self._database.outbox.routes(self._holding))
            self._asked_again |= {route for route in due if route in self._routes}
            for route in due:
                if route not in self._routes:
                    self._begin(route)
            if not self._routes and not planned.is_set():
                self._is_idle.set()
            try:
                async with asyncio.timeout(self._soon(seconds)):
                    await planned.wait()
            except TimeoutError:
                continue

    @property
    def _holding(self) -> Holding | None:
        """The guilds that this process looks after, None for all there are."""
        return None if self._leases is None else self._leases.holding

    def _soon(self, seconds: float | None) -> float | None:
        """Return how long to wait at most: what another process has planned for a guild of ours, nobody tells us."""
        if self._leases is None:
            return seconds
        return _LOOKED_AFTER if seconds is None else min(seconds, _LOOKED_AFTER)

    def _begin(self, route: Route) -> None:
        task = self._routes[route] = asyncio.create_task(self._work_off(route), name=f"deliver {route.lane}")
        task.add_done_callback(partial(self._end, route))

    def _end(self, route: Route, task: asyncio.Task[None]) -> None:
        del self._routes[route]
        if task.cancelled():
            return
        planned = self._database.actions_planned
        if task.exception() is not None:
            _log.error("A route of the outbox failed and begins again", exc_info=task.exception())
            asyncio.get_running_loop().call_later(self._patience.first_pause, planned.set)
        elif route in self._asked_again:
            self._asked_again.discard(route)
            planned.set()
        elif not self._routes and not planned.is_set():
            self._is_idle.set()

    async def _renew(self) -> None:
        """Keep others from the routes that are worked on."""
        while True:
            await asyncio.sleep(self._patience.lease / 3)
            if self._routes:
                await until_stored(partial(self._database.claims.renew, self._patience.lease))

    async def _work_off(self, route: Route) -> None:
        """Work off a route, unless another process does."""
        claims = self._database.claims
        if await until_stored(partial(claims.take, route, self._patience.lease)):
            await self._do_all(route)
            await until_stored(partial(claims.release, route))

    async def _do_all(self, route: Route) -> None:
        """Do what is due, one by one: each action is looked up anew, for it may have been dropped meanwhile."""
        due, n_looked_at = self._database.outbox.due, self._patience.n_looked_at if route.lane is Lane.ALERTS else 1
        backoff = self._backoffs.setdefault(route, Backoff(self._patience.first_pause, self._patience.longest_pause))
        while actions := await until_stored(lambda: due(route, n_looked_at, self._holding)):
            if route.lane is Lane.ALERTS:
                actions = await until_stored(partial(self._database.cases.fold, actions, self._patience))
                if not actions:
                    continue
                await self._pace(route)
            async with self._places:
                error = await self._do(actions[0])
            if isinstance(error, ActionDelayed) and not error.is_refused:
                await backoff.wait()
            else:
                backoff.reset()
        self._backoffs.pop(route, None)

    async def _pace(self, route: Route) -> None:
        """Wait so long that a guild in a raid leaves room for the alerts of others."""
        sent = self._sent.setdefault(route, deque(maxlen=self._patience.n_alerts_at_once))
        if len(sent) == sent.maxlen:
            await asyncio.sleep(sent[0] + len(sent) * self._patience.alert_pause - monotonic())
        sent.append(monotonic())

    async def _do(self, action: PendingAction) -> BaseException | None:
        """Do an action, and record what became of it; return what went wrong."""
        began = monotonic()
        error, result = await self._attempt(action)
        self._measure(action, error, monotonic() - began)
        await until_stored(self._recording(action, error, result))
        if error is not None or LANES[action.kind] is Lane.MARKS:
            self._database.actions_planned.set()  # it is due at another time, or its alert has waited for it
        return error

    def _measure(self, action: PendingAction, error: BaseException | None, seconds: float) -> None:
        lane = LANES[action.kind]
        outcome = "done" if error is None else "failed" if self._pause(action, error) is None else "put_off"
        self._measurements.actions[lane, outcome] += 1
        self._measurements.action_seconds[lane].add(seconds)
        if action.kind is ActionKind.REACT and error is None:
            self._measurements.to_flag.add(ages([action.verdict]))

    def _recording(
        self, action: PendingAction, error: BaseException | None, result: ActionResult
    ) -> Callable[[], Awaitable[None]]:
        """Return what writes down how an action went."""
        outbox = self._database.outbox
        if (pause := self._pause(action, error)) is not None:
            return partial(outbox.put_off, action.id, pause)
        match error:
            case None:
                return partial(outbox.finish, action, ActionState.DONE, None, result)
            case ActionDelayed() | ActionFailed():
                return partial(outbox.finish, action, ActionState.FAILED, str(error))
            case _:  # the front end's own fault: it must not stand in the way of the others
                ids = {"message_id": action.verdict.message_id, "guild_id": action.verdict.guild_id}
                _log.error("Action %s of message %d failed", action.kind, ids["message_id"], exc_info=error, extra=ids)
                return partial(outbox.finish, action, ActionState.FAILED, repr(error))

    def _pause(self, action: PendingAction, error: BaseException | None) -> float | None:
        """Return after how many seconds an action is tried again, None if it is not."""
        patience = self._patience
        if not isinstance(error, ActionDelayed):
            return None
        if error.is_refused:
            return patience.refused_pause if action.n_tries + 1 < patience.n_refused else None
        return 2 * patience.first_pause * 2**action.n_tries if action.n_tries + 1 < patience.n_tries else None

    async def _attempt(self, action: PendingAction) -> tuple[BaseException | None, ActionResult]:
        """Let the front end act, for so long as the deadline allows."""
        try:
            task = await run_apart(self._handler.act(action), self._patience.deadline)
        except TimeoutError:
            return ActionDelayed(f"no answer within {self._patience.deadline:.0f} s"), NO_RESULT
        error = task.exception()
        return (error, NO_RESULT) if error is not None else (None, task.result())
