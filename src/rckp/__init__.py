"""RCKP, the checkpoint format of roma_lib: read, write, check and keep checkpoints.

    record = rckp.decode(data)          # or DecodeError: code, field, offset
    data = rckp.encode(record)
    report = rckp.validate("run.ckpt")  # what is wrong, what is odd

Names are loaded when they are first used, so that `import rckp` costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.errors import DecodeError, EncodeError, RckpError
    from rckp.identity import Identity, generate_run_id, run_id_timestamp_ms
    from rckp.paths import checkpoint_file_name, default_base_dir, scope_path
    from rckp.read._codec import decode, encode, encode_parts
    from rckp.read.many import validate_many
    from rckp.read.validate import Finding, Report, validate
    from rckp.record import CheckpointRecord, CheckpointRunStatus
    from rckp.store.checkpoint_store import CheckpointStore
    from rckp.store.errors import (
        DurabilityUncertain,
        PurgeIncomplete,
        RunIdCollision,
        SelectionError,
        StoreError,
    )
    from rckp.store.run import (
        DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES,
        CheckpointedRun,
        StepStateCheckpoint,
        build_checkpoint_record,
    )
    from rckp.store.selection import CheckpointEntry, NamedRun, latest

__version__ = "1.0.0.dev0"

_HOME = {
    "DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES": "store.run",
    "CheckpointEntry": "store.selection",
    "CheckpointRecord": "record",
    "CheckpointRunStatus": "record",
    "CheckpointStore": "store.checkpoint_store",
    "CheckpointedRun": "store.run",
    "DecodeError": "errors",
    "DurabilityUncertain": "store.errors",
    "EncodeError": "errors",
    "Finding": "read.validate",
    "Identity": "identity",
    "NamedRun": "store.selection",
    "PurgeIncomplete": "store.errors",
    "RckpError": "errors",
    "Report": "read.validate",
    "RunIdCollision": "store.errors",
    "SelectionError": "store.errors",
    "StepStateCheckpoint": "store.run",
    "StoreError": "store.errors",
    "build_checkpoint_record": "store.run",
    "checkpoint_file_name": "paths",
    "decode": "read._codec",
    "default_base_dir": "paths",
    "encode": "read._codec",
    "encode_parts": "read._codec",
    "generate_run_id": "identity",
    "latest": "store.selection",
    "run_id_timestamp_ms": "identity",
    "scope_path": "paths",
    "validate": "read.validate",
    "validate_many": "read.many",
}

__all__ = [
    "DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES",
    "CheckpointEntry",
    "CheckpointRecord",
    "CheckpointRunStatus",
    "CheckpointStore",
    "CheckpointedRun",
    "DecodeError",
    "DurabilityUncertain",
    "EncodeError",
    "Finding",
    "Identity",
    "NamedRun",
    "PurgeIncomplete",
    "RckpError",
    "Report",
    "RunIdCollision",
    "SelectionError",
    "StepStateCheckpoint",
    "StoreError",
    "build_checkpoint_record",
    "checkpoint_file_name",
    "decode",
    "default_base_dir",
    "encode",
    "encode_parts",
    "generate_run_id",
    "latest",
    "run_id_timestamp_ms",
    "scope_path",
    "validate",
    "validate_many",
]


if not TYPE_CHECKING:  # a type checker would take every misspelt name for an object

    def __getattr__(name: str) -> object:
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib  # noqa: PLC0415 - see the docstring above

        value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
