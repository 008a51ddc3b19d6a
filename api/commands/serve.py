"""``relief serve``: the HTTP service on this machine."""

import socket
from typing import Annotated

import typer
import uvicorn

from api.app import create_app, is_loopback
from api.commands.options import Lang, terminal_for
from api.settings import read_settings
from relief.errors import Fault, InvalidInput
from relief.sentences import say
from relief.store.session import open_database

DEFAULT_PORT = 8420
HIGHEST_PORT = 65_535


def serve(
    *,
    host: Annotated[
        str,
        typer.Option("--host", help="Address to listen on; of this machine only. / 监听地址。"),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", help="Port; 0 takes a free one. / 端口，0 为自动选择。")
    ] = DEFAULT_PORT,
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            help="An SQLite file or a SQLAlchemy URL; by default relief.sqlite3 in the working "
            "directory. / 数据库文件或地址。",
            metavar="FILE|URL",
        ),
    ] = None,
    lang: Lang = None,
) -> None:
    """Serve reports and plans over HTTP on this machine.

    在本机提供 HTTP 服务：接收报告，制定计划。在有账户之前，只在本机回环地址上监听。

    The interface describes itself at /docs and /openapi.json.

    Examples / 示例：

      relief serve

      relief serve --port 8500 --database /var/lib/relief/relief.sqlite3
    """
    terminal = terminal_for(lang)
    listening = _listen(host, port)
    with listening:
        opened = open_database(database or read_settings().database)
        app = create_app(opened, shown=terminal.language)
        address, chosen = listening.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        url = f"http://{shown}:{chosen}"
        terminal.line(terminal.language.tell(say("Serving at {url}, see {url}/docs.", url=url)))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        server.run(sockets=[listening])
        opened.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on this machine.

    Raises
    ------
    InvalidInput
        If the address is not of this machine alone, or the port cannot be had.
    """
    if not is_loopback(host):
        raise InvalidInput(
            Fault(
                where="--host",
                value=host,
                what=say("The service has no accounts yet, so it serves this machine only."),
                allowed="127.0.0.1, ::1, localhost",
            )
        )
    if not 0 <= port <= HIGHEST_PORT:
        raise InvalidInput(
            Fault(
                where="--port",
                value=str(port),
                what=say("There is no such port."),
                allowed=f"0 to {HIGHEST_PORT}",
            )
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
    except OSError as error:
        listening.close()
        raise InvalidInput(
            Fault(
                where="--port",
                value=str(port),
                what=say(
                    "The port cannot be had: {why}.", why=error.strerror or type(error).__name__
                ),
                remedy=say("Choose another, or 0 for a free one."),
            )
        ) from error
    return listening
