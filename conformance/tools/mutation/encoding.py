"""Encoders that write other bytes, or write what has no encoding."""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change, Mutant, mutant

_CODEC, _FRONT, _RECORDS = "format/_codec.py", "format/codec_errors.py", "conformance/cases.py"
_UNPACKED = "        ) = record[_ALL]\n"
_TWICE = 2  # in `encode` and in `encode_parts`
_RANGE = (
    "        if not 0 <= value < 1 << 8 * field.parts[0].size:\n"
    '            raise EncodeError("integer-out-of-range", field.name)\n'
    "        return int(value)\n"
)
_INTEGER = "        if not isinstance(value, int) or isinstance(value, bool):\n"
_TEXT = "        if not isinstance(value, str):\n"
_STATE = "    if value not in _STATUSES:\n"
_LONE = '            raise EncodeError("lone-surrogate", field.name) from None\n'
_CHECKED = "    return tuple(map(_validated_value, fields, record))  # type: ignore[return-value]\n"
_MISSING = "        if name not in document or name not in names:\n"


def _before(statement: str) -> Change:
    """A statement about the values, before they are encoded."""
    return Change(_CODEC, _UNPACKED, f"{_UNPACKED}        {statement}\n", _TWICE)


def _range(statement: str) -> Change:
    return Change(_FRONT, _RANGE, f"        {statement}\n")


def _also(condition: str, statement: str, before: str) -> Change:
    """What fulfils the condition is not refused, but made of the statement."""
    return Change(_FRONT, before, f"        if {condition}:\n            {statement}\n" + before)


def _packed(old: str, new: str, times: int = 2) -> Change:
    return Change(_CODEC, old, new, times * _TWICE)


def _bytes(expression: str) -> Change:
    """The encoding, `data`, is handed out as the expression."""
    return Change(
        _CODEC,
        "def encode(",
        "def _mutated(encode):\n    def mutated(record):\n        data = encode(record)\n"
        f"        return {expression}\n\n    return mutated\n\n\n@_mutated\ndef encode(",
    )


_ALWAYS = Change(_CODEC, "if seed_payload is None and error_message is None:", "if False:", _TWICE)

MUTANTS: tuple[Mutant, ...] = (
    # The bytes
    mutant("write/big-endian", "TYPE-1 ENC-1", "Writes in network byte order.",
              Change(_CODEC, "from struct import Struct, error\n",
                     "import struct\nfrom struct import error\n\n\nclass Struct(struct.Struct):\n"
                     "    def __init__(self, form):\n        super().__init__(form)\n        self.other = struct.Struct(form.replace('<', '>'))\n\n"
                     "    def pack(self, *values):\n        return self.other.pack(*values)\n"),
              classes="writer"),
    mutant("write/double", "ENC-1 TYPE-2", "Every number of the language is a double.",
              _before("random_seed = min(int(float(random_seed)), 2**64 - 1) if type(random_seed) is int else random_seed"), classes="writer"),
    mutant("write/length-in-characters", "TYPE-4 ENC-1", "Writes the number of characters as the length.",
              _packed("created_at_ms, len(run_id))", "created_at_ms, len(run_id.decode()))"), classes="writer"),
    mutant("write/length-in-16-bit-units", "TYPE-4 ENC-1", "Writes the number of 16-bit units as the length.",
              _packed("len(step_state_payload))", "len(step_state_payload.decode().encode('utf-16-le')) // 2)"), classes="writer"),
    mutant("write/length-of-option-in-characters", "TYPE-4 ENC-2", "Writes the number of characters as the length.",
              _packed("_pack_bi(1, len(seed_payload))", "_pack_bi(1, len(seed_payload.decode()))", 1), classes="writer"),
    mutant("write/terminated", "TYPE-4 ENC-1", "Writes a NUL after a string, and counts it.",
              _before("step_state_payload = step_state_payload + '\\0' if isinstance(step_state_payload, str) else step_state_payload"), classes="writer"),
    mutant("write/byte-order-mark", "TYPE-4 ENC-1", "Writes text with a byte order mark.",
              _before("run_id = '\\ufeff' + run_id if isinstance(run_id, str) else run_id"), classes="writer"),
    mutant("write/cesu-8", "TYPE-5 ENC-1", "Encodes 16-bit units one by one.",
              _packed("run_id = _utf8(run_id)", "run_id = _utf8(run_id).decode()\n"
                      "        run_id = b''.join(c.encode() if c < '\\U00010000' else b''.join(chr(u).encode('utf-8', 'surrogatepass') for u in "
                      "(0xD800 + (ord(c) - 0x10000 >> 10), 0xDC00 + (ord(c) & 0x3FF))) for c in run_id)", 1), classes="writer"),
    mutant("write/modified-utf8", "TYPE-5 ENC-1", "Writes Java's modified UTF-8.",
              _packed("run_id = _utf8(run_id)", "run_id = _utf8(run_id).replace(b'\\0', b'\\xc0\\x80')", 1), classes="writer"),
    mutant("write/latin-1", "TYPE-4 TYPE-5 ENC-1", "Writes one byte for each character where it can.",
              _packed("step_state_payload = _utf8(step_state_payload)",
                      "step_state_payload = step_state_payload.encode('latin-1') if max(step_state_payload, default='') < '\\u0100' else _utf8(step_state_payload)", 1), classes="writer"),
    mutant("write/normalised", "ENC-1", "Normalises what it writes (NFC).",
              _before("step_state_payload = __import__('unicodedata').normalize('NFC', step_state_payload) if isinstance(step_state_payload, str) else step_state_payload")),
    mutant("write/stripped", "ENC-1", "Trims what it writes.",
              _before("step_state_payload = step_state_payload.strip() if isinstance(step_state_payload, str) else step_state_payload")),
    mutant("write/empty-is-absent", "ENC-2 TYPE-8", "Has one empty value for both.",
              _before("seed_payload, error_message = seed_payload or None, error_message or None"), classes="writer"),
    mutant("write/absent-is-empty", "ENC-2 TYPE-8", "Has one empty value for both.",
              _before("seed_payload, error_message = seed_payload if seed_payload is not None else '', error_message if error_message is not None else ''"), classes="writer"),
    mutant("write/absent-has-a-length", "ENC-2 TYPE-8", "Writes a length of 0 after the flag 00.",
              _ALWAYS, _packed('seed_payload_head = b"\\x00"', 'seed_payload_head = b"\\x00\\0\\0\\0\\0"', 1), classes="writer"),
    mutant("write/present-is-ff", "ENC-2 TYPE-8", "Writes true as all ones.",
              _packed("error_message_head = _pack_bi(1, ", "error_message_head = _pack_bi(255, ", 1), classes="writer"),
    mutant("write/states-by-name", "TYPE-10 ENC-1", "Numbers the states in the order of their names.",
              Change(_CODEC, "for byte, status in enumerate(_STATUSES)}", "for byte, status in enumerate(sorted(_STATUSES))}"), classes="writer"),
    mutant("write/states-from-one", "TYPE-10 ENC-1", "Numbers the states from 1.",
              Change(_CODEC, "for byte, status in enumerate(_STATUSES)}", "for byte, status in enumerate(_STATUSES, 1)}"), classes="writer"),
    mutant("write/lower-case-magic", "LAY-2 ENC-1", "Writes the name of the format as its extension has it.",
              _packed('_pack_4sqi(b"RCKP"', '_pack_4sqi(b"rckp"'), classes="writer"),
    mutant("write/line-feed-at-the-end", "LAY-3 ENC-1", "Ends the file as one ends a text.", _bytes('data + b"\\n"'), classes="writer"),
    mutant("write/padded", "LAY-3 LAY-1 ENC-1", "Pads the file to a multiple of eight bytes.", _bytes("data + bytes(-len(data) % 8)"), classes="writer"),
    mutant("write/aligned", "LAY-1 TYPE-4", "Pads a string so that the next integer is aligned.",
              _packed("_pack_q(random_seed),", "bytes(-len(run_id) % 8) + _pack_q(random_seed),"), classes="writer"),
    mutant("write/hashes-swapped", "LAY-1 ENC-1", "Has two fields of one type in the wrong order.",
              _before("algorithm_signature_hash, problem_signature_hash = problem_signature_hash, algorithm_signature_hash"), classes="writer"),
    mutant("write/options-swapped", "LAY-1 ENC-1", "Has two fields of one type in the wrong order.",
              _before("seed_payload, error_message = error_message, seed_payload"), classes="writer"),
    mutant("write/texts-swapped", "LAY-1 ENC-1", "Has two fields of one type in the wrong order.",
              _before("algorithm_parameters, problem_description = problem_description, algorithm_parameters"), classes="writer"),
    mutant("write/hashes-computed", "IDENT-4 ENC-1", "Computes the hashes of the strings that it writes.",
              _before("algorithm_signature_hash = __import__('rckp').Identity(algorithm_name, algorithm_parameters, '', '').signature_hashes[0]")),
    mutant("write/problem-hash-computed", "IDENT-4 ENC-1", "Computes the hashes of the strings that it writes.",
              _before("problem_signature_hash = __import__('rckp').Identity('', '', problem_description, problem_parameters).signature_hashes[1]")),
    mutant("write/no-seed-payload", "LAY-1 ENC-2", "Leaves out what the original never writes.", _before("seed_payload = None"), classes="writer"),
    # What has no encoding
    mutant("range/wraps", "ENC-3", "Keeps the lowest 64 bits.", _range("return int(value) & 2**64 - 1")),
    mutant("range/clamps", "ENC-3", "Takes the nearest integer that fits.", _range("return min(max(int(value), 0), 2**64 - 1)")),
    mutant("range/negative-wraps", "ENC-3", "Checks the upper bound alone.",
              Change(_FRONT, "not 0 <= value < 1 <<", "not -(2**63) <= value < 1 <<"), Change(_FRONT, "        return int(value)\n", "        return int(value) & 2**64 - 1\n")),
    mutant("range/one-too-many", "ENC-3", "Compares with ≤ 2^64.",
              Change(_FRONT, "not 0 <= value < 1 << 8 * field.parts[0].size", "not 0 <= value <= 1 << 8 * field.parts[0].size"),
              Change(_FRONT, "        return int(value)\n", "        return min(int(value), 2**64 - 1)\n")),
    mutant("range/signed", "ENC-1 ENC-3", "Refuses what does not fit a signed integer.",
              Change(_FRONT, "    fields = layout.record_fields\n",
                     "    fields = layout.record_fields\n    for field, value in zip(fields, record):\n"
                     "        if isinstance(value, int) and value >= 2**63:\n            raise EncodeError('integer-out-of-range', field.name)\n"),
              Change(_CODEC, _UNPACKED, _UNPACKED + "        if any(type(v) is int and v >= 2**63 for v in record):\n            raise TypeError\n", _TWICE)),
    mutant("type/boolean-is-integer", "ENC-4", "In the language true is 1.", Change(_FRONT, _INTEGER, "        if not isinstance(value, int):\n")),
    mutant("type/float-is-integer", "ENC-4", "Drops what stands after the point.", _also("isinstance(value, float)", "return int(value)", _INTEGER)),
    mutant("type/whole-float-is-integer", "ENC-4", "Takes 1.0 for 1.", _also("isinstance(value, float) and value == int(value)", "return int(value)", _INTEGER)),
    mutant("type/digits-are-integer", "ENC-4", "Reads numbers from text.", _also("isinstance(value, str) and value.isdigit()", "return int(value)", _INTEGER)),
    mutant("type/absent-integer-is-zero", "ENC-4", "Has a default for what is absent.", _also("value is None", "return 0", _INTEGER)),
    mutant("type/bytes-are-text", "ENC-4", "Takes bytes for text.", _also("isinstance(value, bytes)", "return value.decode()", _TEXT)),
    mutant("type/number-is-text", "ENC-4", "Makes text of everything.", _also("isinstance(value, (int, float))", "return str(value)", _TEXT)),
    mutant("type/absent-text-is-empty", "ENC-4", "Has a default for what is absent.", _also("value is None", 'return ""', _TEXT)),
    mutant("type/status-has-a-default", "ENC-4", "Takes every unknown state for running.", Change(_FRONT, _STATE, "    if value not in _STATUSES:\n        value = _STATUSES[0]\n    if False:\n")),
    mutant("type/status-by-number", "ENC-4", "Takes the number of a state for the state.", Change(_FRONT, _STATE, "    if isinstance(value, int) and 0 <= value < 4:\n        value = _STATUSES[value]\n" + _STATE)),
    mutant("type/status-in-any-case", "ENC-4", "Compares text without case.", Change(_FRONT, _STATE, "    if isinstance(value, str):\n        value = value.lower()\n" + _STATE)),
    mutant("type/absent-status-is-running", "ENC-4", "Has a default for what is absent.", Change(_FRONT, _STATE, "    if value is None:\n        value = _STATUSES[0]\n" + _STATE)),
    mutant("record/lacks-a-field", "ENC-4", "Has a default for what is missing.",
              Change(_RECORDS, _MISSING, "        document = {'error_message': None, 'status': 'running', 'elapsed_millis': '0', 'seed_payload': None} | document\n"
                     "        document = {n: '0' if 'hash' in n or 'ms' in n or n == 'random_seed' else '' for n in names} | document\n" + _MISSING)),
    mutant("record/one-field-more", "ENC-4", "Passes over what it does not know.", Change(_RECORDS, _MISSING, "        if name not in document:\n")),
    mutant("surrogate/replaced", "ENC-5", "Writes U+FFFD, as many encoders do unless told otherwise.",
              Change(_FRONT, _LONE, '            return str.encode(value, "utf-16-le", "surrogatepass").decode("utf-16-le", "replace")\n')),
    mutant("surrogate/question-mark", "ENC-5", "Writes a question mark.", Change(_FRONT, _LONE, '            return str.encode(value, errors="replace").decode()\n')),
    mutant("surrogate/left-out", "ENC-5", "Leaves it out.", Change(_FRONT, _LONE, '            return str.encode(value, errors="ignore").decode()\n')),
    mutant("surrogate/encoded", "ENC-5 TYPE-5", "Encodes it like any other character.",
              Change(_CODEC, "_utf8: Callable[[Any], Any] = str.encode\n", "_utf8: Callable[[Any], Any] = lambda text: str.encode(text, 'utf-8', 'surrogatepass')\n"), classes="writer"),
    mutant("surrogate/high-alone-seen", "ENC-5", "Looks for a high surrogate without a low one, not for the reverse.",
              Change(_FRONT, _LONE, '            if not any("\\ud800" <= c < "\\udc00" for c in value):\n                return str.encode(value, errors="replace").decode()\n' + _LONE)),
    mutant("surrogate/options-unchecked", "ENC-5", "Checks the strings that are always there.",
              Change(_FRONT, _LONE, '            if field.parts[0].role == FLAG:\n                return str.encode(value, errors="replace").decode()\n' + _LONE)),
    mutant("length/4-gib", "ENC-6", "Forgets that a length can be too great for four bytes.",
              Change(_FRONT, "        if size >= 1 << 8 * field.parts[-2].size:\n", "        if False:\n"),
              survives="It takes a string of 4 GiB to notice.",
              elsewhere="format/test_codec.py::test_a_string_too_long"),
    mutant("refused/bytes-handed-out", "ENC-7", "Gives the bytes before the value that it refuses.",
              Change(_FRONT, _CHECKED, "    try:\n    " + _CHECKED + "    except EncodeError as error:\n        from rckp.format.record import CheckpointRecord\n\n        at = [f.name for f in fields].index(error.field)\n"
                     "        empty = CheckpointRecord(0, '', 0, '', '', '', '', 0, 0, '', None, 0, _STATUSES[0], None)\n"
                     "        return CheckpointRecord(*record[:at], *empty[at:])\n")),
    # What is told
    mutant("told/last-first", "ENC-8", "Checks the fields from the last to the first.",
              Change(_FRONT, _CHECKED, "    for field, value in list(zip(fields, record))[::-1]:\n        _validated_value(field, value)\n" + _CHECKED)),
    mutant("told/integers-first", "ENC-8", "Checks all integers before the strings.",
              Change(_FRONT, _CHECKED, "    for field, value in zip(fields, record):\n        if field.parts[0].role == INTEGER:\n            _validated_value(field, value)\n" + _CHECKED)),
    mutant("told/missing-last", "ENC-8", "Looks for unknown fields when all others are checked.",
              Change(_RECORDS, "        if name not in document or name not in names:\n", "        if name not in document:\n"),
              Change(_RECORDS, "    return CheckpointRecord(*values)\n",
                     "    record = CheckpointRecord(*values)\n    if set(document) - set(names):\n        from rckp.format.codec_errors import validated_record\n\n        validated_record(record)\n"
                     "        raise EncodeError('wrong-type', min(set(document) - set(names)))\n    return record\n")),
    mutant("told/field-before", "ENC-9", "Names the field before.", Change(_FRONT, _LONE, _LONE.replace("field.name", "LAYOUT.fields[field.number - 1].name"))),
    mutant("told/range-is-type", "ENC-9 ENC-3", "Has one code for both.",
              Change(_FRONT, 'raise EncodeError("integer-out-of-range", field.name)', 'raise EncodeError("wrong-type", field.name)')),
    mutant("told/type-is-range", "ENC-9 ENC-4", "Has one code for both.",
              Change(_FRONT, _INTEGER + '            raise EncodeError("wrong-type", field.name)\n', _INTEGER + '            raise EncodeError("integer-out-of-range", field.name)\n')),
)
