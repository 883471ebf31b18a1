"""Train a guild's model in a child process, judge it, publish it.

    begin → examples and base version into a folder → `python -m model train` → gate → one transaction: it serves

The version before serves until that transaction has ended; whatever dies on the way leaves it serving. What a child
says of itself is checked again here: the version is loaded before it is published.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.domain.learning.examples import Source
from bot.domain.learning.trainings import (
    BusyError,
    Cancelled,
    Candidate,
    Failed,
    FailureKind,
    MissingPackagesError,
    Mode,
    NothingToLearnError,
    Outcome,
    Progress,
    Published,
    Refused,
    Training,
    TrainingRequest,
    TrainingState,
)
from bot.domain.learning.versions import NewVersion, VersionOrigin
from bot.domain.messages import UNREADABLE
from bot.services.child import ChildFailedError, run_model
from bot.services.learning.machine import TrainingPlace
from bot.services.measuring.measurements import Measurements
from bot.services.serving import load_archive
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from model.errors import JigiModelError
from model.events import DoneEvent, Event
from model.example_files import write_examples
from model.examples import Example, at_most_per_author
from model.gate import Gate
from model.versions.archive import CURVES, pack, unpack
from model.versions.version import read_manifest

_log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Parent:
    """The version that is to be replaced: its id (None: the configured model), name and folder."""

    id: int | None
    name: str
    folder: Path


class Retraining:
    """Trains the models of guilds, one at a time over all machines that share the database, and on this one."""

    def __init__(self, config: Config, database: Database, measurements: Measurements | None = None) -> None:
        self._config = config
        self._measurements = measurements or Measurements()
        self._limits = config.trainer_limits
        self._database = database
        self._place = TrainingPlace(self._limits.lock)
        self._own: set[int] = set()  # trainings of this process: a suspended machine does not make them dead
        self._interrupted: list[Training] = []  # of which nobody has been told yet
        self._work: dict[int, asyncio.Task[Any]] = {}  # what makes the candidates, by guild

    @property
    def n_running(self) -> int:
        """How many trainings this process has under way."""
        return len(self._own)

    async def begin(self, request: TrainingRequest) -> Training:
        """Take the machine and the guild for a training; `run` must follow.

        Raises:
            MissingPackagesError: What training needs is not installed.
            NothingToLearnError: The guild has no examples.
            BusyError: A training is running in this guild, on this machine, or on another with the same database.
            DatabaseError: It cannot be noted.
        """
        if not all(map(find_spec, self._limits.packages)):
            raise MissingPackagesError
        if request.mode is Mode.FINE_TUNE and not await self.examples(request.guild_id):
            raise NothingToLearnError
        has_place = self._place.take()  # first: a training that is noted while nobody has the place is dead
        with ExitStack() as undo:
            if has_place:
                undo.callback(self._place.leave)
            training = await self._note(request, is_alone=has_place)
            running = await self._database.trainings.oldest_running(excluding=training.id)
            if has_place and (running is None or running.id > training.id):  # of two that began together, the first
                undo.pop_all()
                return training
        await self._database.trainings.end(training.id, TrainingState.CANCELLED, "another was running")
        self._own.discard(training.id)
        raise BusyError(running)

    async def run(self, training: Training, on_progress: OnProgress, archive: bytes = b"") -> Outcome:
        """Train, judge and publish. `archive` is what an import brings."""
        heartbeats = asyncio.create_task(self._keep_alive(training.id))
        try:
            outcome = await self._make(training, on_progress, archive)
        except ChildFailedError as failure:
            outcome = Failed(str(failure), failure.kind)
        except (JigiModelError, DatabaseError, OSError) as error:
            guild_id = training.request.guild_id
            _log.warning("A training of guild %d failed: %s", guild_id, error, extra={"guild_id": guild_id})
            outcome = Failed(str(error), _kind_of(error))
        except asyncio.CancelledError:
            await self._end(training, TrainingState.INTERRUPTED)
            raise
        finally:
            heartbeats.cancel()
            self._own.discard(training.id)
            self._place.leave()
        self._measurements.trainings[type(outcome).__name__.lower()] += 1
        match outcome:
            case Refused(candidate):
                failed = [check.name for check in candidate.gate.checks if not check.is_passed]
                await self._end(training, TrainingState.REFUSED, ", ".join(failed))
            case Failed(reason):
                await self._end(training, TrainingState.FAILED, reason)
            case Cancelled():
                await self._end(training, TrainingState.CANCELLED)
        return outcome

    async def interrupted(self, *, at_once: bool = False) -> list[Training]:
        """Note which trainings have ended with their process; return those of which nobody has been told yet.

        A process that gives no sign of life for a minute is dead; `at_once`, also one on a machine where nobody trains.

        Raises:
            DatabaseError: It cannot be noted.
        """
        await self._bury(is_alone=at_once and self._place.is_free())
        untold, self._interrupted = self._interrupted, []
        return untold

    async def _bury(self, *, is_alone: bool) -> None:
        """Note which trainings are dead. `is_alone`: nobody else trains on this machine, whose file the database is."""
        is_sure = is_alone and self._config.database_url.startswith("sqlite")
        self._interrupted += await self._database.trainings.mark_interrupted(self._own, at_once=is_sure)

    async def _note(self, request: TrainingRequest, *, is_alone: bool) -> Training:
        await self._bury(is_alone=is_alone)
        training = await self._database.trainings.begin(request)
        self._own.add(training.id)
        return training

    def cancel(self, guild_id: int) -> bool:
        """Stop the training that this process runs for a guild; return whether there was one."""
        work = self._work.get(guild_id)
        return work is not None and work.cancel()

    async def examples(self, guild_id: int) -> list[Example]:
        """Return what a training of the guild would learn, the oldest first: of each moderator the newest ones."""
        stored = await self._database.examples.for_guild(guild_id)
        may_learn = self._config.allow_training_on_messages
        readable = (example for example in stored if example.text != UNREADABLE)
        usable = [example for example in readable if may_learn or example.source is not Source.MESSAGE]
        examples = [Example(example.text, example.label, str(example.added_by)) for example in reversed(usable)]
        return at_most_per_author(examples, self._config.examples_per_moderator)

    async def _make(self, training: Training, on_progress: OnProgress, archive: bytes) -> Outcome:
        with self._place.folder() as folder:
            candidate = self._candidate(training.request, folder, on_progress, archive)
            done = await self._until_cancelled(training.request.guild_id, candidate)
            return await self._publish(training, *done, folder / "candidate") if done else Cancelled()

    async def _until_cancelled(
        self, guild_id: int, work: Coroutine[Any, Any, tuple[_Parent, Gate]]
    ) -> tuple[_Parent, Gate] | None:
        """Wait for what `cancel` may stop; return None if it has."""
        task = self._work[guild_id] = asyncio.create_task(work)
        try:
            await asyncio.wait([task])
        finally:
            del self._work[guild_id]
            task.cancel()
            await asyncio.wait([task])  # the child is gone, whoever cancelled us
        return None if task.cancelled() else task.result()

    async def _candidate(
        self, request: TrainingRequest, folder: Path, on_progress: OnProgress, archive: bytes
    ) -> tuple[_Parent, Gate]:
        """Have the child make a candidate in `folder`; return what it was made of, and its gate."""
        parent = await self._parent(request.guild_id, folder / "parent")
        arguments = await self._arguments(request, parent, folder, archive)
        gate: Gate | None = None

        def on_event(event: Event) -> None:
            nonlocal gate
            if isinstance(event, DoneEvent):
                gate = event.gate
            elif progress := Progress.from_event(event):
                on_progress(progress)

        await run_model(arguments, on_event, self._silence(request.mode))
        if gate is None:
            raise ChildFailedError("it ended without a result")
        return parent, gate

    def _silence(self, mode: Mode) -> float:
        return self._limits.teacher_silence if mode is Mode.FULL else self._limits.silence

    async def _parent(self, guild_id: int, folder: Path) -> _Parent:
        serving = await self._database.versions.serving(guild_id)
        if serving is None:
            manifest = await asyncio.to_thread(read_manifest, self._config.model_folder)
            return _Parent(None, manifest.version, self._config.model_folder.absolute())
        _, content = await self._database.versions.content(serving.id)
        await asyncio.to_thread(unpack, content, folder)
        return _Parent(serving.id, serving.name, folder)

    async def _arguments(self, request: TrainingRequest, parent: _Parent, folder: Path, archive: bytes) -> list[str]:
        """Write what the child reads, and return its command line."""
        common = ["--output", str(folder / "candidate"), "--json", "--nice", str(self._limits.niceness)]
        common += ["--memory-limit", str(self._config.training_memory_mb)]
        if request.mode is Mode.IMPORT:
            (folder / "archive.zip").write_bytes(archive)
            return ["import", str(folder / "archive.zip"), "--current", str(parent.folder), *common]
        examples = await self.examples(request.guild_id)
        (folder / "labelled.csv").write_bytes(write_examples(examples))
        common += ["--seed", str(request.seed)]
        if examples:
            common += ["--examples", str(folder / "labelled.csv")]
        if request.mode is Mode.FINE_TUNE:
            return ["train", "--recipe", "fine-tune", "--base", str(parent.folder), *common]
        corpus = ["--corpus", str(request.corpus)] if request.corpus else []
        return ["train", *corpus, "--current", str(parent.folder), *common]

    async def _publish(self, training: Training, parent: _Parent, gate: Gate, folder: Path) -> Outcome:
        request, curves = training.request, folder / CURVES
        candidate = Candidate(gate, curves.read_bytes() if curves.exists() else None)
        is_forced = request.is_forced and not gate.is_passed
        if not gate.is_passed and not is_forced:
            return Refused(candidate)
        manifest = await asyncio.to_thread(read_manifest, folder)
        content = await asyncio.to_thread(pack, folder)
        await asyncio.to_thread(load_archive, "candidate", content)  # what cannot be loaded is not published
        version = await self._database.versions.publish(
            NewVersion(
                guild_id=request.guild_id,
                parent_id=parent.id,
                parent_name=parent.name,
                origin=VersionOrigin.IMPORTED if request.mode is Mode.IMPORT else VersionOrigin.TRAINED,
                threshold=manifest.threshold,
                manifest={"metrics": manifest.metrics, "provenance": manifest.provenance, "gate": _brief(gate)},
                content=content,
                is_forced=is_forced,
                created_by=request.requested_by,
            ),
            training.id,
        )
        return Published(candidate, version)

    async def _keep_alive(self, training_id: int) -> None:
        while True:
            await asyncio.sleep(self._limits.heartbeat)
            try:
                await self._database.trainings.heartbeat(training_id)
            except DatabaseError as error:
                _log.warning("A training's heartbeat could not be written: %s", error)

    async def _end(self, training: Training, state: TrainingState, detail: str | None = None) -> None:
        try:
            await self._database.trainings.end(training.id, state, detail)
        except DatabaseError as error:  # it will be noted as interrupted, for want of heartbeats
            _log.warning("The end of a training could not be written: %s", error)


def _kind_of(error: JigiModelError | DatabaseError | OSError) -> FailureKind:
    if isinstance(error, DatabaseError):
        return FailureKind.DISK if error.problem == "full" else FailureKind.DATABASE
    return FailureKind.of("OSError" if isinstance(error, OSError) else type(error).__name__)


def _brief(gate: Gate) -> dict[str, Any]:
    """Leave out the golden sentences: how many verdicts changed is enough to keep."""
    return {**replace(gate, changed=()).as_json(), "n_changed": len(gate.changed)}
