"""`rckp explain`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rckp._codes import CODES
from rckp.cli import EXIT_ERROR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_PHASES = {
    "decode": "errors in a file",
    "encode": "values without an encoding",
    "warn": "warnings",
    "io": "unreadable files",
    "store": "errors of a store",
    "select": "errors of a selection",
    "draft": "errors of the draft layout",
}


def complete_explained(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The codes and requirements that begin with a text, for a shell."""
    from click.shell_completion import CompletionItem

    codes = [CompletionItem(code, help=row.meaning) for code, row in CODES.items()]
    known = [CompletionItem(each, help=row["title"]) for each, row in requirements().items()]
    return [each for each in codes + known if str(each.value).startswith(incomplete)]


@click.command(short_help="Explain an error code or a requirement.")
@click.argument("name", metavar="[CODE]", required=False, shell_complete=complete_explained)
@click.pass_context
def command(ctx: click.Context, name: str | None) -> None:
    """Explain an error code (truncated) or a requirement (DEC-2), and what to do about it.

    Without CODE, list all codes.
    """
    if name is None:
        _list()
    elif name in CODES:
        _explain(name)
    elif name.upper() in (known := requirements()):
        _requirement(name.upper(), known[name.upper()])
    else:
        import difflib  # for the one who mistyped

        near = difflib.get_close_matches(name, [*CODES, *known], 1)
        hint = f" Did you mean {near[0]}?" if near else " `rckp explain` lists all codes."
        click.echo(f"There is no code or requirement of that name.{hint}", err=True)
        ctx.exit(EXIT_ERROR)


def _list() -> None:
    phase = ""
    for code, row in CODES.items():
        if row.phase != phase:
            phase = row.phase
            click.echo(f"{'' if code == next(iter(CODES)) else chr(10)}{_PHASES[phase]}")
        click.echo(click.formatting.wrap_text(row.meaning, 79, f"  {code:21}", " " * 23))


def _explain(code: str) -> None:
    row = CODES[code]
    click.echo(f"{click.style(code, bold=True)} ({_PHASES[row.phase]})")
    click.echo()
    click.echo(_paragraph("", row.meaning))
    click.echo()
    click.echo(_paragraph("What to do: ", row.action))
    requirement = requirements().get(row.requirement)
    if requirement is not None:
        click.echo()
        _requirement(row.requirement, requirement)


def _requirement(identifier: str, requirement: dict[str, str]) -> None:
    click.echo(_paragraph(f"{identifier} {requirement['title']}: ", requirement["text"]))
    click.echo(f"  (chapter {requirement['chapter_title']}, {requirement['chapter']}#{identifier})")


def _paragraph(label: str, text: str) -> str:
    return click.formatting.wrap_text(f"{label}{text}", 79, "  ", "  ")


def requirements() -> dict[str, dict[str, str]]:
    """Return all requirements of the specification by id."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / "data" / "spec", package.parents[1] / "spec"):
        if (root / "requirements.json").is_file():
            rows = json.loads((root / "requirements.json").read_text("utf-8"))["requirements"]
            return {row["id"]: row for row in rows}
    return {}
