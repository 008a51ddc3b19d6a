"""The folder that a plan is left in: complete or not there at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from relief.errors import Fault, InvalidInput
from relief.sentences import Sentence, say

PAPERS = (
    "plan.json",
    "situation.json.gz",
    "certificate.json",
    "plan.geojson",
    "waybills.xlsx",
    "loading.html",
    "summary.md",
    "map.png",
)
"""Every file that a plan's folder holds."""
MARK = "certificate.json"
"""The file without which a folder is no plan of ours."""


def check_target(folder: Path, names: Sequence[str] = PAPERS, mark: str = MARK) -> None:
    """Make sure that papers can be left in a folder, before any work is done for them.

    Parameters
    ----------
    folder
        Where to.
    names
        Every file that such a folder may hold.
    mark
        Of these, the one that shows that this program left the others there.

    Raises
    ------
    InvalidInput
        If it is a file, holds anything but an earlier answer, is the working directory, or cannot
        be made.
    """
    target = folder.resolve()
    if target.exists() and not target.is_dir():
        raise _refused(folder, say("This is a file."), say("Name a folder."))
    if target == Path.cwd() or target in Path.cwd().parents:
        raise _refused(
            folder,
            say("The working directory or a folder above it cannot be replaced."),
            say("Name a folder of its own."),
        )
    foreign = _foreign(target, names, mark)
    if foreign:
        raise _refused(
            folder,
            say(
                "The folder holds other things than an earlier answer: {names}.",
                names=", ".join(foreign),
            ),
            say("Name a new folder, or one with an earlier answer."),
        )
    existing = next(parent for parent in (target.parent, *target.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise _refused(
            folder, say("The folder cannot be made."), say("Name a folder that can be written.")
        )


def _foreign(target: Path, names: Sequence[str], mark: str) -> list[str]:
    if not target.is_dir():
        return []
    found = sorted(entry.name for entry in target.iterdir())
    others = [name for name in found if name not in names]
    if others:
        return others[:5]
    # Files of the right names without their mark were never left here by this program.
    return [] if not found or mark in found else found[:5]


def _refused(folder: Path, what: Sentence, remedy: Sentence) -> InvalidInput:
    return InvalidInput(
        Fault(
            where="--out",
            value=str(folder),
            what=what,
            allowed="a new or empty folder, or one with an earlier answer",
            remedy=remedy,
        )
    )


def write_folder(
    folder: Path,
    papers: Mapping[str, bytes],
    mark: str = MARK,
    names: Sequence[str] = PAPERS,
) -> None:
    """Leave papers in a folder; an earlier answer there is replaced as a whole.

    The papers are written beside the folder and take its place when all are complete, so that
    nobody ever finds half a plan.

    Parameters
    ----------
    folder
        Where to. Its parents are made.
    papers
        Content under the names of the files.
    mark, names
        As in `check_target`; files of `papers` may be there in any case.

    Raises
    ------
    InvalidInput
        As `check_target`, or if the folder cannot be made or filled.
    """
    check_target(folder, (*names, *papers), mark)
    target = folder.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        _fill(target, beside, papers)
    except OSError as error:
        raise _refused(
            folder,
            say("The folder cannot be written: {why}.", why=error.strerror or str(error)),
            say("Name a folder that can be written."),
        ) from error


def _fill(target: Path, beside: Path, papers: Mapping[str, bytes]) -> None:
    try:
        new, old = beside / "new", beside / "old"
        new.mkdir()
        for name, content in papers.items():
            (new / name).write_bytes(content)
        if target.exists():
            target.rename(old)
        new.rename(target)
    finally:
        if not target.exists() and (beside / "old").exists():
            (beside / "old").rename(target)
        shutil.rmtree(beside)
