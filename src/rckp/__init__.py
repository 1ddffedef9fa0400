"""RCKP, the checkpoint format of roma_lib: read, write, check and keep checkpoints.

    record = rckp.decode(data)          # or DecodeError: code, field, offset
    data = rckp.encode(record)
    report = rckp.validate("run.ckpt")  # errors and warnings

Names are loaded when they are first used, so that `import rckp` costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.catalogue.parquet import write_catalogue
    from rckp.catalogue.table import frame
    from rckp.errors import (
        DecodeError,
        DurabilityUncertain,
        EncodeError,
        PurgeIncomplete,
        RckpError,
        RunIdCollision,
        SelectionError,
        StoreError,
    )
    from rckp.format.codec import decode, encode, encode_parts
    from rckp.format.identity import Identity, generate_run_id, run_id_timestamp_ms
    from rckp.format.paths import checkpoint_file_name, default_base_dir, scope_path
    from rckp.format.record import CheckpointRecord, CheckpointRunStatus
    from rckp.store.checkpoint_store import CheckpointStore
    from rckp.store.run import CheckpointedRun
    from rckp.store.run_record import StepStateCheckpoint, build_checkpoint_record
    from rckp.store.schedule import DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES
    from rckp.store.selection import (
        CheckpointEntry,
        NamedRun,
        latest,
        latest_saved,
        most_advanced,
    )
    from rckp.validation.batch import validate_many
    from rckp.validation.validate import Finding, Report, validate

__version__ = "1.0.0"

_HOME = {
    "DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES": "store.schedule",
    "CheckpointEntry": "store.selection",
    "CheckpointRecord": "format.record",
    "CheckpointRunStatus": "format.record",
    "CheckpointStore": "store.checkpoint_store",
    "CheckpointedRun": "store.run",
    "DecodeError": "errors",
    "DurabilityUncertain": "errors",
    "EncodeError": "errors",
    "Finding": "validation.validate",
    "Identity": "format.identity",
    "NamedRun": "store.selection",
    "PurgeIncomplete": "errors",
    "RckpError": "errors",
    "Report": "validation.validate",
    "RunIdCollision": "errors",
    "SelectionError": "errors",
    "StepStateCheckpoint": "store.run_record",
    "StoreError": "errors",
    "build_checkpoint_record": "store.run_record",
    "checkpoint_file_name": "format.paths",
    "decode": "format.codec",
    "default_base_dir": "format.paths",
    "encode": "format.codec",
    "encode_parts": "format.codec",
    "frame": "catalogue.table",
    "generate_run_id": "format.identity",
    "latest": "store.selection",
    "latest_saved": "store.selection",
    "most_advanced": "store.selection",
    "run_id_timestamp_ms": "format.identity",
    "scope_path": "format.paths",
    "validate": "validation.validate",
    "validate_many": "validation.batch",
    "write_catalogue": "catalogue.parquet",
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
    "frame",
    "generate_run_id",
    "latest",
    "latest_saved",
    "most_advanced",
    "run_id_timestamp_ms",
    "scope_path",
    "validate",
    "validate_many",
    "write_catalogue",
]


if not TYPE_CHECKING:  # a type checker would take every misspelt name for an object

    def __getattr__(name: str) -> object:
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib  # see the docstring above

        value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
