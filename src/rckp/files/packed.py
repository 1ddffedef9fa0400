"""One file that is compressed, or in an archive, as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rckp.files.archive import open_compressed, open_member
from rckp.files.compressed import ReadNext
from rckp.files.container import Container
from rckp.files.regular_file import SourceError


@contextmanager
def open_packed(
    container: Container | None, inside: tuple[Container, str] | None
) -> Iterator[tuple[ReadNext, int | None]]:
    """A function that reads forwards, and the number of bytes if it is known.

    Either `container` is a compressed file, or `inside` names a member. Raises `SourceError`.
    """
    if inside is not None:
        with open_member(*inside) as member:
            yield member.read, member.size
    elif container is not None:
        if container.archive is not None:
            raise SourceError("not-a-file", container.path, {"what": "an archive"})
        with open_compressed(container) as read:
            yield read, None
