"""The path of a checkpoint: sanitised names, the scope, the base directory."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath

BASE_VARIABLE = "ROMA_CHECKPOINT_DIR"
LOCAL_BASE = "./.roma/checkpoints"
NAME_LIMIT = 255  # bytes that a component of a path may have on most file systems

SUFFIX = ".ckpt"
_FILE_NAME = "run-{}" + SUFFIX
_SCOPE = "alg-{}-{:016x}/prob-{}-{:016x}"
_UNNAMED = "unnamed"

_KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_REPLACED = bytes(byte if byte in _KEPT else ord("_") for byte in range(256))

# By `sys.platform`: a variable, and the directory below its value (PATH-6).
_STATE_DIRECTORIES: dict[str, tuple[tuple[str, str], ...]] = {
    "linux": (
        ("XDG_STATE_HOME", "roma/checkpoints"),
        ("HOME", ".local/state/roma/checkpoints"),
    ),
    "darwin": (("HOME", "Library/Application Support/roma/checkpoints"),),
    "win32": (("LOCALAPPDATA", "roma\\checkpoints"), ("APPDATA", "roma\\checkpoints")),
}
_OTHER_SYSTEMS = (("HOME", ".roma/checkpoints"),)


def sanitise(text: str) -> str:
    """The string as a part of a path (PATH-1): ASCII letters, digits, `-` and `_`, never empty."""
    # "replace" puts one `?` for each character that is not ASCII, which then becomes `_`.
    kept = text.encode("ascii", "replace").translate(_REPLACED).decode()
    return kept.strip("_") or _UNNAMED


@lru_cache(4)  # a run is saved under one name again and again
def checkpoint_file_name(run_id: str) -> str:
    """The name of the file of a run: `run-….ckpt` [PATH-4].

    It may be longer than a file system allows; then `CheckpointStore.write` refuses it.
    """
    return _FILE_NAME.format(sanitise(run_id))


@lru_cache(4)
def scope_name(
    algorithm_name: str, problem_description: str, algorithm_hash: int, problem_hash: int
) -> str:
    """As `scope_path`, as a string with one `/`."""
    return _SCOPE.format(
        sanitise(algorithm_name), algorithm_hash, sanitise(problem_description), problem_hash
    )


def scope_path(
    algorithm_name: str, problem_description: str, algorithm_hash: int, problem_hash: int
) -> PurePosixPath:
    """The scope of a run below the base directory, `alg-…/prob-…` [PATH-2].

    The hashes, from 0 to `2**64 - 1`, are those that the record stores [PATH-3].
    """
    from pathlib import PurePosixPath  # as long to import as all of rckp

    return PurePosixPath(
        scope_name(algorithm_name, problem_description, algorithm_hash, problem_hash)
    )


def base_dir_name(
    explicit: str | None,
    project: str | None,
    environment: Mapping[str, str],
    platform: str,
) -> str:
    """Return the base directory for an environment and a system (PATH-6, PATH-7).

    `platform` is a value of `sys.platform`; `environment` maps names to values.
    """
    if explicit is not None:
        return explicit
    if value := environment.get(BASE_VARIABLE):
        return value
    separators = ("\\", "/") if platform == "win32" else ("/",)
    for variable, below in _STATE_DIRECTORIES.get(platform, _OTHER_SYSTEMS):
        if value := environment.get(variable):
            joint = "" if value.endswith(separators) else separators[0]
            return f"{value}{joint}{below}"
    return LOCAL_BASE if project is None else project


def default_base_dir(
    *,
    explicit: str | os.PathLike[str] | None = None,
    project: str | os.PathLike[str] | None = None,
) -> Path:
    """The base directory that `roma_lib` would take first [PATH-6].

    `explicit` is what the user named; `project` the program's own directory, for systems
    where the directory for state is unknown. Nothing is created and nothing is looked at but
    the environment.
    """
    from pathlib import Path  # see scope_path

    return Path(
        base_dir_name(
            None if explicit is None else os.fspath(explicit),
            None if project is None else os.fspath(project),
            os.environ,
            sys.platform,
        )
    )
