"""Lines to BeiDou terminals: a serial port, a TCP connection, a file.

A line is opened again and again until the program ends: a reader that is unplugged comes back when
it is plugged in.
"""

import errno
import socket
from importlib import import_module
from pathlib import Path
from typing import Protocol

from relief.beidou.line_reading import ChunkKind
from relief.errors import Fault, InvalidInput
from relief.sentences import say

MOST_READ_BYTES = 1 << 16
HIGHEST_PORT = 65_535
_PATIENCE_S = 0.2


class LineLost(ConnectionError):
    """The device is gone, or not there yet."""


class OpenLine(Protocol):
    """A line that is open."""

    def read(self) -> bytes:
        """Return bytes, or none if there were none for a moment.

        Raises
        ------
        LineLost
            If the device is gone.
        EOFError
            If a file is at its end.
        """
        ...

    def write(self, octets: bytes) -> None:
        """Send bytes; raises `LineLost` as `read` does."""
        ...

    def close(self) -> None:
        """Give the line up."""
        ...


class Line(Protocol):
    """A line that can be opened."""

    @property
    def name(self) -> str:
        """What it is called in the journal."""
        ...

    @property
    def kind(self) -> ChunkKind:
        """How its bytes are to be read."""
        ...

    @property
    def is_duplex(self) -> bool:
        """Whether something can be sent on it."""
        ...

    def open(self) -> OpenLine:
        """Open it; raises `LineLost` where the device is not there."""
        ...


class SerialLine:
    """A serial port.

    Parameters
    ----------
    port
        The name of the port, for example ``/dev/ttyUSB0`` or ``COM3``.
    baud
        Its speed in bits a second.

    Raises
    ------
    InvalidInput
        If the library for serial ports is not installed.
    """

    kind = ChunkKind.BYTES
    is_duplex = True

    def __init__(self, port: str, baud: int) -> None:
        self.name = f"serial:{port}"
        self._port = port
        self._baud = baud
        try:
            self._library = import_module("serial")
        except ModuleNotFoundError as error:
            raise InvalidInput(
                Fault(
                    where="--serial",
                    value=port,
                    what=say("The library for serial ports is not installed."),
                    remedy=say("Install pyserial: pip install disaster-relief-logistics[serial]."),
                )
            ) from error

    def open(self) -> OpenLine:
        """Open the port; raises `LineLost` where it is not there."""
        try:
            port = self._library.Serial(self._port, self._baud, timeout=_PATIENCE_S)
        except (OSError, ValueError) as error:
            raise LineLost(str(error)) from error
        return _OpenSerial(port)


class _Port(Protocol):
    @property
    def in_waiting(self) -> int: ...
    def read(self, size: int) -> bytes: ...
    def write(self, octets: bytes) -> int | None: ...
    def close(self) -> None: ...


class _OpenSerial:
    def __init__(self, port: _Port) -> None:
        self._port = port

    def read(self) -> bytes:
        try:
            return self._port.read(max(self._port.in_waiting, 1))
        except (OSError, TypeError) as error:  # pyserial: a port closed meanwhile is a TypeError
            raise LineLost(str(error)) from error

    def write(self, octets: bytes) -> None:
        try:
            self._port.write(octets)
        except OSError as error:
            raise LineLost(str(error)) from error

    def close(self) -> None:
        self._port.close()


class TcpLine:
    """A connection to a terminal behind a serial device server.

    Parameters
    ----------
    host, port
        Where it listens.
    """

    kind = ChunkKind.BYTES
    is_duplex = True

    def __init__(self, host: str, port: int) -> None:
        self.name = f"tcp:{host}:{port}"
        self._address = (host, port)

    def open(self) -> OpenLine:
        """Connect; raises `LineLost` where nobody listens."""
        try:
            connection = socket.create_connection(self._address, timeout=5.0)
        except OSError as error:
            raise LineLost(error.strerror or str(error)) from error
        connection.settimeout(_PATIENCE_S)
        return _OpenTcp(connection)


class _OpenTcp:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def read(self) -> bytes:
        try:
            octets = self._connection.recv(MOST_READ_BYTES)
        except TimeoutError:
            return b""
        except OSError as error:
            raise LineLost(error.strerror or str(error)) from error
        if not octets:
            raise LineLost("closed by the other side")
        return octets

    def write(self, octets: bytes) -> None:
        try:
            self._connection.sendall(octets)
        except OSError as error:
            raise LineLost(error.strerror or str(error)) from error

    def close(self) -> None:
        self._connection.close()


class FileLine:
    """A capture, or bytes as they came off a line.

    Parameters
    ----------
    path
        The file.
    is_raw
        Whether it holds bytes off a line; otherwise it is a capture, one sentence a line.

    Raises
    ------
    InvalidInput
        If it cannot be read.
    """

    is_duplex = False

    def __init__(self, path: Path, *, is_raw: bool) -> None:
        self.name = f"file:{path.name}"
        self.kind = ChunkKind.BYTES if is_raw else ChunkKind.CAPTURE
        self._path = path
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise InvalidInput(
                Fault(
                    where="--file",
                    value=str(path),
                    what=say(
                        "The file cannot be read: {why}.",
                        why=error.strerror or errno.errorcode.get(error.errno or 0, ""),
                    ),
                )
            ) from error

    def open(self) -> OpenLine:
        """Open the file."""
        return _OpenFile(self._path)


class _OpenFile:
    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")

    def read(self) -> bytes:
        octets = self._file.read(MOST_READ_BYTES)
        if not octets:
            raise EOFError
        return octets

    def write(self, octets: bytes) -> None:
        del octets
        raise LineLost("nothing can be sent to a file")

    def close(self) -> None:
        self._file.close()


def tcp_line(text: str) -> TcpLine:
    """Return the line that HOST:PORT names.

    Raises
    ------
    InvalidInput
        If it names none.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) <= HIGHEST_PORT:
        raise InvalidInput(
            Fault(
                where="--tcp",
                value=text,
                what=say("This is no host and port."),
                allowed=f"HOST:PORT, ports 1 to {HIGHEST_PORT}",
            )
        )
    return TcpLine(host.strip("[]"), int(port))
