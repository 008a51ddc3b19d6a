"""A database opens with the tables of the newest migration, or says why it does not."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select

from relief.errors import InvalidInput
from relief.store.session import open_database
from relief.store.tables import METADATA, RECEIVED
from tests.situations import START_AT


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "kept.sqlite3"))
    with database.transaction() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
    database.close()


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    for _ in range(2):
        database = open_database(str(tmp_path / "kept.sqlite3"))
        with database.transaction() as connection:
            connection.execute(insert(RECEIVED).values(received_at=START_AT, content=b"x"))
        database.close()
    database = open_database(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    with database.transaction() as connection:
        kept = connection.execute(select(RECEIVED.c.content)).scalars().all()
    database.close()
    assert kept == [b"x", b"x"]


def test_a_transaction_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "kept.sqlite3"))

    def write_and_break() -> None:
        with database.transaction() as connection:
            connection.execute(insert(RECEIVED).values(received_at=START_AT, content=b"x"))
            msg = "power cut"
            raise KeyboardInterrupt(msg)

    with pytest.raises(KeyboardInterrupt, match="power cut"):
        write_and_break()
    with database.transaction() as connection:
        assert connection.execute(select(RECEIVED)).all() == []
    database.close()


def test_commits_are_on_the_disk(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "kept.sqlite3"))
    with database.transaction() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "journal_mode", "foreign_keys")
        }
    database.close()
    assert pragmas == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear depot keeper, " * 100)
    with pytest.raises(InvalidInput, match="file is not a database"):
        open_database(str(path))
    assert path.read_text() == "Dear depot keeper, " * 100


@pytest.mark.parametrize(
    ("database", "why"),
    [
        ("nowhere/at/all.sqlite3", "unable to open database file"),
        ("neverheardof://host/name", "Can't load plugin"),
        ("://", "Could not parse"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_the_reason(database: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        open_database(database)
    (fault,) = caught.value.faults
    assert fault.value == database
    assert fault.remedy is not None


def test_instants_come_back_aware(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "kept.sqlite3"))
    with database.transaction() as connection:
        connection.execute(insert(RECEIVED).values(received_at=START_AT, content=b""))
        (at,) = connection.execute(select(RECEIVED.c.received_at)).scalars()
    assert at == START_AT
    with sqlite3.connect(tmp_path / "kept.sqlite3") as raw:
        ((text,),) = raw.execute("SELECT received_at FROM received").fetchall()
    raw.close()
    assert text.startswith("2026-07-01 00:00:00")
    database.close()
