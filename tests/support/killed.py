"""Submit 3,000 messages, again at every start, and have the work done.

    python -m tests.support.killed MODEL DATABASE JOURNAL

`tests.bot.services.test_pipeline` kills it meanwhile. A deed is written into the journal before it is recorded in the
database.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.domain.actions import PendingAction
from model.classifier import Classifier
from tests.support.store import BAD, GOOD, Recorder, message, open_store, run_pipeline

N_MESSAGES = 3000


async def main(model: Path, path: Path, journal: Path) -> None:
    classifier = Classifier.load(model)
    with journal.open("a") as deeds:

        async def write_down(action: PendingAction) -> None:
            deeds.write(f"{action.id}\n")
            deeds.flush()

        async with open_store(path) as database:
            print("ready", flush=True)
            async with run_pipeline(classifier, database, Recorder(write_down)) as pipeline:
                for message_id in range(1, N_MESSAGES + 1):
                    await pipeline.submit(message(message_id, BAD if message_id % 20 == 0 else GOOD))
                await pipeline.drain()


asyncio.run(main(*map(Path, sys.argv[1:])))
