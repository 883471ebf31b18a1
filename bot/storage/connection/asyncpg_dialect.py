"""How SQLAlchemy speaks to PostgreSQL by asyncpg, where it is to be otherwise than usual."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, URL, BindParameter, any_, exc
from sqlalchemy import all_ as every
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.sql.compiler import OPERATORS
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.types import TupleType
from sqlalchemy.util import await_

from bot.storage.connection.errors import DatabaseError, in_one_line

PATH = "postgresql+jigi"
APPLICATION = "jigi"  # as the server calls our connections
_CLOSED_WITHIN = 0.5  # seconds
_IDLE_WITHIN = 30.0  # seconds in which a transaction goes on
_SHARE_OF_LOCK = 0.9  # of the time in which a statement has to be done
_STATEMENTS_KEPT = 300  # prepared, of each connection
_SECONDS = ("timeout", "command_timeout")
_NUMBERS = ("port", "statement_cache_size", "prepared_statement_cache_size")
_WORDS = ("user", "password", "host", "database", "ssl", "passfile", "target_session_attrs")


class Compiler(PGCompiler_asyncpg):
    """Compares with a list by one parameter: `= ANY (array)`.

    `IN` with a parameter for each value is another statement for each length of the list, prepared and planned anew.
    """

    def visit_in_op_binary(self, binary: BinaryExpression[Any], operator: Any, **options: Any) -> str:
        """Say that a value is in a list."""
        if (values := _list_of(binary)) is not None:
            return self.process(binary.left == any_(values), **options)
        return str(self._generate_generic_binary(binary, OPERATORS[operator], **options))

    def visit_not_in_op_binary(self, binary: BinaryExpression[Any], operator: Any, **options: Any) -> str:
        """Say that a value is not in a list."""
        if (values := _list_of(binary)) is not None:
            return f"({self.process(binary.left != every(values), **options)})"
        return super().visit_not_in_op_binary(binary, operator, **options)  # type: ignore[no-any-return, no-untyped-call]


def _list_of(binary: BinaryExpression[Any]) -> BindParameter[Any] | None:
    """Return the list on the right as an array, None where there is a query, or it is of tuples."""
    right = binary.right
    if not isinstance(right, BindParameter) or not right.expanding or isinstance(right.type, TupleType):
        return None
    values = right._clone(maintain_key=True)
    values.expanding, values.type = False, ARRAY(right.type)
    return values


class Dialect(PGDialect_asyncpg):
    """asyncpg's dialect, which waits for no server that hangs."""

    supports_statement_cache = True
    statement_compiler = Compiler

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Ask a connection for an answer, in one message there and one back.

        Raises:
            TimeoutError: There is none.
        """
        driver = dbapi_connection._connection
        if driver.is_closed():
            return False
        try:
            await_(driver.execute("SELECT 1"))
        except TimeoutError:
            driver.terminate()
            raise
        except _failures():
            return False
        return True

    def do_terminate(self, dbapi_connection: Any) -> None:
        """Drop a connection that is of no use any more, without a word to a server that may not listen."""
        dbapi_connection._terminate_force_close()

    def do_close(self, dbapi_connection: Any) -> None:
        """Say goodbye, and do not wait long for an answer."""
        try:
            await_(dbapi_connection._connection.close(timeout=_CLOSED_WITHIN))
        except _failures():
            dbapi_connection._terminate_force_close()


registry.register(PATH.replace("+", "."), __name__, "Dialect")


def options_of(url: URL, patience: float) -> dict[str, Any]:
    """Return what asyncpg is told of a URL; `patience` is for how many seconds it waits unless the URL says.

    Raises:
        DatabaseError: The URL has an option that there is not.
    """
    try:
        options: dict[str, Any] = PGDialect_asyncpg().create_connect_args(url)[1]  # type: ignore[no-untyped-call]
    except (exc.ArgumentError, ValueError):
        raise DatabaseError("wrong_url") from None
    known = {*_SECONDS, *_NUMBERS, *_WORDS}
    for name in options:
        if name not in known:
            raise DatabaseError("wrong_option", name=name, known=", ".join(sorted(known - {"password"})))
    options = dict.fromkeys(_SECONDS, patience) | {"prepared_statement_cache_size": _STATEMENTS_KEPT} | options
    for name, number in (*((name, float) for name in _SECONDS), *((name, int) for name in _NUMBERS)):
        if isinstance(options.get(name), str):
            options[name] = _number(name, options[name], number)
    if isinstance(options.get("host"), list):
        options.setdefault("target_session_attrs", "read-write")  # of several, one may only be read
    return options | {"server_settings": _settings(options["command_timeout"])}


def _number(name: str, value: str, kind: type[float]) -> float:
    try:
        return kind(value)
    except ValueError:
        raise DatabaseError("wrong_number", name=name) from None


def _settings(patience: float) -> dict[str, str]:
    """Return the settings of each connection.

    Who waits for others is to be told so, and not that the server hangs. A process that is stopped in a transaction
    lets the others go on. What is asked here is too small for compiling it to be worth while, and is planned for the
    values it is asked with: a plan for any value may go by no partial index, and one made while a table was empty would
    be kept until somebody analyzes it.
    """
    lock_timeout, idle = f"{patience * _SHARE_OF_LOCK:.3f}s", f"{_IDLE_WITHIN:.0f}s"
    return {
        "application_name": APPLICATION,
        "timezone": "UTC",
        "jit": "off",
        "plan_cache_mode": "force_custom_plan",
        "lock_timeout": lock_timeout,
        "idle_in_transaction_session_timeout": idle,
    }


async def connect(**options: Any) -> Any:
    """Connect by asyncpg.

    Raises:
        DatabaseError: An option has a wrong value, or PostgreSQL refuses us.
        OSError: The server cannot be reached.
    """
    import asyncpg

    try:
        return await asyncpg.connect(**options)
    except asyncpg.PostgresError as error:
        error.detail = None
        raise Refused(error) from error
    except (asyncpg.InterfaceError, ValueError, TypeError) as error:
        if isinstance(error, OSError):
            raise
        raise DatabaseError("not_connected", reason=in_one_line(error)) from error


class Refused(OSError):
    """PostgreSQL does not let us in."""

    def __init__(self, error: Any) -> None:
        super().__init__(in_one_line(error))
        self.sqlstate = error.sqlstate


def _failures() -> tuple[type[Exception], ...]:
    """Return what asyncpg says when a connection does not answer. Imported late: not everybody has it."""
    import asyncpg

    return OSError, asyncpg.PostgresError, asyncpg.InterfaceError
