"""What can be looked at on this computer: configuration, database, room on the disk, model, and the port of metrics."""

from __future__ import annotations

import asyncio
import errno
import math
import socket
from time import perf_counter

import aiohttp

from bot.config import ENV_FILE, Config, is_exposed
from bot.doctor.findings import Finding, Mark
from bot.localisation.formats import percent
from bot.localisation.texts import Texts
from bot.storage import privacy
from bot.storage.connection.engine import DatabaseError
from bot.storage.upkeep.inspection import Inspection, inspect_database
from model.classifier import Classifier
from model.errors import JigiModelError

_LEAST_FREE = 500_000_000  # bytes: for the log of a raid, and for a backup beside the database
_MEGABYTE = 1_000_000


def look_at_config(texts: Texts) -> Finding:
    """Say whether others can read the token; what is wrong with the variables has been said before."""
    if is_exposed():
        return Finding("config", Mark.WRONG, texts("start.exposed_token", path=ENV_FILE.absolute()))
    there = "doctor.config_file" if ENV_FILE.is_file() else "doctor.config_environment"
    return Finding("config", Mark.WELL, texts(there, path=ENV_FILE.absolute()))


async def look_at_database(config: Config, texts: Texts) -> tuple[Finding, Inspection | None]:
    """Say whether the database can be used; nothing in it is changed."""
    try:
        found = await inspect_database(config.database_url)
    except DatabaseError as error:
        return Finding("database", Mark.WRONG, error.sentence(texts)), None
    if found.is_newest and not config.allow_unreadable_texts:
        report = await privacy.report(config.database_url, config.text_keys, config.retention_days)
        if report.lost_keys:
            sealed = DatabaseError("sealed", keys=", ".join(report.lost_keys))
            return Finding("database", Mark.WRONG, sealed.sentence(texts)), found
    how = "new" if found.revision is None else "current" if found.is_newest else "older"
    size = f"{found.n_bytes / _MEGABYTE:,.1f}"
    sentence = texts(f"doctor.database_{how}", place=found.place, revision=found.revision, size=size)
    return Finding("database", Mark.WELL, sentence), found


def look_at_disk(database: Inspection | None, texts: Texts) -> Finding:
    """Say whether there is room for the database to grow, and for a copy of it."""
    if database is None or database.n_bytes_free is None:
        return Finding("disk", Mark.NOT_CHECKED, texts("doctor.not_here"))
    needed = max(_LEAST_FREE, 2 * database.n_bytes)
    fields = {"free": f"{database.n_bytes_free / _MEGABYTE:,.0f}", "needed": f"{needed / _MEGABYTE:,.0f}"}
    if database.n_bytes_free < needed:
        return Finding("disk", Mark.WRONG, texts("doctor.disk_full", **fields))
    return Finding("disk", Mark.WELL, texts("doctor.disk_free", **fields))


def look_at_model(config: Config, texts: Texts) -> Finding:
    """Say whether the model is whole, by the digests of its files, and answers."""
    try:
        classifier = Classifier.load(config.model_folder)
    except (JigiModelError, OSError) as error:
        return Finding("model", Mark.WRONG, texts("start.bad_model", reason=error))
    began = perf_counter()
    (prediction,) = classifier.classify([texts("doctor.review")])
    milliseconds = f"{1000 * (perf_counter() - began):.1f}"
    if not math.isfinite(prediction.probability):
        return Finding("model", Mark.WRONG, texts("start.bad_model", reason=prediction.probability))
    answer = percent(prediction.negative_probability)
    return Finding(
        "model", Mark.WELL, texts("doctor.model_answers", version=classifier.version, answer=answer, ms=milliseconds)
    )


async def look_at_metrics(config: Config, texts: Texts) -> Finding:
    """Say whether the port of metrics is free, or a Jigi that is running has it."""
    if config.metrics_port is None:
        return Finding("metrics", Mark.NOT_CHECKED, texts("doctor.metrics_off"))
    place = {"host": config.metrics_host, "port": config.metrics_port}
    if await _is_jigi(config.metrics_host, config.metrics_port):
        return Finding("metrics", Mark.WELL, texts("doctor.metrics_running", **place))
    try:
        await asyncio.to_thread(_bind, config.metrics_host, config.metrics_port)
    except OSError as error:
        problem = "metrics.port_in_use" if error.errno == errno.EADDRINUSE else "metrics.not_opened"
        return Finding("metrics", Mark.WRONG, texts(problem, **place, reason=error.strerror or error))
    return Finding("metrics", Mark.WELL, texts("doctor.metrics_free", **place))


def _bind(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socket.create_server((host, port), family=family).close()


async def _is_jigi(host: str, port: int) -> bool:
    address = f"[{host}]" if ":" in host else host
    limit = aiohttp.ClientTimeout(total=2.0)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(f"http://{address}:{port}/healthz") as answer,
        ):
            return bool((await answer.json()) == {"jigi": "alive"})
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return False
