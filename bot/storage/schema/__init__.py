"""The tables, as SQLAlchemy Core sees them. `migrations` builds them, the stores beside this folder use them.

Ids of messages, channels, guilds and authors are Discord's. Times are UTC.
"""

from bot.storage.schema.cases import case_acts, cases, decisions
from bot.storage.schema.columns import NO_DIGEST, UtcDateTime, metadata
from bot.storage.schema.guilds import digests, guilds, setting_changes, settings
from bot.storage.schema.history import scanned_messages, scans
from bot.storage.schema.learning import examples, model_versions, trainings
from bot.storage.schema.members import appeals
from bot.storage.schema.messages import actions, channels, claims, verdicts
from bot.storage.schema.sealed import Sealed, storable
from bot.storage.schema.shards import identify_turns, shard_leases
from bot.storage.schema.stays import log_troubles, stays

__all__ = [
    "NO_DIGEST",
    "Sealed",
    "UtcDateTime",
    "actions",
    "appeals",
    "case_acts",
    "cases",
    "channels",
    "claims",
    "decisions",
    "digests",
    "examples",
    "guilds",
    "identify_turns",
    "log_troubles",
    "metadata",
    "model_versions",
    "scanned_messages",
    "scans",
    "setting_changes",
    "settings",
    "shard_leases",
    "stays",
    "storable",
    "trainings",
    "verdicts",
]
