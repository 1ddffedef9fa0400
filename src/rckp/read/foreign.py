"""What a file is that is no checkpoint: told by its first bytes, never loaded."""

from __future__ import annotations

_EMPTY = (
    "the file is empty: its writer was killed before its first byte "
    "(roma_lib writes in place, so whatever was there before is gone, too)"
)
_ZEROS = (
    "it begins with nothing but zero bytes: the file system knew its size, but lost the "
    "data, as after a power cut"
)

# At offset 0, the longest first where one begins another.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PKCR", "the magic number with its bytes swapped: it was written in another byte order"),
    (b"rckp", "the magic number in lower case: another format, or a changed file"),
    (b"UkNLU", "a checkpoint in base64: decode it first (`base64 -d`)"),
    (b"52434b50", "a checkpoint as hexadecimal text: convert it first (`xxd -r -p`)"),
    (b"\xef\xbb\xbfRCKP", "a checkpoint after a byte order mark: a text editor has saved it"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as Keras writes"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x1f\x8b", "gzip data: decompress it first"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data: decompress it first"),
    (b"\xfd7zXZ\0", "xz data: decompress it first"),
    (b"BZh", "bzip2 data: decompress it first"),
    (b"\x04\x22\x4d\x18", "LZ4 data: decompress it first"),
    (
        b"version https://git-lfs",
        "a Git LFS pointer: the file itself was not fetched (`git lfs pull`)",
    ),
    (b"\x7fELF", "a program (ELF)"),
    (b"%PDF-", "a PDF document"),
)
_TEXT: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "an HTML page: a failed download, perhaps"),
    (b"<html", "an HTML page: a failed download, perhaps"),
    (b"<?xml", "an XML document"),
    (b"{", "JSON text: `rckp encode` makes a checkpoint of a record in JSON"),
    (b"[", "JSON text"),
)


def describe(head: bytes) -> str | None:
    """What a file with these first bytes probably is, as the rest of a sentence, or None.

    `head` is the first few thousand bytes of the file, or all of it if it is shorter.
    """
    if not head:
        return _EMPTY
    if not head.strip(b"\0"):
        return _ZEROS
    for signature, meaning in _SIGNATURES:
        if head.startswith(signature):
            return f"it looks like {meaning}"
    if head.startswith(b"PK\x03\x04"):
        torch = b"data.pkl" in head
        return "it looks like " + (
            "a PyTorch or Lightning checkpoint (a ZIP archive with data.pkl)"
            if torch
            else "a ZIP archive (a PyTorch or Keras checkpoint is one, too)"
        )
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return "it looks like a Python pickle; never load one that you do not trust"
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 1 << 27:
        return "it looks like a safetensors file"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower()
    for signature, meaning in _TEXT:
        if start.startswith(signature):
            return f"it looks like {meaning}"
    return None
