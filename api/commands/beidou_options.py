"""Options and openings that the BeiDou commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.beidou.desk import BeidouDesk
from api.settings import read_settings
from geodata.gazetteer import load_gazetteer
from relief.errors import Fault, InvalidInput
from relief.places import Point
from relief.sentences import say
from relief.store.session import open_database

DatabaseName = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="An SQLite file or a SQLAlchemy URL; by default relief.sqlite3 in the working "
        "directory. / 数据库文件或地址。",
        metavar="FILE|URL",
    ),
]
PersonName = Annotated[
    str, typer.Option("--by", help="Your name, for the record. / 经办人。", metavar="NAME")
]
Why = Annotated[
    str, typer.Option("--because", help="Why, for the record. / 理由。", metavar="TEXT")
]


def database_name(given: str | None) -> str:
    """Return the database that is meant."""
    return given or read_settings().database


@contextmanager
def open_desk(database: str | None, *, answers: bool = True) -> Iterator[BeidouDesk]:
    """Open the desk of the gateway for as long as the block runs."""
    opened = open_database(database_name(database))
    try:
        yield BeidouDesk(opened, load_gazetteer(), answers=answers)
    finally:
        opened.close()


def now() -> datetime:
    """Return the instant."""
    return datetime.now(UTC)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    InvalidInput
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            Fault(
                where=str(path),
                what=say("The file cannot be read: {why}.", why=error.strerror or str(error)),
            )
        ) from error


def parse_point(text: str, option: str) -> Point:
    """Read a point written as longitude and latitude.

    Raises
    ------
    InvalidInput
        If it is none.

    Examples
    --------
    >>> parse_point("114.3,30.6", "--point")
    Point(lon_deg=114.3, lat_deg=30.6)
    """
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(_no_point(text, option)) from error
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - degrees on the earth
        raise InvalidInput(_no_point(text, option))
    return Point(lon_deg=lon, lat_deg=lat)


def _no_point(text: str, option: str) -> Fault:
    return Fault(
        where=option,
        value=text,
        what=say("There is no such point on the earth."),
        allowed="LON,LAT, for example 114.3,30.6",
    )
