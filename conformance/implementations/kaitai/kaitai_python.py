"""The adapter for the Python reader that Kaitai Struct generates from spec/rckp.ksy.

    python kaitai_python.py DIRECTORY      (made by prepare.py)

It speaks JSON Lines, and knows nothing of the layout: a record is whatever the generated
reader made. Codes come from the class of the reader's error and the place in the .ksy that
the error names; the reader tells neither field nor offset.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import kaitaistruct

CODES = {
    "EndOfStreamError": "truncated",
    "EOFError": "truncated",
    "ValidationNotEqualError": "bad-magic",
    "UnicodeDecodeError": "invalid-utf8",
    "ValidationExprError": "trailing-bytes",
}


def load(directory: Path) -> Any:
    """The generated class; its module cannot be imported by name, which is `rckp`."""
    spec = importlib.util.spec_from_file_location("kaitai_rckp", directory / "rckp.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Rckp


def decode(reader: Any, data: bytes) -> dict[str, Any]:
    """The answer to one file: what the reader makes of it, or says against it."""
    try:
        parsed = reader.from_bytes(data)
    except Exception as error:  # the reader fails with all sorts of them
        code = code_of(error)
        return {"type": "error", "code": code} if code else {"type": "error"}
    values = {k: v for k, v in vars(parsed).items() if not k.startswith("_")}
    names = {k: getattr(parsed, f"{k}_name").name for k in values if hasattr(parsed, f"{k}_name")}
    record = {k: plain(v) for k, v in values.items() if not isinstance(v, bytes)}
    return {"type": "ok", "record": record | names}


def plain(value: Any) -> str | None:
    if isinstance(value, int):
        return str(value)
    return getattr(value, "content", None)  # an absent option has none


def code_of(error: Exception) -> str | None:
    if isinstance(error, kaitaistruct.ValidationGreaterThanError):
        in_type = error.src_path.startswith("/types/")
        return "invalid-option-flag" if in_type else "invalid-status"
    return CODES.get(type(error).__name__)


def main(directory: str) -> None:
    reader = load(Path(directory))
    for line in sys.stdin:
        request = json.loads(line)
        match request:
            case {"type": "hello"}:
                answer = {
                    "type": "hello",
                    "name": "kaitai-python",
                    "version": kaitaistruct.__version__,
                    "language": "Python",
                    "classes": ["reader"],
                }
            case {"type": "run", "op": "decode"}:
                answer = decode(reader, bytes.fromhex(request["bytes"])) | {"id": request["id"]}
            case {"type": "bye"}:
                return
            case _:
                answer = {
                    "type": "unsupported",
                    "id": request.get("id"),
                    "reason": "a generated reader only decodes",
                }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
