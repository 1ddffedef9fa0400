"""Giving things back although a signal such as Ctrl-C can interrupt any statement."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def insist(release: Callable[[], object]) -> None:
    """Call `release`, and once more if the first call is interrupted or fails.

    It must be possible to call it again, whatever it has already done. Raises what the first call
    raises.
    """
    try:
        release()
    except BaseException:
        release()
        raise
