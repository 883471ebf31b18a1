"""A case for each flagged message of a guild, and what was done about it; those of before are numbered by their age."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_HAS_AUTHOR = sa.text("author_id IS NOT NULL")
_IS_BEGUN = sa.text("NOT is_done")

_CASES = """
    INSERT INTO cases (guild_id, number, message_id, channel_id, author_id, state, ended, created_at)
    SELECT newest.guild_id, row_number() OVER (PARTITION BY newest.guild_id ORDER BY newest.id), newest.message_id,
        newest.channel_id, newest.author_id,
        CASE WHEN decisions.is_right THEN 'right' WHEN NOT decisions.is_right THEN 'false_alarm'
            WHEN newest.text IS NULL THEN 'closed' ELSE 'open' END,
        CASE WHEN newest.text IS NULL AND decisions.is_right IS NULL THEN 'expired' END,
        newest.created_at
    FROM verdicts AS newest LEFT JOIN decisions ON decisions.verdict_id = newest.id
    WHERE newest.is_flagged AND newest.guild_id IS NOT NULL AND newest.revision = (
        SELECT max(revision) FROM verdicts WHERE verdicts.message_id = newest.message_id
    )
"""
_CLOSINGS = """
    UPDATE cases SET ended = (
        SELECT max(detail) FROM actions JOIN verdicts ON verdicts.id = actions.verdict_id
        WHERE verdicts.message_id = cases.message_id AND actions.kind = 'close_alert' AND detail <> 'edited'
    ) WHERE EXISTS (
        SELECT 1 FROM actions JOIN verdicts ON verdicts.id = actions.verdict_id
        WHERE verdicts.message_id = cases.message_id AND actions.kind = 'close_alert' AND detail <> 'edited'
    )
"""
_DECISIONS = """
    INSERT INTO case_acts (case_id, kind, "by", "at", is_done)
    SELECT cases.id, CASE WHEN decisions.is_right THEN 'right' ELSE 'false_alarm' END, decisions.decided_by,
        decisions.decided_at, 1 = 1
    FROM decisions JOIN verdicts ON verdicts.id = decisions.verdict_id
    JOIN cases ON cases.message_id = verdicts.message_id
    ORDER BY decisions.decided_at
"""


def upgrade() -> None:
    """Add the tables, and open a case for every flagged message that is there."""
    op.create_table(
        "cases",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False, unique=True),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("ended", sa.String(20)),
        sa.Column("folded_into", sa.Integer),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("guild_id", "number", name="uq_cases_guild_id_number"),
    )
    for name, columns in (
        ("state", ["guild_id", "state", "number"]),
        ("channel", ["guild_id", "channel_id", "number"]),
        ("author", ["guild_id", "author_id", "number"]),
        ("folded_into", ["guild_id", "folded_into"]),
    ):
        op.create_index(f"ix_cases_{name}", "cases", columns)
    op.create_index(
        "ix_cases_with_author", "cases", ["created_at"], sqlite_where=_HAS_AUTHOR, postgresql_where=_HAS_AUTHOR
    )
    op.create_table(
        "case_acts",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("case_id", _ROW_ID, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("by", sa.BigInteger),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("minutes", sa.Integer),
        sa.Column("is_done", sa.Boolean, nullable=False),
    )
    op.create_index("ix_case_acts_case_id", "case_acts", ["case_id"])
    op.create_index("ix_case_acts_by", "case_acts", ["by", "case_id"])
    op.create_index("ix_case_acts_begun", "case_acts", ["id"], sqlite_where=_IS_BEGUN, postgresql_where=_IS_BEGUN)
    op.execute(_CASES)
    op.execute(_CLOSINGS)
    op.execute(_DECISIONS)


def downgrade() -> None:
    """Drop the cases and what was done about them; the decisions stand in a table of their own."""
    op.drop_table("case_acts")
    op.drop_table("cases")
