"""Buffers of bytes of any shape and item type."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer

# Below this size it is faster to copy a buffer than to make a view of each of its strings.
COPY_BELOW = 32768  # bytes


def byte_view(data: Buffer) -> memoryview:
    """Return the bytes of a buffer, copied only if they are scattered."""
    view = memoryview(data)
    if view.c_contiguous:
        return view.cast("B") if view.format != "B" or view.ndim != 1 else view
    return memoryview(view.tobytes())


def normalise_buffer(data: Buffer) -> tuple[bytes | memoryview, Callable[[Any], str]]:
    """Return bytes, or a view of single bytes, and the function that decodes a slice of it."""
    view = byte_view(data)
    return (bytes(view), bytes.decode) if len(view) < COPY_BELOW else (view, _text)


def _text(data: memoryview) -> str:
    return str(data, "utf-8")
