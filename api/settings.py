"""Settings: the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LanguageCode = Literal["zh", "en"]

DEFAULT_DATABASE = "relief.sqlite3"
"""The file, in the working directory, in which the service keeps what it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the surroundings say, where the command line says nothing.

    Parameters
    ----------
    language
        From ``RELIEF_LANG``, else from the locale (``LC_ALL``, ``LC_MESSAGES``, ``LANG``): Chinese
        where it begins with ``zh``, English otherwise.
    database
        From ``RELIEF_DATABASE``: a SQLAlchemy URL or the name of an SQLite file.
    log_level
        From ``RELIEF_LOG``: a level of `logging`.
    log_file
        From ``RELIEF_LOG_FILE``: where the log goes in full; empty for nowhere. The terminal
        shows only the beginning of long entries.
    """

    language: LanguageCode = "en"
    database: str = DEFAULT_DATABASE
    log_level: str = "WARNING"
    log_file: str = ""


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Examples
    --------
    >>> read_settings({"LANG": "zh_CN.UTF-8"}).language
    'zh'
    >>> read_settings({"LANG": "zh_CN.UTF-8", "RELIEF_LANG": "en"}).language
    'en'
    """
    return Settings(
        language=_language(environment),
        database=environment.get("RELIEF_DATABASE") or DEFAULT_DATABASE,
        log_level=(environment.get("RELIEF_LOG") or "WARNING").upper(),
        log_file=environment.get("RELIEF_LOG_FILE") or "",
    )


def _language(environment: Mapping[str, str]) -> LanguageCode:
    # The first variable that is set decides, as POSIX has it for the locale.
    for name in ("RELIEF_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
