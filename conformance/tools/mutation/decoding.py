"""Decoders that get the layout or the order of judgement wrong.

Codec and scanner are two readings of the same rules: a verdict is the codec's, its place the
scanner's. A mistake that changes the verdict is therefore made in both.
"""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change, Mutant, mutant

_CODEC, _SCAN = "format/_codec.py", "format/scan.py"
_DECODE = "def decode("
_TWICE = 2  # in `decode` and in `decode_or_none`


def _then(*statements: str) -> Change:
    """The statements about a decoded `record` are done before it is handed out."""
    body = "".join(f"        {statement}\n" for statement in statements)
    return Change(
        _CODEC,
        _DECODE,
        "def _mutated(decode):\n    from rckp.errors import DecodeError\n\n"
        "    def mutated(data):\n        record = decode(data)\n"
        f"{body}        return record\n\n    return mutated\n\n\n@_mutated\n{_DECODE}",
    )


def _values(expression: str) -> Change:
    """Each `value` of the record is handed out as the expression."""
    return _record(f"CheckpointRecord(*({expression} for value in record))")


def _integers(expression: str) -> Change:
    return _values(f"{expression} if isinstance(value, int) else value")


def _texts(expression: str) -> Change:
    return _values(f"{expression} if isinstance(value, str) else value")


def _record(expression: str) -> Change:
    """The expression of `record` is handed out in its place."""
    return _then(f"record = {expression}")


def _refusing(condition: str) -> Change:
    """A valid file is refused if its `record` fulfils the condition."""
    return _then(
        f"if {condition}:", '    raise DecodeError("invalid-utf8", "step_state_payload", 0)'
    )


def _instead(*statements: str) -> Change:
    """The statements about `error` and `data` may make a `record` of invalid bytes."""
    body = "".join(f"        {statement}\n" for statement in statements)
    return Change(
        _CODEC,
        "    raise explain(data)\n",
        f"    def instead(error):\n        record = None\n{body}"
        "        if record is None:\n            raise error\n        return record\n\n"
        "    return instead(explain(data))\n",
    )


def _lengths(expression: str) -> tuple[Change, ...]:
    """A declared length of `n` counts as the expression."""
    name = "from struct import Struct, error\n"
    hooked = (
        "import struct\nfrom struct import error\n\n\n"
        "class Struct(struct.Struct):\n"
        "    def unpack_from(self, data, at=0):\n"
        "        *others, n = super().unpack_from(data, at)\n"
        f'        return *others, {expression} if self.format.endswith("I") else n\n'
    )
    return (
        Change(_CODEC, name, hooked),
        Change(_SCAN, "number = int.from_bytes(raw, \"little\")\n", (
            "number = n = int.from_bytes(raw, \"little\")\n"
            f"    if part.role == roles.LENGTH:\n        number = {expression}\n"
        )),
    )


def _magic(codec: str, scanner: str) -> tuple[Change, ...]:
    return (
        Change(_CODEC, 'if magic != b"RCKP":', f"if {codec}:", _TWICE),
        Change(_SCAN, "good = raw == part.values[0]", f"good = {scanner}"),
    )


def _flag(expression: str) -> tuple[Change, ...]:
    """A `flag` counts as the expression, in both options."""
    return (
        Change(_CODEC, "        if flag == 1:\n", f"        flag = {expression}\n        if flag == 1:\n", 2 * _TWICE),
        _scanned("FLAG", expression.replace("flag", "number")),
    )


def _status(expression: str) -> tuple[Change, ...]:
    return (
        Change(_CODEC, "_STATUSES[status]\n        if flag", f"_STATUSES[{expression}]\n        if flag", _TWICE),
        _scanned("STATUS", expression.replace("status", "number")),
    )


def _scanned(role: str, expression: str) -> Change:
    judged = "    if part.role in (roles.FLAG, roles.STATUS):\n"
    return Change(
        _SCAN, judged, f"    if part.role == roles.{role}:\n        number = {expression}\n" + judged
    )


def _end(allowed: str) -> tuple[Change, ...]:
    """What follows the record, `rest`, is not a fault if the expression is true."""
    return (
        Change(
            _CODEC,
            "        if stop != len(data):\n",
            "        rest = bytes(data[stop:])\n"
            f"        if stop > len(data) or (rest and not ({allowed})):\n",
            _TWICE,
        ),
        Change(
            _SCAN,
            "        if window.at_eof():\n            return None\n",
            "        rest = bytes(window.peek())\n"
            f"        if not rest or ({allowed}):\n            return None\n",
        ),
    )


_SCANNER_REFUSES = Change(
    _CODEC,
    _DECODE,
    "def _scanned(decode):\n    def scanned(data):\n"
    "        from rckp.format.buffers import byte_view\n"
    "        from rckp.format.codec_errors import explain\n"
    "        from rckp.format.scan import first_error\n\n"
    "        if first_error(byte_view(data)):\n            raise explain(data)\n"
    f"        return decode(data)\n\n    return scanned\n\n\n@_scanned\n{_DECODE}",
)
_TRUNCATED = 'ScanError("truncated", field, start, part.size, len(raw), len(raw))'
_CONTENT_CUT = 'ScanError("truncated", field, start, declared, there, there)'
_JUDGED_AS_A_WHOLE = Change(
    _SCAN, "    if text is None and raw is None and window.known_shorter_than(declared):\n", "    if False:\n"
)


def _located(old: str, new: str, times: int = 1) -> Change:
    return Change(_SCAN, old, new, times)


MUTANTS: tuple[Mutant, ...] = (
    # The magic number
    mutant("magic/unchecked", "DEC-3 LAY-2", "Skips four bytes and trusts the extension.",
              *_magic("False", "True")),
    mutant("magic/any-case", "DEC-3 LAY-2", "Compares text without case.",
              *_magic('magic.upper() != b"RCKP"', "raw.upper() == part.values[0]")),
    mutant("magic/three-bytes", "DEC-3 LAY-2", "Takes the last byte for a version number.",
              *_magic('magic[:3] != b"RCK"', "raw[:3] == part.values[0][:3]")),
    mutant("magic/first-byte-free", "DEC-3 LAY-2", "Compares from the second byte on.",
              *_magic('magic[1:] != b"CKP"', "raw[1:] == part.values[0][1:]")),
    mutant("magic/one-of-the-middle", "DEC-3 LAY-2", "Compares the first and the last byte.",
              *_magic('magic[::3] != b"RP"', "raw[::3] == part.values[0][::3]")),
    mutant("magic/either-byte-order", "DEC-3 LAY-2", "Means to read files of big-endian machines.",
              *_magic('magic not in (b"RCKP", b"PKCR")', 'raw in (b"RCKP", b"PKCR")')),
    mutant("magic/before-the-length", "DEC-1 DEC-2", "Compares the prefix that is there first.",
              _located("    if len(raw) < part.size:\n",
                       "    if part.role == roles.MAGIC and not part.values[0].startswith(raw):\n"
                       '        return ScanError("bad-magic", field, start)\n'
                       "    if len(raw) < part.size:\n")),
    mutant("magic/empty-is-bad-magic", "DEC-1 DEC-2", "An empty file has no magic number, so it has a bad one.",
              _located("    if len(raw) < part.size:\n",
                       "    if part.role == roles.MAGIC and not raw:\n"
                       '        return ScanError("bad-magic", field, start)\n'
                       "    if len(raw) < part.size:\n")),
    mutant("magic/offset-of-the-byte", "DEC-10 DEC-3", "Reports the first byte that differs.",
              _located("ScanError(_REFUSED[part.role], field, start, length=part.size)",
                       "ScanError(_REFUSED[part.role], field, next(i for i in range(4) if raw[i] != part.values[0][i]))")),
    # Integers
    mutant("integer/big-endian", "TYPE-1", "Reads the integers in network byte order.",
              _integers('int.from_bytes(value.to_bytes(8, "little"), "big")'), classes="reader"),
    mutant("integer/halves-swapped", "TYPE-1 TYPE-2", "Puts two 32-bit reads together the wrong way round.",
              _integers("(value >> 32 | value << 32 & 2**64 - 1)"), classes="reader"),
    mutant("integer/signed", "TYPE-3 TYPE-2", "The language has no unsigned integers.",
              _integers("value - 2**64 * (value >> 63)"), classes="reader"),
    mutant("integer/double", "TYPE-3", "Every number of the language is a double.",
              _integers("int(float(value))"), classes="reader"),
    mutant("integer/clamped-to-signed", "TYPE-3", "Saturates at the largest signed integer.",
              _integers("min(value, 2**63 - 1)"), classes="reader"),
    mutant("integer/32-bit", "TYPE-2 TYPE-3", "Keeps the integer in a 32-bit variable.",
              _integers("value & 2**32 - 1"), classes="reader"),
    # Strings and lengths
    mutant("length/16-bit", "TYPE-4", "Keeps the length in a 16-bit variable.",
              *_lengths("n & 0xFFFF"), classes="reader"),
    mutant("length/big-endian", "TYPE-1 TYPE-4", "Reads the length in network byte order.",
              *_lengths('int.from_bytes(n.to_bytes(4, "little"), "big")'), classes="reader"),
    mutant("length/includes-itself", "TYPE-4", "Takes the length to count its own four bytes.",
              *_lengths("max(0, n - 4)"), classes="reader"),
    mutant("length/negative-is-empty", "LIM-2 DEC-2", "Reads the length as signed, and nothing for a negative one.",
              *_lengths("(n if n < 2**31 else 0)"), hostile=True),
    mutant("length/told-as-signed", "LIM-2 DEC-10", "Reports the declared length as a signed integer.",
              _located(_CONTENT_CUT, _CONTENT_CUT.replace("declared", "declared - 2**32 * (declared >> 31)"), 2),
              hostile=True),
    mutant("length/allocated-at-once", "LIM-1", "Makes a buffer of the declared length and reads into it.",
              _located("    start = window.position\n    if text is None",
                       "    start = window.position\n    buffer = bytearray(declared)\n    if text is None"),
              hostile=True),
    mutant("length/limited", "LAY-4 TYPE-4", "Refuses long strings as malformed, to be on the safe side.",
              _refusing("any(isinstance(value, str) and len(value) > 65535 for value in record)"), classes="reader"),
    mutant("content/short-read", "DEC-2", "Does not look at how many bytes a read gave.",
              Change(_CODEC, "if stop != len(data):", "if stop < len(data):", _TWICE),
              _JUDGED_AS_A_WHOLE, _located("    if missing:\n", "    if False:\n")),
    mutant("content/malformed-before-cut", "DEC-1 DEC-11", "Reports malformed bytes at once, before it knows that the content is complete.",
              _JUDGED_AS_A_WHOLE,
              _located("            continue  # malformed already, but truncation takes precedence\n",
                       '            return ScanError("invalid-utf8", field, start + valid, length=length)\n'),
              _located("    if missing:\n", "    if missing and not length:\n")),
    mutant("content/cut-end-is-malformed", "DEC-1 DEC-2", "Takes a sequence that the end of the file cuts for malformed text.",
              _JUDGED_AS_A_WHOLE,
              _located("    if missing:\n", '    if missing and pending:\n        return ScanError("invalid-utf8", field, start + valid)\n    if missing:\n')),
    mutant("content/pieces-end-sequences", "DEC-11 DEC-4", "Decodes each piece of a stream by itself.",
              _SCANNER_REFUSES, _located('"strict", missing == 0)', '"strict", True)')),
    mutant("content/buffer-of-4096", "TYPE-4 DEC-11", "Reads a string with one read into a fixed buffer.",
              _texts("value[:4096]"), classes="reader"),
    mutant("integer/short-read", "DEC-2", "Reads into a zeroed buffer and does not look at how much came.",
              _instead("padded = (decode_or_none(bytes(data) + bytes(n)) for n in range(1, 14))",
                       "record = next(filter(None, padded), None)")),
    mutant("text/stripped", "TYPE-7", "Trims what it reads.", _texts("value.strip()")),
    mutant("text/byte-order-mark-eaten", "TYPE-7", "Uses a text decoder that eats a leading U+FEFF.",
              _texts('value.removeprefix("\\ufeff")')),
    mutant("text/ends-at-nul", "TYPE-7", "Hands the bytes on as a C string.", _texts('value.partition("\\0")[0]')),
    mutant("text/trailing-nuls-dropped", "TYPE-7", "Takes NULs at the end for padding.", _texts('value.rstrip("\\0")')),
    mutant("text/normalised", "TYPE-7", "Normalises what it reads (NFC).",
              _texts('__import__("unicodedata").normalize("NFC", value)')),
    mutant("text/line-breaks-translated", "TYPE-7", "Reads in text mode.", _texts('value.replace("\\r\\n", "\\n")')),
    mutant("text/noncharacters-replaced", "TYPE-7 TYPE-6", "Takes noncharacters for errors.",
              _texts('value.replace("\\ufffe", "\\ufffd").replace("\\uffff", "\\ufffd")'), classes="reader"),
    mutant("text/basic-plane-only", "TYPE-7", "Keeps one 16-bit unit for each character.",
              _texts('"".join(c if c < "\\U00010000" else "?" for c in value)')),
    mutant("text/control-characters-refused", "LAY-4 TYPE-6", "Refuses what looks like binary data.",
              _refusing('any(isinstance(v, str) and "\\0" in v for v in record)'), classes="reader"),
    mutant("text/replacement-refused", "LAY-4 TYPE-6", "Takes U+FFFD for a sign of malformed UTF-8.",
              _refusing('any(isinstance(v, str) and "\\ufffd" in v for v in record)'), classes="reader"),
    mutant("text/empty-refused", "TYPE-6 LAY-4", "Takes an empty name for a missing one.",
              _refusing("not record.run_id or not record.algorithm_name"), classes="reader"),
    # Options
    mutant("option/empty-is-absent", "TYPE-9", "Has one empty value for both.",
              _record("record._replace(seed_payload=record.seed_payload or None, error_message=record.error_message or None)")),
    mutant("option/absent-is-empty", "TYPE-9", "Has one empty value for both.",
              _record('record._replace(seed_payload=record.seed_payload or "", error_message=record.error_message or "")')),
    mutant("flag/any-other-is-present", "DEC-5 TYPE-8", "Takes every byte but 00 for true.", *_flag("int(flag != 0)"), classes="reader"),
    mutant("flag/any-other-is-absent", "DEC-5 TYPE-8", "Takes every byte but 01 for false.", *_flag("int(flag == 1)"), classes="reader"),
    mutant("flag/lowest-bit", "DEC-5 TYPE-8", "Looks at the lowest bit alone.", *_flag("flag & 1"), classes="reader"),
    mutant("flag/minus-one", "DEC-5 TYPE-8", "Takes FF for true, as some languages write it.", *_flag("(1 if flag == 255 else flag)"), classes="reader"),
    mutant("flag/digit", "DEC-5 TYPE-8", "Takes the digit 0 for false.", *_flag("(0 if flag == 48 else flag)"), classes="reader"),
    mutant("flag/first-unchecked", "DEC-5", "Checks one of the two flags.",
              Change(_CODEC, "flag = data[stop]\n", "flag = data[stop]\n        flag = int(flag != 0)\n", _TWICE),
              _located("    if part.role in (roles.FLAG", '    if part.role == roles.FLAG and field == "seed_payload":\n        number = int(number != 0)\n    if part.role in (roles.FLAG')),
    mutant("flag/second-unchecked", "DEC-5", "Checks one of the two flags.",
              Change(_CODEC, "status, flag = _QBB.unpack_from(data, stop)\n", "status, flag = _QBB.unpack_from(data, stop)\n        flag = int(flag != 0)\n", _TWICE),
              _located("    if part.role in (roles.FLAG", '    if part.role == roles.FLAG and field == "error_message":\n        number = int(number != 0)\n    if part.role in (roles.FLAG')),
    mutant("flag/read-with-the-length", "DEC-1 DEC-5", "Reads the flag and what follows it at one blow.",
              _located("        if number >= len(part.values):\n",
                       '        if number >= 2 and field == "seed_payload" and window.at_eof():\n            return ScanError("truncated", field, start + 1, 4, 0)\n'
                       "        if number >= len(part.values):\n")),
    mutant("flag/last-read-with-the-length", "DEC-1 DEC-5", "Reads the flag and what follows it at one blow.",
              _located("        if number >= len(part.values):\n",
                       '        if number >= 2 and field == "error_message" and window.at_eof():\n            return ScanError("truncated", field, start + 1, 4, 0)\n'
                       "        if number >= len(part.values):\n")),
    # Status
    mutant("status/any-other-is-running", "DEC-6 TYPE-10", "Has a default for what it does not know.", *_status("(status if status < 4 else 0)"), classes="reader"),
    mutant("status/any-other-is-the-last", "DEC-6 TYPE-10", "Ends a chain of comparisons with an else.", *_status("min(status, 3)"), classes="reader"),
    mutant("status/two-bits", "DEC-6 TYPE-10", "Looks at two bits alone.", *_status("status & 3"), classes="reader"),
    mutant("status/one-more", "DEC-6 TYPE-10", "Compares with ≤ 4.", *_status("(0 if status == 4 else status)"), classes="reader"),
    mutant("status/signed", "DEC-6 TYPE-10", "Reads a signed byte, and -1 is the last of a list.", *_status("(3 if status == 255 else status)"), classes="reader"),
    mutant("status/digit", "DEC-6 TYPE-10", "Takes the digit 0 for running.", *_status("(0 if status == 48 else status)"), classes="reader"),
    mutant("status/other-order", "TYPE-10", "Sorts the states by name.",
              _record("record._replace(status=sorted(CheckpointRunStatus)[_STATUSES.index(record.status)])"), classes="reader"),
    mutant("status/read-with-the-flag", "DEC-1 DEC-6", "Reads the status and the flag after it at one blow.",
              _located("        if number >= len(part.values):\n",
                       '        if part.role == roles.STATUS and number >= 4 and window.at_eof():\n            return ScanError("truncated", "error_message", start + 1, 1, 0)\n'
                       "        if number >= len(part.values):\n")),
    # The end
    mutant("end/unchecked", "DEC-7 LAY-3", "Stops reading after the last field.", *_end("True"), classes="reader"),
    mutant("end/line-feed", "DEC-7 LAY-3", "Allows a line feed at the end, as in text.", *_end('rest == b"\\n"'), classes="reader"),
    mutant("end/zeros", "DEC-7 LAY-3", "Takes zeros at the end for padding.", *_end('not rest.strip(b"\\0")'), classes="reader"),
    mutant("end/next-record", "LAY-3 DEC-7", "Takes a file for a stream of records.", *_end('rest.startswith(b"RCKP")'), classes="reader"),
    mutant("end/one-byte", "DEC-7", "Asks whether more than one byte is left.", *_end("len(rest) == 1")),
    mutant("end/reported-at-the-last-byte", "DEC-10 DEC-7", "Reports where the record ends, not where the rest begins.",
              _located('ScanError("trailing-bytes", field, start, length', 'ScanError("trailing-bytes", field, start - 1, length')),
    mutant("end/reported-in-the-last-field", "DEC-10 DEC-7", "Has no name for the end.",
              _located('ScanError("trailing-bytes", field, start', 'ScanError("trailing-bytes", "error_message", start')),
    # Layout and meaning
    mutant("layout/seed-and-time-swapped", "LAY-1", "Has two fields of one type in the wrong order.",
              _record("record._replace(created_at_ms=record.random_seed, random_seed=record.created_at_ms)"), classes="reader"),
    mutant("layout/parameters-swapped", "LAY-1", "Has two fields of one type in the wrong order.",
              _record("record._replace(algorithm_parameters=record.problem_description, problem_description=record.algorithm_parameters)"), classes="reader"),
    mutant("layout/hashes-swapped", "LAY-1", "Has two fields of one type in the wrong order.",
              _record("record._replace(algorithm_signature_hash=record.problem_signature_hash, problem_signature_hash=record.algorithm_signature_hash)"), classes="reader"),
    mutant("layout/options-swapped", "LAY-1", "Has two fields of one type in the wrong order.",
              _record("record._replace(seed_payload=record.error_message, error_message=record.seed_payload)"), classes="reader"),
    mutant("layout/hashes-computed", "LAY-4 LAY-1", "Computes the hashes instead of reading them.",
              _record("record._replace(algorithm_signature_hash=__import__('rckp').Identity(*record[3:7]).signature_hashes[0])"), classes="reader"),
    mutant("meaning/hashes-compared", "LAY-4", "Takes the hashes for checksums.",
              _refusing("__import__('rckp').Identity(*record[3:7]).signature_hashes != record[7:9]")),
    mutant("meaning/failure-needs-a-message", "LAY-4", "Takes the message for a part of the state.",
              _refusing("record.status == 'failed' and record.error_message is None")),
    mutant("meaning/message-needs-a-failure", "LAY-4", "Takes the message for a part of the state.",
              _refusing("record.status == 'completed' and record.error_message is not None")),
    mutant("meaning/times-compared", "LAY-4", "Refuses a file that is older than its run.",
              _refusing("record.created_at_ms < (__import__('rckp').run_id_timestamp_ms(record.run_id) or 0)")),
    mutant("meaning/time-in-the-future", "LAY-4", "Refuses a file from the future.",
              _refusing("record.created_at_ms > __import__('time').time_ns() // 10**6")),
    mutant("meaning/run-id-of-another-scheme", "LAY-4", "Takes the usual form of a run id for the only one.",
              _refusing("__import__('rckp').run_id_timestamp_ms(record.run_id) is None")),
    mutant("other-layout/refused", "ALT-1", "Refuses what might be the later layout.",
              _refusing("record.step_state_payload.startswith('\\x01') and len(record.step_state_payload.encode()) >= 17")),
    mutant("other-layout/tried", "ALT-1 DEC-4", "Reads the later layout, whose payloads are bytes, when this one fails.",
              _instead("if error.code == 'invalid-utf8' and error.field == 'step_state_payload':",
                       "    names, kept = globals(), _text",
                       "    names['_text'] = lambda piece: bytes(piece).decode('latin-1')",
                       "    record = decode_or_none(bytes(data))",
                       "    names['_text'] = kept")),
    mutant("fault/record-handed-out", "DEC-8", "Gives what it has read so far when the file ends early.",
              _instead("if error.code == 'truncated' and error.field == 'error_message':",
                       "    cut = (decode_or_none(bytes(data[:at]) + b'\\0') for at in range(len(data), max(0, len(data) - 64), -1))",
                       "    record = next(filter(None, cut), None)")),
    # Where it is
    mutant("place/truncated-at-the-end", "DEC-10 DEC-2", "Reports where the file ends, not where the part begins.",
              _located(_TRUNCATED, _TRUNCATED.replace("start", "window.position"))),
    mutant("place/content-at-its-length", "DEC-10 DEC-2", "Takes length and content for one part.",
              _located(_CONTENT_CUT, _CONTENT_CUT.replace("start", "start - 4"), 2)),
    mutant("place/wanted-is-what-is-missing", "DEC-10 DEC-2", "Reports how many bytes more it needs.",
              _located(_TRUNCATED, _TRUNCATED.replace("part.size", "part.size - len(raw)"))),
    mutant("place/flag-counts-from-one", "DEC-10 DEC-5", "Reports the offset after the byte.",
              _located("return ScanError(_REFUSED[part.role], field, start)", "return ScanError(_REFUSED[part.role], field, start + 1)")),
    mutant("place/malformed-at-the-content", "DEC-10 DEC-4", "Reports where the string begins.",
              _located('ScanError("invalid-utf8", field, start + valid', 'ScanError("invalid-utf8", field, start')),
    mutant("place/malformed-at-the-byte", "DEC-10 DEC-4", "Reports the byte that does not fit, not the sequence.",
              _located('ScanError("invalid-utf8", field, start + valid', 'ScanError("invalid-utf8", field, start + valid + length - 1')),
    mutant("place/malformed-in-characters", "DEC-10 DEC-4", "Counts the characters before the fault.",
              _located("        valid += used\n", "        valid += len(decoded)\n")),
    mutant("code/malformed-is-truncated", "DEC-4 DEC-10", "Takes a string that ends inside a character for a cut file.",
              _located("    if length:\n        return ScanError", "    if length and window.position - start - valid == length < 4:\n"
                       '        return ScanError("truncated", field, start, declared, declared)\n    if length:\n        return ScanError')),
)
