"""What the commands of `rckp conformance` share: the suite, known failures, how they end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from rckp.cli import EXIT_ERROR
from rckp.cli.output import OUTPUT, Output
from rckp.conformance.checks import GRADES, Check
from rckp.conformance.shape import parse
from rckp.display import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.conformance.results import Results
    from rckp.conformance.suite import Suite

OUTPUT_FILE = OUTPUT
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _NamedPath(click.Path):
    """A path that is not empty; an unset variable of a shell must not be the current directory."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Check and convert a value."""
        if value == "":
            self.fail("the name is empty.", param, ctx)
        return super().convert(value, param, ctx)


DIRECTORY = _NamedPath(file_okay=False, path_type=Path)
DIRECTORY_TO_WRITE = _NamedPath(path_type=Path)

GRADE = click.option(
    "--grade",
    type=click.Choice(GRADES[1:]),
    default="verdict",
    show_default=True,
    help="How closely it must agree: on validity and contents; also on error codes; also on "
    "error locations.",
)
TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time for a response.",
)
SUITE = click.option(
    "--suite", "directory", type=DIRECTORY, help="Use an exported suite instead of the bundled one."
)
ADAPTER_COMMAND = click.argument(
    "words", nargs=-1, required=True, metavar="-- COMMAND...", type=click.UNPROCESSED
)

_LARGEST_LIST = 16 << 20  # bytes of a file of known failures

_Any = TypeVar("_Any")


class _Trouble(click.ClickException):
    exit_code = EXIT_ERROR


def fail(sentence: str) -> NoReturn:
    """End the command with one sentence and exit status 2."""
    raise _Trouble(escape(sentence))


def capitalised(sentence: str) -> str:
    """The same with a capital first letter; only for sentences that begin with words of ours."""
    return sentence[:1].upper() + sentence[1:]


def needs_posix() -> None:
    """End the command on systems on which the runner does not work."""
    if os.name != "posix":
        fail("The runner needs a POSIX system: on Windows, run it under WSL.")


def suite_at(directory: Path | None) -> Suite:
    """The suite in a directory, or the own one. Ends the command if its bytes are not as listed."""
    from rckp.conformance.suite import Suite

    try:
        suite = Suite.locate(directory)
        suite.verify()
    except (OSError, ValueError) as error:
        fail(f"Cannot use the suite: {error}.")
    return suite


def checks_of(suite: Suite) -> list[Check]:
    """Every check of a suite. Ends the command if a case is not one that can be asked."""
    try:
        return suite.checks()
    except (OSError, ValueError) as error:
        fail(f"Cannot use the suite: {error}.")


def draft_checks_of(suite: Suite) -> list[Check]:
    """As `checks_of`, every check of the draft layout."""
    try:
        return suite.draft_checks()
    except (OSError, ValueError) as error:
        fail(f"Cannot use the suite: {error}.")


def known_in(path: Path | None) -> dict[str, str]:
    """The known failures in a file, with their reasons."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_LIST + 1)
        if len(data) > _LARGEST_LIST:
            fail(f"Cannot read {path}: it has more than {_LARGEST_LIST >> 20} MiB.")
        known = parse(data)
    except (OSError, ValueError) as error:
        fail(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.")
    if not isinstance(known, dict) or not all(
        isinstance(reason, str) and reason for reason in known.values()
    ):
        fail(f"{path} is not a JSON object that gives a reason for each id.")
    return known


@contextmanager
def ending_adapters() -> Iterator[None]:
    """A block that starts adapters: whatever ends it, none of their processes outlives it."""
    from rckp.conformance.processes import adopt_orphans, end_orphans
    from rckp.conformance.signals import cleaning_up

    with cleaning_up():
        adopted = adopt_orphans()
        try:
            yield
        finally:
            if adopted:
                end_orphans()


def progress(items: Iterable[_Any], number: int) -> Iterable[_Any]:
    """The same, with a bar on a terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True, no_color=click.get_current_context().color is False)
    return track(items, "running", total=number, console=console, transient=True)


def write(output: Output, text: str) -> None:
    """Write text as UTF-8, or end the command."""
    output.write(text.encode("utf-8", "backslashreplace"))


def write_reports(
    outcome: Results,
    results_file: Output | None,
    junit_file: Output | None,
    claim_file: Output | None,
    *written: Output | None,
    compact: bool = False,
) -> bool:
    """Write the files. Return whether one of them, or of those `written`, is standard output."""
    from rckp.conformance.results import claim
    from rckp.conformance.results_file import dump

    if results_file:
        write(results_file, dump(outcome, compact=compact))
    if junit_file:
        from rckp.conformance.junit import junit

        write(junit_file, junit(outcome))
    if claim_file:
        write(claim_file, json.dumps(claim(outcome), indent=2) + "\n")
    every = (results_file, junit_file, claim_file, *written)
    return any(each is not None and each.is_standard_output for each in every)
