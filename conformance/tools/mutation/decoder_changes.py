"""Changes of the source from which the mutants of the decoder are made.

Codec and scanner are two readings of the same rules: a verdict is the codec's, its location the
scanner's. A mistake that changes the verdict is therefore made in both.
"""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change

CODEC, SCAN = "format/_codec.py", "format/scan.py"
DECODE = "def decode("
DECODERS = 4  # `decode`, `decode_or_none`, `decode_others` and `decode_known`


def after_decoding(*statements: str) -> Change:
    """Run the statements about a decoded `record` before `decode` returns it."""
    body = "".join(f"        {statement}\n" for statement in statements)
    return Change(
        CODEC,
        DECODE,
        "def _mutated(decode):\n    from rckp.errors import DecodeError\n\n"
        "    def mutated(data):\n        record = decode(data)\n"
        f"{body}        return record\n\n    return mutated\n\n\n@_mutated\n{DECODE}",
    )


def values(expression: str) -> Change:
    """Return the expression in place of each `value` of the record."""
    return record(f"CheckpointRecord(*({expression} for value in record))")


def integers(expression: str) -> Change:
    """As `values`, of integers alone."""
    return values(f"{expression} if isinstance(value, int) else value")


def texts(expression: str) -> Change:
    """As `values`, of strings alone."""
    return values(f"{expression} if isinstance(value, str) else value")


def record(expression: str) -> Change:
    """Return the expression in place of the `record`."""
    return after_decoding(f"record = {expression}")


def rejecting(condition: str) -> Change:
    """Reject a valid file if the condition holds for its `record`."""
    return after_decoding(
        f"if {condition}:", '    raise DecodeError("invalid-utf8", "step_state_payload", 0)'
    )


def instead_of_error(*statements: str) -> Change:
    """Let the statements about `error` and `data` make a `record` of invalid bytes."""
    body = "".join(f"        {statement}\n" for statement in statements)
    return Change(
        CODEC,
        "    raise explain(data)\n",
        f"    def instead(error):\n        record = None\n{body}"
        "        if record is None:\n            raise error\n        return record\n\n"
        "    return instead(explain(data))\n",
    )


def lengths(expression: str) -> tuple[Change, ...]:
    """Treat a declared length of `n` as the expression."""
    name = "from struct import Struct, error\n"
    hooked = (
        "import struct\nfrom struct import error\n\n\n"
        "class Struct(struct.Struct):\n"
        "    def unpack_from(self, data, at=0):\n"
        "        *others, n = super().unpack_from(data, at)\n"
        f'        return *others, {expression} if self.format.endswith("I") else n\n'
    )
    return (
        Change(CODEC, name, hooked),
        Change(
            SCAN,
            'number = int.from_bytes(raw, "little")\n',
            (
                'number = n = int.from_bytes(raw, "little")\n'
                f"    if part.role == roles.LENGTH:\n        number = {expression}\n"
            ),
        ),
    )


def magic(codec: str, scanner: str) -> tuple[Change, ...]:
    """Replace the condition on the magic number in the codec and in the scanner."""
    return (
        Change(CODEC, 'if magic != b"RCKP":', f"if {codec}:", DECODERS),
        Change(SCAN, "good = raw == part.values[0]", f"good = {scanner}"),
    )


def flag(expression: str) -> tuple[Change, ...]:
    """Treat a `flag` as the expression, in both options."""
    return (
        Change(
            CODEC,
            "        if flag == 1:\n",
            f"        flag = {expression}\n        if flag == 1:\n",
            2 * DECODERS,
        ),
        scanned("FLAG", expression.replace("flag", "number")),
    )


def status(expression: str) -> tuple[Change, ...]:
    """Treat a `status` as the expression."""
    return (
        Change(
            CODEC,
            "_STATUSES[status]\n        if flag",
            f"_STATUSES[{expression}]\n        if flag",
            DECODERS,
        ),
        scanned("STATUS", expression.replace("status", "number")),
    )


def scanned(role: str, expression: str) -> Change:
    """Let the scanner treat the `number` in parts of a role as the expression."""
    judged = "    if part.role in (roles.FLAG, roles.STATUS):\n"
    return Change(
        SCAN, judged, f"    if part.role == roles.{role}:\n        number = {expression}\n" + judged
    )


def end(allowed: str) -> tuple[Change, ...]:
    """Accept `rest`, the bytes after the record, if the expression is true."""
    return (
        Change(
            CODEC,
            "        if stop != len(data):\n",
            "        rest = bytes(data[stop:])\n"
            f"        if stop > len(data) or (rest and not ({allowed})):\n",
            DECODERS,
        ),
        Change(
            SCAN,
            "        if window.at_eof():\n            return None\n",
            "        rest = bytes(window.peek())\n"
            f"        if not rest or ({allowed}):\n            return None\n",
        ),
    )


SCANNER_REJECTS = Change(
    CODEC,
    DECODE,
    "def scanned(decode):\n    def scanned(data):\n"
    "        from rckp.format.buffers import byte_view\n"
    "        from rckp.format.codec_errors import explain\n"
    "        from rckp.format.scan import first_error\n\n"
    "        if first_error(byte_view(data)):\n            raise explain(data)\n"
    f"        return decode(data)\n\n    return scanned\n\n\n@scanned\n{DECODE}",
)
TRUNCATED = 'ScanError("truncated", field, start, part.size, len(raw), len(raw))'
CONTENT_TRUNCATED = 'ScanError("truncated", field, start, declared, there, there)'
VALIDATED_AS_A_WHOLE = Change(
    SCAN,
    "    if text is None and raw is None and window.known_shorter_than(declared):\n",
    "    if False:\n",
)


def located(old: str, new: str, times: int = 1) -> Change:
    """Replace source text of the scanner, which locates errors."""
    return Change(SCAN, old, new, times)
