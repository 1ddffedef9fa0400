"""Which checkpoint a run resumes, and where it saves."""

from __future__ import annotations

from rckp.errors import SelectionError, StoreError
from rckp.format.paths import checkpoint_file_name, scope_name
from rckp.store import selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from rckp.format.identity import Identity
    from rckp.store.checkpoint_store import CheckpointStore
    from rckp.store.selection import CheckpointEntry, Choose


def select_for_run(
    store: CheckpointStore, identity: Identity, resume: str | Choose
) -> CheckpointEntry | None:
    """Return the checkpoint to resume, or None for a new run. `resume` is as for a run.

    A base that does not exist is not a failure (LIFE-8), unless a run was requested by its id.
    Raise `SelectionError`.
    """
    choose = selection.RULES.get(resume) if isinstance(resume, str) else resume  # None asks
    try:
        return store.select_entry(identity, choose=choose)
    except SelectionError as error:
        base, cause = str(store.base_dir), error.__cause__
        if error.code != "listing-failed" or not isinstance(cause, StoreError):
            raise
        if (cause.code, cause.path) != ("missing", base):
            raise
        if isinstance(choose, selection.NamedRun):
            raise SelectionError("no-such-run", base, {"run_id": choose.run_id}) from error
        return None


def usual_path(base: Path, identity: Identity, run_id: str) -> Path:
    """Return where a run saves. Raise `EncodeError` if the identity cannot be hashed."""
    names = identity.algorithm_name, identity.problem_description
    return base / scope_name(*names, *identity.signature_hashes) / checkpoint_file_name(run_id)
