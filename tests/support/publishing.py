"""Publish versions, one after the other, until killed: `python -m tests.support.publishing MODEL DATABASE`.

`tests.bot.storage.test_versions` kills it meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.domain.learning.versions import NewVersion, VersionOrigin
from model.versions.archive import pack
from tests.support.store import open_store

GUILD, ADMIN = 1, 70


def new_version(content: bytes, parent_id: int | None = None, guild_id: int = GUILD) -> NewVersion:
    """Make a version of the content of a model."""
    parity = {"name": "parity", "is_passed": True, "now": 1e-7, "before": None, "limit": 1e-5}
    gate = {"checks": [parity], "changed": [], "is_passed": True}
    manifest = {"metrics": {}, "provenance": {"n_examples": 3}, "gate": gate}
    return NewVersion(guild_id, parent_id, "keyword-1", VersionOrigin.TRAINED, 0.8, manifest, content, False, ADMIN)


async def main(model: Path, path: Path) -> None:
    content, parent_id = pack(model), None
    async with open_store(path) as database:
        while True:
            parent_id = (await database.versions.publish(new_version(content, parent_id))).id
            print(parent_id, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(Path, sys.argv[1:])))
