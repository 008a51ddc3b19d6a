"""Reading TOML files that come with the program or from its users."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path

from relief.errors import Fault, InvalidInput
from relief.sentences import say


def read_toml(path: Traversable | Path) -> tuple[str, Mapping[str, object]]:
    """Return a TOML file's text and its content, numbers with a point as `Decimal`.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or is not TOML; the fault names line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        what = say("The file cannot be read: {why}.", why=error.strerror or str(error))
        raise InvalidInput(Fault(where=str(path), what=what)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault(
            where=path.name,
            value=str(error),
            what=say("The file is not TOML."),
            remedy=say("Correct the file at the place named."),
        )
        raise InvalidInput(fault) from error
