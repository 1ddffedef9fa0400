"""Groups of commands that suggest a command for a mistyped one."""

from __future__ import annotations

import click

# What other programs call the same.
_SYNONYMS = {
    "check": "validate",
    "verify": "validate",
    "lint": "validate",
    "show": "inspect",
    "info": "inspect",
    "cat": "decode",
    "dump": "decode",
    "cmp": "diff",
    "compare": "diff",
    "fix": "recover",
    "repair": "recover",
    "salvage": "recover",
    "ls": "list",
    "continue": "resume",
    "restart": "resume",
    "clean": "purge",
    "gc": "purge",
    "prune": "purge",
    "rm": "purge",
    "completions": "completion",
    "test": "conformance",
}


class SuggestingGroup(click.Group):
    """A group that names the nearest command if there is none with the given name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. Raise `UsageError` with a suggestion."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = nearest(name, self.list_commands(ctx))
            hint = f" Did you mean {near}?" if near else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


def nearest(name: str, known: list[str]) -> str | None:
    """The known name that was probably meant, or None."""
    import difflib  # for the one who mistyped

    lower = name[:100].lower()
    same = _SYNONYMS.get(lower)
    if same in known:
        return same
    if beginning := [each for each in known if lower and each.startswith(lower)]:
        return beginning[0]
    found = difflib.get_close_matches(lower, known, 1)
    return found[0] if found else None
