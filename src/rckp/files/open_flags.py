"""Flags for `os.open`; those that a system does not have are 0."""

from __future__ import annotations

import os

BINARY = getattr(os, "O_BINARY", 0)
CLOEXEC = getattr(os, "O_CLOEXEC", 0)
NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
NOCTTY = getattr(os, "O_NOCTTY", 0)
NONBLOCK = getattr(os, "O_NONBLOCK", 0)

DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | CLOEXEC
# Opening a pipe waits for its other end unless O_NONBLOCK says otherwise.
READ = os.O_RDONLY | NONBLOCK | NOCTTY | CLOEXEC | BINARY
WRITE = os.O_WRONLY | NOCTTY | CLOEXEC | BINARY
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW | NOCTTY | CLOEXEC | BINARY
