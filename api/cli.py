"""The command line: one command, ``relief``, with sub-commands."""

import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise

import typer

from api.language import language
from api.settings import LanguageCode, Settings, read_settings
from api.terminal import Terminal
from relief.errors import InvalidInput, ReliefError, Stopped
from relief.sentences import say

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130
TERMINATED = 143

COMMANDS: Mapping[str, str] = {
    "plan": "api.commands.plan",
    "replan": "api.commands.replan",
    "simulate": "api.commands.simulate",
    "verify": "api.commands.verify",
    "assess": "api.commands.assess",
    "levels": "api.commands.levels",
    "events": "api.commands.events",
    "policy": "api.commands.policy",
    "explain": "api.commands.explain",
    "serve": "api.commands.serve",
    "whatif": "api.commands.whatif",
    "reserve": "api.commands.reserve",
    "beidou": "api.commands.beidou",
    "roads": "api.commands.roads",
    "route": "api.commands.route",
    "source": "api.commands.source",
    "robust": "api.commands.robust",
}
"""The module of each command; it holds a function or a group of commands of the same name."""


def build_app(names: Sequence[str] = tuple(COMMANDS)) -> typer.Typer:
    """Return the command line with some commands, by default all.

    Each module is imported only when its command is wanted, because the solvers and the map take
    seconds to load and a check of a plan needs neither.
    """
    app = typer.Typer(
        name="relief",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Plan the dispatch of relief goods in Hubei: BeiDou reports in, verified plans out."
        "\n\n湖北救灾物资调运：输入北斗灾情报告，输出经过验证的调运计划。",
        epilog="First try / 先试： relief plan 2021-liulin  ·  relief verify out/2021-liulin",
    )
    # With a callback a single command keeps its name.
    app.callback()(lambda: None)
    for name in names:
        command = getattr(import_module(COMMANDS[name]), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Run the command line and turn what goes wrong into words and an exit status.

    Bad input ends with status 2, a plan that breaks rules or work that failed with 1, Ctrl-C with
    130, a request to end with 143.
    """
    settings = read_settings()
    terminal = Terminal(language(_asked_language(sys.argv[1:]) or settings.language))
    _log(settings)
    # Asked to end, we end like after Ctrl-C: solvers are stopped and nothing half done is left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        build_app(_wanted(sys.argv[1:]))()
    except InvalidInput as error:
        terminal.faults(error.faults)
        sys.exit(BAD_INPUT)
    except (Stopped, KeyboardInterrupt):
        terminal.trouble(terminal.language.tell(say("Stopped; nothing was written.")))
        sys.exit(INTERRUPTED)
    except ReliefError as error:
        terminal.trouble(str(error))
        sys.exit(FAILED)


def _wanted(arguments: list[str]) -> tuple[str, ...]:
    """Return the command that is asked for, or all where help about them is wanted."""
    return (arguments[0],) if arguments[:1] and arguments[0] in COMMANDS else tuple(COMMANDS)


def _log(settings: Settings) -> None:
    shown = logging.StreamHandler()
    # A rejected plan is logged whole, which is more than a terminal can bear.
    shown.setFormatter(logging.Formatter("%(name)s: %(message).2000s"))
    handlers: list[logging.Handler] = [shown]
    if settings.log_file:
        handlers.append(logging.FileHandler(settings.log_file, encoding="utf-8"))
    logging.basicConfig(
        level=settings.log_level, handlers=handlers, format="%(asctime)s %(name)s: %(message)s"
    )


def _asked_language(arguments: list[str]) -> LanguageCode | None:
    """Return the language that the command line asks for, before any command reads it."""
    for argument, following in pairwise([*arguments, ""]):
        asked = following if argument == "--lang" else argument.removeprefix("--lang=")
        if argument.startswith("--lang") and asked in ("zh", "en"):
            return "zh" if asked == "zh" else "en"
    return None


if __name__ == "__main__":
    main()
