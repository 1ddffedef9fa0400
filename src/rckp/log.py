"""Log records: the one place through which they leave the package."""

from __future__ import annotations

from rckp.display import escape


def warn(message: str, *values: object, logger: str = "rckp.store") -> None:
    """Log a warning. Each value replaces a `%s` of the message, escaped (LIM-5).

    Python prints warnings to the terminal unless a program sets up something else. Where the
    module `logging` cannot be loaded, as without a free descriptor, there is no record: a save
    must not fail because of it.
    """
    try:
        import logging  # seldom needed, and slow to import
    except (ImportError, OSError):
        return
    shown = [escape(str(value), _SHOWN) for value in values]
    logging.getLogger(logger).warning(message, *shown)


_SHOWN = 4096  # characters of a value; a path may be as long
