"""Opening a database: the connection, its settings, and the migrations."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say

BUSY_WAIT_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open database whose tables are those of the newest migration.

    Parameters
    ----------
    engine
        The connections.
    """

    engine: Engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Do everything inside or nothing; what is done is on the disk when the block ends."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give up all connections."""
        self.engine.dispose()


def open_database(database: str) -> Database:
    """Open a database, making or renewing its tables.

    Parameters
    ----------
    database
        A SQLAlchemy URL, or the name of an SQLite file, which is made where it does not exist.

    Raises
    ------
    InvalidInput
        If the URL is none, its driver is not installed, the file cannot be opened or is no
        database.
    """
    url = _url(database)
    try:
        engine = create_engine(url)
    except (ModuleNotFoundError, ArgumentError) as error:
        raise InvalidInput(
            _fault(database, str(error), say("Install the driver or name an SQLite file."))
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    try:
        _migrate(engine)
    except (OperationalError, DatabaseError) as error:
        engine.dispose()
        raise InvalidInput(
            _fault(database, str(error.orig), say("Name a file in a folder that can be written."))
        ) from error
    return Database(engine=engine)


def _url(database: str) -> URL:
    if "://" not in database:
        return URL.create("sqlite", database=str(Path(database)))
    try:
        return make_url(database)
    except ArgumentError as error:
        raise InvalidInput(
            _fault(database, str(error), say("Write dialect://user@host/name."))
        ) from error


def _fault(database: str, why: str, remedy: Sentence) -> Fault:
    return Fault(
        where="--database",
        value=database,
        what=say("The database cannot be opened: {why}.", why=why),
        allowed="the name of an SQLite file, or a SQLAlchemy URL",
        remedy=remedy,
    )


def _set_sqlite(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    del entry
    # The driver's own guesses about when a transaction begins leave migrations half done; we say
    # BEGIN ourselves (see `_begin_immediate`).
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: what is committed is on the disk, also after a power cut.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_WAIT_S * 1000}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and writes later would otherwise fail when another writes in
    # between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    import_module("relief.store.migrations")
    with as_file(files("relief.store") / "migrations") as folder, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
