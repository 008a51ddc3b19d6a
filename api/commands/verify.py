"""``relief verify``: check a plan from its folder alone."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Json, Lang, terminal_for
from api.documents.records import Plain
from api.documents.saved import FolderCheck, check_folder
from api.terminal import Terminal
from relief.sentences import say

BROKEN = 1


def verify(
    plan_dir: Annotated[
        Path,
        typer.Argument(help="A folder that `relief plan` has written. / 计划目录。"),
    ],
    *,
    as_json: Json = False,
    lang: Lang = None,
) -> None:
    """Check a plan from its folder alone: every file, every rule, every number.

    只凭计划目录重新验证：文件是否被改动，计划是否守住每条规则。

    Ends with status 0 if everything holds, 1 if a file was changed or a rule is broken, 2 if the
    folder holds no plan.

    Example / 示例：

      relief verify out/2016-meiyu
    """
    terminal = terminal_for(lang)
    check = check_folder(plan_dir)
    if as_json:
        terminal.raw(json.dumps(_record(check), ensure_ascii=False, indent=1) + "\n")
    else:
        _show(check, terminal)
    if not check.holds:
        raise typer.Exit(BROKEN)


def _show(check: FolderCheck, terminal: Terminal) -> None:
    tell = terminal.language.tell
    terminal.faults(check.changed)
    certificate = check.certificate
    if certificate is None:
        terminal.line(tell(say("The plan cannot be read, so its rules cannot be checked.")))
        return
    for violation in certificate.violations:
        terminal.line(f"{violation.rule.value}: {tell(violation.sentence)}")
    checks = ", ".join(f"{rule.value} {num:,}" for rule, num in certificate.checks)
    terminal.line(tell(say("Comparisons: {checks}.", checks=checks)))
    if check.result is not None:
        terminal.line(
            tell(
                say(
                    "Plan {plan}, digest {digest}.",
                    plan=check.result.plan.plan_id,
                    digest=certificate.plan_digest,
                )
            )
        )
    if check.holds:
        terminal.line(
            tell(
                say(
                    "The plan holds: {checks} comparisons, no violation; {files} files as "
                    "certified.",
                    checks=terminal.language.number(sum(num for _, num in certificate.checks)),
                    files=check.num_files,
                )
            )
        )
    else:
        terminal.line(
            tell(
                say(
                    "The plan does not hold: {violations} violations, {changed} changes.",
                    violations=len(certificate.violations),
                    changed=len(check.changed),
                )
            )
        )


def _record(check: FolderCheck) -> Plain:
    certificate = check.certificate
    return {
        "holds": check.holds,
        "plan_id": None if check.result is None else check.result.plan.plan_id,
        "plan_digest": None if certificate is None else certificate.plan_digest,
        "checks": {}
        if certificate is None
        else {rule.value: num for rule, num in certificate.checks},
        "violations": []
        if certificate is None
        else [
            {
                "rule": violation.rule.value,
                "subject": violation.subject,
                "found": violation.found,
                "limit": violation.limit,
                "unit": violation.unit,
                "sentence": str(violation.sentence),
            }
            for violation in certificate.violations
        ],
        "changed": [str(fault) for fault in check.changed],
        "num_files": check.num_files,
    }
