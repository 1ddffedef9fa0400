"""RCKP, the checkpoint format of roma_lib: read, write, check and keep checkpoints.

    record = rckp.decode(data)          # or DecodeError: code, field, offset
    data = rckp.encode(record)
    report = rckp.validate("run.ckpt")  # what is wrong, what is odd

Names are loaded when they are first used, so that `import rckp` costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.codec import decode, encode, encode_parts
    from rckp.errors import DecodeError, EncodeError, RckpError
    from rckp.identity import Identity, generate_run_id, run_id_timestamp_ms
    from rckp.paths import checkpoint_file_name, default_base_dir, scope_path
    from rckp.read.validate import Finding, Report, validate
    from rckp.record import CheckpointRecord, CheckpointRunStatus

__version__ = "1.0.0.dev0"

_HOME = {
    "CheckpointRecord": "record",
    "CheckpointRunStatus": "record",
    "DecodeError": "errors",
    "EncodeError": "errors",
    "Finding": "read.validate",
    "Identity": "identity",
    "RckpError": "errors",
    "Report": "read.validate",
    "checkpoint_file_name": "paths",
    "decode": "codec",
    "default_base_dir": "paths",
    "encode": "codec",
    "encode_parts": "codec",
    "generate_run_id": "identity",
    "run_id_timestamp_ms": "identity",
    "scope_path": "paths",
    "validate": "read.validate",
}

__all__ = [
    "CheckpointRecord",
    "CheckpointRunStatus",
    "DecodeError",
    "EncodeError",
    "Finding",
    "Identity",
    "RckpError",
    "Report",
    "checkpoint_file_name",
    "decode",
    "default_base_dir",
    "encode",
    "encode_parts",
    "generate_run_id",
    "run_id_timestamp_ms",
    "scope_path",
    "validate",
]


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
