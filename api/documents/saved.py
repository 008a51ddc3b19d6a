"""A plan in a folder: written whole or not at all, and checked from the folder alone."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from api.documents.records import Plain, from_plain, to_plain
from api.plan_result import ClosedStretch, Origin, PlanResult
from relief.errors import Fault, InvalidInput
from relief.plan.certificate import Certificate
from relief.plan.dispatch_plan import DispatchPlan
from relief.plan.orders import Order
from relief.plan.policy import PlanningPolicy
from relief.plan.situation import Situation
from relief.plan.travel import RoadPath
from relief.plan.verify import verify
from relief.sentences import say

R = TypeVar("R")

SCHEMA = 3
"""Raised when a reader of the older files would misread the newer ones."""

PLAN = "plan.json"
SITUATION = "situation.json.gz"
CERTIFICATE = "certificate.json"
READABLE_AGAIN = (PLAN, SITUATION, CERTIFICATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """The content of `PLAN`.

    Parameters
    ----------
    schema
        `SCHEMA`.
    plan, origin
        The plan, and how it came to be.
    policy, orders
        Those of the situation, to be read beside the plan.
    """

    schema: int
    plan: DispatchPlan
    origin: Origin
    policy: PlanningPolicy
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SituationFile:
    """The content of `SITUATION`."""

    schema: int
    situation: Situation
    paths: tuple[RoadPath, ...]
    closed: tuple[ClosedStretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """The SHA-256 digest of a file."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFile:
    """The content of `CERTIFICATE`.

    Parameters
    ----------
    schema
        `SCHEMA`.
    plan_id
        Of the plan.
    holds
        Whether the plan keeps every rule.
    certificate
        The verifier's answer.
    files
        The other papers of the folder.
    seal
        SHA-256 of all the rest of this file. It shows a slip or a careless change; it is no
        signature, because whoever makes everything anew can make it anew, too.
    """

    schema: int
    plan_id: str
    holds: bool
    certificate: Certificate
    files: tuple[FileDigest, ...]
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCheck:
    """What checking a folder found.

    Parameters
    ----------
    result
        The plan as it was read; None where it cannot be read any more.
    certificate
        The verifier's answer, worked out anew; None where the plan cannot be read.
    changed
        Every file that is not as it was certified, and how that shows.
    num_files
        How many files were compared.
    """

    result: PlanResult | None
    certificate: Certificate | None
    changed: tuple[Fault, ...]
    num_files: int

    @property
    def holds(self) -> bool:
        """Whether nothing was changed and the plan keeps every rule."""
        return not self.changed and self.certificate is not None and self.certificate.holds


def to_json(plain: Plain) -> bytes:
    """Return a plain value as the bytes of a JSON file, the same on every machine."""
    return (json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def plan_files(result: PlanResult) -> dict[str, bytes]:
    """Return the files from which a plan can be read again, the certificate left out."""
    plan = PlanFile(
        schema=SCHEMA,
        plan=result.plan,
        origin=result.origin,
        policy=result.situation.policy,
        orders=result.situation.orders,
    )
    situation = SituationFile(
        schema=SCHEMA, situation=result.situation, paths=result.paths, closed=result.closed
    )
    plain = json.dumps(to_plain(situation), ensure_ascii=False, allow_nan=False)
    return {
        PLAN: to_json(to_plain(plan)),
        # No time stamp inside: the same situation gives the same bytes.
        SITUATION: gzip.compress(plain.encode(), compresslevel=6, mtime=0),
    }


def certificate_file(plan: DispatchPlan, papers: Mapping[str, bytes]) -> bytes:
    """Return the certificate over a plan and the papers of its folder.

    Raises
    ------
    ValueError
        If the plan has no certificate.
    """
    if plan.certificate is None:
        msg = f"Plan {plan.plan_id} is not certified."
        raise ValueError(msg)
    unsealed = CertificateFile(
        schema=SCHEMA,
        plan_id=plan.plan_id,
        holds=plan.certificate.holds,
        certificate=plan.certificate,
        files=tuple(
            FileDigest(name=name, sha256=_digest(content))
            for name, content in sorted(papers.items())
        ),
        seal="",
    )
    plain = to_plain(unsealed)
    return to_json({**plain, "seal": _seal(plain)})


def read_plan(folder: Path) -> PlanResult:
    """Read a plan back from its folder.

    Raises
    ------
    InvalidInput
        If the folder holds no plan, or its files do not fit together; every misfit is listed.
    """
    return result_of(
        plan_file=_read_record(PlanFile, folder / PLAN, _content(folder, PLAN)),
        situation_file=_read_record(SituationFile, folder / SITUATION, _content(folder, SITUATION)),
    )


def result_of(*, plan_file: PlanFile, situation_file: SituationFile) -> PlanResult:
    """Put the two files of a plan together again."""
    return PlanResult(
        plan=plan_file.plan,
        situation=situation_file.situation,
        paths=situation_file.paths,
        closed=situation_file.closed,
        origin=plan_file.origin,
    )


def check_folder(folder: Path) -> FolderCheck:
    """Check a plan from its folder alone: every file, every rule, every number.

    Raises
    ------
    InvalidInput
        If the folder is none, or never held a plan with its certificate.
    """
    content = {name: _content(folder, name) for name in READABLE_AGAIN}
    changed: list[Fault] = []
    try:
        certified = _read_record(CertificateFile, folder / CERTIFICATE, content[CERTIFICATE])
    except InvalidInput as error:
        certified = None
        changed.extend(error.faults)
    if certified is not None:
        changed.extend(_seal_faults(certified, folder))
        changed.extend(_file_faults(certified, folder))
    result = None
    again = None
    try:
        result = read_plan(folder)
        again = verify(result.plan, result.situation, result.paths)
    except InvalidInput as error:
        changed.extend(error.faults)
    if certified is not None and again is not None and result is not None:
        stored = {CERTIFICATE: certified.certificate, PLAN: result.plan.certificate}
        for name, certificate in stored.items():
            if certificate != again:
                changed.append(
                    Fault(
                        where=str(folder / name),
                        field="certificate",
                        what=say("The certificate is not the one that this plan earns."),
                    )
                )
    return FolderCheck(
        result=result,
        certificate=again,
        changed=tuple(changed),
        num_files=len(certified.files) + 1 if certified is not None else 0,
    )


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise InvalidInput(
            Fault(
                where=str(folder),
                field=name,
                what=say("No plan is kept here: {why}.", why=error.strerror or str(error)),
                allowed="a folder that `relief plan` has written",
                remedy=say("Name the folder that was given with --out."),
            )
        ) from error


def _read_record(kind: type[R], path: Path, content: bytes) -> R:
    try:
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        plain = json.loads(text)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise InvalidInput(
            Fault(where=str(path), what=say("The file cannot be read: {why}.", why=str(error)))
        ) from error
    if isinstance(plain, dict) and plain.get("schema") != SCHEMA:
        raise InvalidInput(
            Fault(
                where=str(path),
                field="schema",
                value=str(plain.get("schema")),
                what=say("Written by another version of the program."),
                allowed=str(SCHEMA),
                remedy=say("Plan again with this version."),
            )
        )
    return from_plain(kind, plain, where=str(path))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _seal(plain: Plain) -> str:
    rest = {key: value for key, value in plain.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return _digest(text.encode())


def _seal_faults(certified: CertificateFile, folder: Path) -> list[Fault]:
    if certified.seal == _seal(to_plain(certified)):
        return []
    return [
        Fault(
            where=str(folder / CERTIFICATE),
            field="seal",
            value=certified.seal,
            what=say("The certificate was changed after it was sealed."),
        )
    ]


def _file_faults(certified: CertificateFile, folder: Path) -> list[Fault]:
    faults = []
    for file in certified.files:
        try:
            found = _digest((folder / file.name).read_bytes())
        except OSError as error:
            why = error.strerror or str(error)
            what = say("The file is gone: {why}.", why=why)
            faults.append(Fault(where=str(folder / file.name), what=what))
            continue
        if found != file.sha256:
            faults.append(
                Fault(
                    where=str(folder / file.name),
                    field="sha256",
                    value=found,
                    what=say("The file was changed after it was certified."),
                    allowed=file.sha256,
                )
            )
    return faults
