"""The sender: a connection that the service closed while nothing was said is not a service that is away."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from sentinel.shipping.sender import AwayError, Sender

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Impatient:
    """A service that answers once on each connection and closes it, without saying that it will."""

    def __init__(self, answers: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.closed = threading.Event()
        self._answers = answers
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        for _ in range(self._answers):
            connection, _ = self._listening.accept()
            with connection:
                asked = b""
                while not asked.endswith(b"\r\n\r\n{}"):
                    asked += connection.recv(65_536)
                connection.sendall(ANSWER)
            self.closed.set()
        self._listening.close()


@pytest.fixture
def service() -> Impatient:
    return Impatient(3)


def test_a_kept_connection_that_was_closed_is_made_anew(service: Impatient) -> None:
    with closing(Sender(service.url, "token")) as sender:
        for _ in range(3):
            sender.report({})
            assert service.closed.wait(10)
            service.closed.clear()


def test_a_service_that_is_gone_is_away(service: Impatient) -> None:
    with closing(Sender(service.url, "token")) as sender:
        for _ in range(3):
            sender.report({})
            assert service.closed.wait(10)
            service.closed.clear()
        with pytest.raises(AwayError, match="is away"):
            sender.report({})
