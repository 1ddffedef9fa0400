"""The command `rckp`. Each subcommand is a module here, imported when it is called.

Exit status: 0 for success, 1 if a file is invalid, 2 for a usage error or an input/output
error; 2 takes precedence over 1. After Ctrl-C it is 130.
"""

from __future__ import annotations

import sys

SUBCOMMANDS = (
    "validate",
    "inspect",
    "diff",
    "decode",
    "recover",
    "encode",
    "convert",
    "list",
    "resume",
    "purge",
    "conformance",
    "explain",
    "completion",
)

COMPLETE = "_RCKP_COMPLETE"  # the variable with which a shell asks for completions

INVALID = 1
EXIT_ERROR = 2
INTERRUPTED = 130


def main() -> None:
    """Run the command and exit. Print one message for an error, never a traceback."""
    status: object
    try:
        status = _run()
    except KeyboardInterrupt:  # before the command can end by itself, such as during an import
        status = INTERRUPTED
        if sys.stderr is not None:
            sys.stderr.write("\ninterrupted\n")
    sys.exit(status if isinstance(status, int) else 0)


def _run() -> object:
    from rckp.cli import plain_validate, streams  # here, so that Ctrl-C can end it

    streams.prepare()
    status: object = plain_validate.run(sys.argv[1:])
    if status is None:
        from rckp.cli import application  # click takes longer to import than one file to validate

        status = application.run()
    return status
