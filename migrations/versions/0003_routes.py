"""Each action knows its route, when it is due, how often it was tried, and what an alert shows; no digest is idle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IS_PENDING = sa.text("state = 'pending'")

_LANES = """
    UPDATE actions SET
        lane = CASE kind WHEN 'alert' THEN 'alerts' WHEN 'close_alert' THEN 'changes' ELSE 'marks' END,
        place = CASE kind
            WHEN 'alert' THEN coalesce((SELECT guild_id FROM verdicts WHERE verdicts.id = actions.verdict_id), 0)
            WHEN 'close_alert' THEN coalesce(alert_channel_id, 0)
            ELSE (SELECT channel_id FROM verdicts WHERE verdicts.id = actions.verdict_id)
        END
"""
_FORGET = sa.text("UPDATE verdicts SET content_digest = :nothing WHERE text IS NULL").bindparams(
    sa.bindparam("nothing", b"", sa.LargeBinary)
)  # it would confirm a guess of the text


def upgrade() -> None:
    """Add the columns, and say of the actions that are there where they go."""
    op.add_column("actions", sa.Column("lane", sa.String(20), nullable=False, server_default="marks"))
    op.add_column("actions", sa.Column("place", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("actions", sa.Column("due_at", sa.DateTime(timezone=True)))
    op.add_column("actions", sa.Column("n_tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("actions", sa.Column("shown_verdict_id", _ROW_ID))
    op.execute(_LANES)
    op.execute(_FORGET)
    op.drop_index("ix_actions_pending", "actions")
    op.create_index(
        "ix_actions_pending",
        "actions",
        ["lane", "place", "id"],
        sqlite_where=_IS_PENDING,
        postgresql_where=_IS_PENDING,
    )
