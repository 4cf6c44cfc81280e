"""A Modbus/TCP controller with registers that can be read and written, and a client for it."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import sys

READ, WRITE = 3, 6
REGISTERS = [0] * 16


class Controller(socketserver.BaseRequestHandler):
    """Answers reads of holding registers and writes of one."""

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # whoever asked has gone
            self._answer()

    def _answer(self) -> None:
        while head := self.request.recv(7, socket.MSG_WAITALL):
            transaction, _, length, unit = struct.unpack(">HHHB", head)
            function, first, value = struct.unpack(">BHH", self.request.recv(length - 1, socket.MSG_WAITALL))
            if function == WRITE:
                REGISTERS[first] = value
                body = struct.pack(">BHH", WRITE, first, value)
            else:
                body = struct.pack(f">BB{value}H", READ, 2 * value, *REGISTERS[first : first + value])
            self.request.sendall(struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body)


class Server(socketserver.ThreadingTCPServer):
    """The controller's server."""

    allow_reuse_address, daemon_threads = True, True


def ask(connection: socket.socket, function: int, first: int, value: int) -> int:
    """The register that was read or written; raises `TimeoutError` or `ConnectionError`."""
    connection.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, function, first, value))
    head = connection.recv(7, socket.MSG_WAITALL)
    if not head:
        raise ConnectionError("closed")
    body = connection.recv(struct.unpack(">HHHB", head)[2] - 1, socket.MSG_WAITALL)
    return int(struct.unpack(">H", body[-2:])[0])


if __name__ == "__main__":
    with Server((sys.argv[1], int(sys.argv[2])), Controller) as server:
        print("ready", flush=True)
        server.serve_forever()
