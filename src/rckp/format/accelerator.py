"""The compiled module of `rckp[fast]`, if it is installed, fits this layout and is wanted.

All works without it. What it cannot do, and every explanation of invalid bytes, is left to Python.
"""

from __future__ import annotations

import os

from rckp.format._layout import SHA256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

REFUSED = "RCKP_PURE_PYTHON"
"""The environment variable that, if it is not empty, keeps the module from being used."""


def _find() -> Any:
    try:
        import rckp_fast
    except ImportError:
        return None
    return rckp_fast


def _load() -> Any:
    if os.environ.get(REFUSED):
        return None
    found = _find()
    # One that was built for another layout could accept other files.
    return found if found and found.LAYOUT_SHA256 == SHA256 else None


MODULE: Any = _load()
"""The module, or None."""


def described() -> str | None:
    """Return the version of the installed module and whether it is in use; None if there is none.

    It is looked for anew, since a module that is not wanted was not imported.
    """
    found = _find()
    if found is None:
        return None
    if MODULE is not None:
        return f"rckp_fast {found.__version__}"
    reason = f"{REFUSED} is set" if os.environ.get(REFUSED) else "it is for another layout"
    return f"rckp_fast {found.__version__}, not in use: {reason}"
