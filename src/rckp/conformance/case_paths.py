"""Paths as cases spell them: text, or hexadecimal where the bytes are no UTF-8."""

from __future__ import annotations

from collections.abc import Mapping


def path_bytes(path: str | Mapping[str, str]) -> bytes:
    """A path of a case: text, or an object with the member `hex`."""
    return path.encode() if isinstance(path, str) else bytes.fromhex(path["hex"])


def path_text(path: bytes) -> str | dict[str, str]:
    """The reverse of `path_bytes`."""
    try:
        return path.decode()
    except UnicodeDecodeError:
        return {"hex": path.hex()}
