"""The description of the machine, without anything that identifies its owner."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "rckp",
    "click",
    "construct",
    "cbor2",
    "kaitaistruct",
    "msgpack",
    "msgspec",
    "orjson",
    "protobuf",
)


def describe() -> dict[str, Any]:
    """Return processor, system, interpreter and packages, as JSON values."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "load_average": load(),  # what else it did
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        # Bears on Python code, not on extensions. Distributions may optimise without it.
        "python_configured_with_optimizations": "--enable-optimizations"
        in str(sysconfig.get_config_var("CONFIG_ARGS")),
        "python_package": "Debian" if "deb_system" in sysconfig.get_scheme_names() else None,
        "standard_library_compiled": Path(importlib.util.cache_from_source(os.__file__)).exists(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def file_system(directory: Path) -> str | None:
    """Return the kind of the file system of a directory, if the system reports it."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    device = os.stat(directory).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split()[2] == wanted:
            return after.split()[0]
    return None


_MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has a name of its own


def in_memory(room: int) -> Path | None:
    """Return where files are in memory and nowhere else, if there are `room` bytes."""
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK):
        return _MEMORY if shutil.disk_usage(_MEMORY).free > room else None
    return None


def load() -> list[float] | None:
    """Return the load averages over 1, 5 and 15 minutes."""
    return [round(each, 2) for each in os.getloadavg()] if hasattr(os, "getloadavg") else None


def sentence(machine: dict[str, Any]) -> str:
    """Return the description as a sentence."""
    packages = ", ".join(f"{k} {v or '(not installed)'}" for k, v in machine["packages"].items())
    package, optimised = machine["python_package"], machine["python_configured_with_optimizations"]
    how = f"configured {'with' if optimised else 'without'} --enable-optimizations"
    how = f"the package of {package}" if package else how
    on = f", {machine['file_system']}" if machine.get("file_system") else ""
    before, after = machine["load_average"], machine.get("load_average_after")
    load = f", load {before[0]}" if before else ""
    load += f" before and {after[0]} after" if before and after else ""
    return (
        f"{machine['processor']}, {machine['processors']} processors{load}; "
        f"{machine['system']}{on}; "
        f"{machine['python']} ({how}); {packages}"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
