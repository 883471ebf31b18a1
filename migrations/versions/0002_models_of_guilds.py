"""Guilds' own models and thresholds, what moderators teach and decide, and trainings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_index("ix_verdicts_guild_id_created_at", "verdicts", ["guild_id", "created_at"])
    op.create_table(
        "model_versions",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("parent_id", _ROW_ID),
        sa.Column("parent_name", sa.String(100), nullable=False),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("manifest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("is_forced", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.UniqueConstraint("guild_id", "number", name="uq_model_versions_guild_id_number"),
    )
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("model_version_id", _ROW_ID, sa.ForeignKey("model_versions.id")),
        sa.Column("threshold", sa.Float),
        sa.Column("updated_by", sa.BigInteger, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_table(
        "examples",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_digest", sa.LargeBinary(16), nullable=False),
        sa.Column("label", sa.String(10), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.UniqueConstraint("guild_id", "text_digest", name="uq_examples_guild_id_text_digest"),
    )
    op.create_index("ix_examples_message_id", "examples", ["message_id"])
    op.create_table(
        "decisions",
        sa.Column("verdict_id", _ROW_ID, sa.ForeignKey("verdicts.id"), primary_key=True, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("is_right", sa.Boolean, nullable=False),
        sa.Column("decided_by", sa.BigInteger, nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
    )
    _create_trainings()


def _create_trainings() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("corpus", sa.String(20)),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("is_forced", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text),
        sa.Column("version_id", _ROW_ID),
        sa.Column("requested_by", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("alive_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
    )
    is_running = sa.text("state = 'running'")
    op.create_index(
        "uq_trainings_running", "trainings", ["guild_id"], unique=True,
        sqlite_where=is_running, postgresql_where=is_running,
    )  # fmt: skip
