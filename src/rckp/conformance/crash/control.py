"""The connection of a tracer to the runner: one JSON object on a line."""

from __future__ import annotations

import json
import socket
from typing import Any


class Control:
    """The lines from the runner and to it."""

    def __init__(self, path: str) -> None:
        """Connect to the socket at a path."""
        self.socket: socket.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self._received = b""

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages that have arrived. Raise `EOFError` after the exit of the runner."""
        try:
            piece = self.socket.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        if not piece:
            raise EOFError
        *lines, self._received = (self._received + piece).split(b"\n")
        return [json.loads(line) for line in lines]

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self.socket.sendall(json.dumps(message).encode() + b"\n")
