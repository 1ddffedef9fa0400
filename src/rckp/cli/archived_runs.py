"""The runs in an archive."""

from __future__ import annotations

from rckp.cli.runs import MAX_CHARS, Filter, Run, run_of_draft, run_of_record
from rckp.errors import DecodeError, RckpError
from rckp.files.archive import FILE, Member, open_archive, plain_name
from rckp.files.container import Container, ObjectPath, path_of, sort_key
from rckp.files.whole_file import KeptStream, window_at
from rckp.payload.progress import MAX_PARSED
from rckp.store.record_reader import read_summary
from rckp.validation.archived import is_checkpoint_name
from rckp.validation.draft_file import read_draft

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from rckp.cli.store_options import Skipped


def find_archived_runs(container: Container, wanted: Filter, skipped: Skipped) -> list[Run]:
    """As `find_runs`, of the checkpoints in an archive. Raise `SourceError` for the archive."""
    runs: list[Run] = []
    unreadable: Skipped = []
    with open_archive(container) as members:
        for member in members:
            if member.kind != FILE or not is_checkpoint_name(member.name):
                continue
            path = path_of(f"{container.path}/{plain_name(member.name)}")
            try:
                run = _archived_run(path, member)
            except RckpError as error:
                unreadable.append((path, error))
            else:
                if wanted.matches(run):
                    runs.append(run)
    # In the order in which a directory has them.
    skipped += sorted(unreadable, key=lambda each: sort_key(str(each[0])))
    return sorted(runs, key=lambda run: sort_key(str(run.path)))


def _archived_run(path: Path | ObjectPath, member: Member) -> Run:
    """The run in a member. Raise `DecodeError` or `SourceError`."""
    size = member.size or None
    with KeptStream(member.read) as kept:

        def draft() -> Run | None:
            window = window_at(kept.read_at, size)
            found = read_draft(window, kept.read_at, MAX_CHARS, MAX_PARSED)
            return None if found is None else run_of_draft(path, found)

        try:
            record, lengths = read_summary(window_at(kept.read_at, size), MAX_CHARS, MAX_PARSED)
        except DecodeError as error:
            run = draft() if error.code == "invalid-utf8" else None
            if run is None:
                raise
            return run
        return run_of_record(path, record, lengths, member.size, draft)
