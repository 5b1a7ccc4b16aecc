"""A TCP server on the loopback interface that runs a function for each connection."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """The server: its port, and the bytes that `receive` has returned."""

    port: int
    received: list[bytes] = field(default_factory=list)

    def receive(self, connection: socket.socket) -> bytes:
        """Return the next request, of a connection with one request at a time."""
        request = connection.recv(65536)
        self.received.append(request)
        return request


@contextmanager
def raw_server(serve: Callable[[RawServer, socket.socket, int], None]) -> Iterator[RawServer]:
    """Run `serve(server, connection, number)` in a thread for each connection, from number 0."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(listener.getsockname()[1])

        def run(connection: socket.socket, number: int) -> None:
            with connection, suppress(OSError):
                serve(server, connection, number)

        def accept() -> None:
            number = 0
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=run, args=(connection, number), daemon=True).start()
                    number += 1

        threading.Thread(target=accept, daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def response(
    body: str, *, status: str = "200 OK", headers: str = "Content-Type: application/json\r\n"
) -> bytes:
    """Return a whole response."""
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
    return head.encode() + data
