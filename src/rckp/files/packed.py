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
    packed: Container | tuple[Container, str],
) -> Iterator[tuple[ReadNext, int | None]]:
    """A function that reads forwards, and the number of bytes if it is known.

    `packed` is a compressed file, or an archive and the name of a member. Raises `SourceError`.
    """
    if not isinstance(packed, Container):
        with open_member(*packed) as member:
            yield member.read, member.size
        return
    if packed.archive is not None:
        raise SourceError("not-a-file", packed.path, {"what": "an archive"})
    with open_compressed(packed) as read:
        yield read, None
