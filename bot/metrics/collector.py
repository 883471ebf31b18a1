"""Jigi's numbers as Prometheus' metrics. No label names a guild, a channel or a person.

The one importer of prometheus_client, and only imported where METRICS_PORT is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from time import time

import discord
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from bot.domain.actions import Backlog, Lane
from bot.metrics.rate_limits import RateLimits
from bot.metrics.snapshot import Snapshot
from bot.services.measuring.distribution import Distribution
from bot.services.measuring.measurements import ages

__all__ = ["CONTENT_TYPE", "Metrics"]

_OUTCOMES = ("done", "put_off", "failed")
_ENDS = ("published", "refused", "failed", "cancelled")


class Metrics(Collector):
    """Writes what Prometheus asks for. Without a snapshot there is only what the process itself says."""

    def __init__(self, loop_lag: Distribution, rate_limits: RateLimits | None) -> None:
        self._loop_lag, self._rate_limits = loop_lag, rate_limits
        self._snapshot: Snapshot | None = None
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def write(self, snapshot: Snapshot | None) -> bytes:
        """Return the metrics in Prometheus' text format."""
        self._snapshot = snapshot
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of Jigi's."""
        yield GaugeMetricFamily("jigi_up", "Whether Jigi works in this process.", value=self._snapshot is not None)
        yield _info("jigi_build", "The version of Jigi.", _version())
        yield _histogram("jigi_event_loop_lag_seconds", "How late a short sleep ends.", self._loop_lag)
        if self._rate_limits is not None:
            yield _counter("jigi_rate_limited", "Answers of Discord's that ask to wait.", self._rate_limits.n_answers)
            seconds = self._rate_limits.seconds
            yield _counter("jigi_rate_limit_wait_seconds", "For how long Discord asked to wait.", seconds)
        if self._snapshot is not None:
            yield from _of_judging(self._snapshot)
            yield from _of_outbox(self._snapshot)
            yield from _of_bot(self._snapshot)
            yield from _of_models(self._snapshot)


def _of_judging(snapshot: Snapshot) -> Iterator[Metric]:
    counted, judge = snapshot.watched.jigi.measurements, snapshot.watched.jigi.pipeline.judge
    yield _counter("jigi_messages_seen", "Messages of watched channels taken in.", judge.n_seen)
    yield _counter("jigi_messages_judged", "Verdicts stored.", counted.n_judged)
    yield _counter("jigi_messages_flagged", "Verdicts that flag a message.", counted.n_flagged)
    yield _counter("jigi_messages_set_aside", "Messages that could not be judged.", counted.n_set_aside)
    yield _gauge("jigi_queue_messages", "Messages that wait to be judged.", judge.n_waiting)
    oldest = judge.oldest_waiting
    age = 0.0 if oldest is None else max(0.0, float(ages([oldest])[0]))
    yield _gauge("jigi_queue_oldest_age_seconds", "Since when the oldest that waits is written.", age)
    yield _histogram("jigi_verdict_seconds", "From a message, or its edit, to its stored verdict.", counted.to_verdict)
    yield _histogram("jigi_flag_seconds", "From a message, or its edit, to its flag.", counted.to_flag)


def _of_outbox(snapshot: Snapshot) -> Iterator[Metric]:
    counted = snapshot.watched.jigi.measurements
    actions = CounterMetricFamily("jigi_actions", "Tries of actions.", labels=["lane", "outcome"])
    seconds = HistogramMetricFamily(
        "jigi_action_seconds", "How long a try takes, with the waits for Discord's limits.", labels=["lane"]
    )
    for lane in Lane:
        for outcome in _OUTCOMES:
            actions.add_metric([lane, outcome], counted.actions[lane, outcome])
        took = counted.action_seconds[lane]
        seconds.add_metric([lane], _buckets(took), took.total)
    yield from (actions, seconds)
    if snapshot.backlog is not None:
        yield from _of_backlog(snapshot.backlog)


def _of_backlog(backlog: list[Backlog]) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("jigi_outbox_actions", "Actions not done yet.", labels=["lane", "state"])
    oldest = GaugeMetricFamily("jigi_outbox_oldest_age_seconds", "Age of the oldest of them.", labels=["lane", "state"])
    there = {(each.lane, each.is_put_off): each for each in backlog}
    for lane in Lane:
        for state, is_put_off in (("due", False), ("put_off", True)):
            found = there.get((lane, is_put_off))
            waiting.add_metric([lane, state], found.n if found else 0)
            oldest.add_metric([lane, state], max(0.0, time() - found.oldest.timestamp()) if found else 0.0)
    yield from (waiting, oldest)


def _of_bot(snapshot: Snapshot) -> Iterator[Metric]:
    bot, behind = snapshot.watched.bot, snapshot.watched.moderation.lag()
    ready = GaugeMetricFamily("jigi_ready", "Whether a part that Jigi needs works.", labels=["part"])
    for part, is_ready in snapshot.parts.items():
        ready.add_metric([part], is_ready)
    yield ready
    yield _gauge("jigi_guilds", "Servers that the bot is in.", len(bot.guilds))
    n_shards = len(bot.shards) if isinstance(bot, discord.AutoShardedClient) else 1
    yield _gauge("jigi_shards", "Shards that this process runs.", n_shards)
    latencies = [bot.latency]
    if isinstance(bot, discord.AutoShardedClient):
        latencies = [latency for _, latency in bot.latencies]
    yield _gauge("jigi_gateway_latency_seconds", "The slowest shard's.", max(latencies, default=float("nan")))
    yield _gauge("jigi_catch_up_channels", "Channels whose history is being read.", behind.n_channels)
    yield _gauge("jigi_catch_up_parked_messages", "New messages that wait for it.", behind.n_parked)
    yield _gauge("jigi_catch_up_lag_seconds", "How far back the reading is, at most.", behind.seconds)


def _of_models(snapshot: Snapshot) -> Iterator[Metric]:
    jigi = snapshot.watched.jigi
    yield _info("jigi_model", "What serves where a server has no version of its own.", jigi.models.configured.version)
    yield _gauge("jigi_models_loaded", "Versions of servers in memory.", jigi.models.n_loaded)
    yield _gauge("jigi_trainings_running", "Trainings under way in this process.", jigi.retraining.n_running)
    trainings = CounterMetricFamily("jigi_trainings", "Trainings that have ended.", labels=["outcome"])
    for outcome in _ENDS:
        trainings.add_metric([outcome], jigi.measurements.trainings[outcome])
    yield trainings


def _counter(name: str, documentation: str, value: float) -> Metric:
    return CounterMetricFamily(name, documentation, value=value)


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)


def _info(name: str, documentation: str, version: str) -> Metric:
    info = GaugeMetricFamily(f"{name}_info", documentation, labels=["version"])
    info.add_metric([version], 1)
    return info


def _histogram(name: str, documentation: str, of: Distribution) -> Metric:
    return HistogramMetricFamily(name, documentation, buckets=_buckets(of), sum_value=of.total)


def _buckets(of: Distribution) -> list[tuple[str, float]]:
    return list(zip([*map(str, of.bounds), "+Inf"], map(float, of.cumulative), strict=True))


def _version() -> str:
    try:
        return version("jigi")
    except PackageNotFoundError:
        return "unknown"
