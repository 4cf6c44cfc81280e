"""An application behind a real server, in a thread."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from sentinel import api
from sentinel.operations.doors import Deciding, Parts
from sentinel.store.backends.sqlite import SqliteStore


def door(made: Deciding, store: SqliteStore) -> FastAPI:
    """The API over a decision point, without what only people ask for."""
    app, nobody = FastAPI(), cast("Any", None)
    api.mount(app, Parts(store, nobody, nobody, nobody, access=made))
    return app


@contextlib.contextmanager
def serving(app: FastAPI, listening: socket.socket) -> Iterator[Callable[[], None]]:
    """Serve it until the block ends; what is given kills the server before that."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)

    def stop() -> None:
        server.should_exit = True
        thread.join(10)
        listening.close()

    try:
        yield stop
    finally:
        stop()
