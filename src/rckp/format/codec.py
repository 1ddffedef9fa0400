"""The codec in use: the generated functions, or those of `rckp[fast]` in their place."""

from __future__ import annotations

from rckp.format._codec import (
    IDENTITY_FIELDS,
    decode,
    decode_known,
    decode_or_none,
    decode_others,
    encode,
    encode_identity,
    encode_parts,
)
from rckp.format.accelerator import MODULE

__all__ = [
    "IDENTITY_FIELDS",
    "decode",
    "decode_known",
    "decode_or_none",
    "decode_others",
    "encode",
    "encode_identity",
    "encode_parts",
]

if MODULE is not None:
    decode = MODULE.decode
    decode_or_none = MODULE.decode_or_none
