"""Alembic's environment: runs the migrations on the connection that `migrations.migrate` hands over.

Its caller has opened the transaction and ends it, so that a migration that fails takes back all of it: SQLite's
DDL is transactional once the driver no longer commits by itself (`bot.storage.connection.engine` sees to that).
"""

from __future__ import annotations

from alembic import context

from bot.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a column; Alembic then copies the table
    transactional_ddl=True,
)
context.run_migrations()
