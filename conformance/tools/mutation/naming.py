"""Namers that compute other hashes, timestamps, names or base directories."""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change, Mutant, mutant

_IDENTITY, _PATHS = "format/identity.py", "format/paths.py"
_STEP = "value = (value ^ byte) * _PRIME & _MASK"
_ENCODED = "text[at : at + _PIECE].encode()"
_JOINT = '(algorithm, "", "|"),'
_HASHED = "def _hashes(\n    algorithm_name: str,\n    algorithm_parameters: str,\n    problem_description: str,\n    problem_parameters: str,\n) -> tuple[int, int]:\n"
_SURROGATE = '            raise EncodeError("lone-surrogate", field) from None\n'
_TAIL = '_, separator, tail = run_id.rpartition("-")'
_DIGITS = 'digits = tail.removeprefix("+")'
_JUDGED = "    if not separator or not digits.isascii() or not digits.isdigit():\n"
_LARGEST = "return value if value < 1 << 128 else None"
_KEPT = '    kept = text.encode("ascii", "replace").translate(_REPLACED).decode()\n'
_STRIPPED = 'return kept.strip("_") or _UNNAMED'
_FIRST = "    if explicit is not None:\n        return explicit\n"
_VARIABLE = "    if value := environment.get(BASE_VARIABLE):\n        return value\n"
_STATE = '        if value := environment.get(variable):\n            joint'
_LAST = "    return LOCAL_BASE if project is None else project\n"


def _hash(label: str, requirements: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"hash/{label}", requirements, why, *(Change(_IDENTITY, *c) for c in changes))


def _texts(expression: str) -> tuple[str, str]:
    """The four texts of an identity, each a `text`, count as the expression."""
    names = "algorithm_name, algorithm_parameters, problem_description, problem_parameters"
    return _HASHED, f"{_HASHED}    {names} = ({expression} for text in ({names}))\n"


def _time(label: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"timestamp/{label}", "RUN-6", why, *(Change(_IDENTITY, *c) for c in changes))


def _name(label: str, requirements: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"name/{label}", requirements, why, *(Change(_PATHS, *c) for c in changes))


def _base(label: str, requirements: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"base/{label}", requirements, why, *(Change(_PATHS, *c) for c in changes))


MUTANTS: tuple[Mutant, ...] = (
    _hash("multiplied-first", "IDENT-1", "Computes FNV-1, not FNV-1a.", (_STEP, "value = (value * _PRIME & _MASK) ^ byte")),
    _hash("from-zero", "IDENT-1", "Computes FNV-0, which has no offset basis.", ("_OFFSET_BASIS = 0xCBF29CE484222325", "_OFFSET_BASIS = 0")),
    _hash("32-bit", "IDENT-1", "Computes the hash of 32 bits.", ("_MASK = (1 << 64) - 1", "_MASK = (1 << 32) - 1")),
    _hash("other-prime", "IDENT-1", "Takes the prime of 32 bits.", ("_PRIME = 0x100000001B3", "_PRIME = 0x01000193")),
    _hash("signed-bytes", "IDENT-1", "The bytes of the language are signed.", (_STEP, "value = (value ^ (byte - 256 * (byte >> 7))) * _PRIME & _MASK")),
    _hash("rounded", "IDENT-1", "Multiplies as doubles.", (_STEP, "value = int(float((value ^ byte) * _PRIME & _MASK)) & _MASK")),
    _hash("latin-1", "IDENT-1", "Hashes one byte for each character where it can.", (_ENCODED, "text[at : at + _PIECE].encode('latin-1', 'replace')")),
    _hash("16-bit-units", "IDENT-1", "Hashes 16-bit units.", (_ENCODED, "memoryview(text[at : at + _PIECE].encode('utf-16-le')).cast('H')")),
    _hash("code-points", "IDENT-1", "Hashes code points.", (_ENCODED, "[ord(c) for c in text[at : at + _PIECE] if c.encode()]")),
    _hash("first-piece-alone", "IDENT-1", "Hashes the first 64 KiB.", ("for at in range(0, len(text), _PIECE):", "for at in range(0, min(len(text), 1), _PIECE):")),
    _hash("no-separator", "IDENT-2", "Joins the two strings with nothing between.", (_JOINT, '(algorithm, "", ""),')),
    _hash("problem-no-separator", "IDENT-2", "Joins the two strings with nothing between.", ('(problem, "", "|"),', '(problem, "", ""),')),
    _hash("other-separator", "IDENT-2", "Joins the two strings with a colon.", (_JOINT, '(algorithm, "", ":"),')),
    _hash("separator-left-out", "IDENT-2", "Leaves the separator out when nothing follows.", (_JOINT, '(algorithm, "", "|" if algorithm_parameters else ""),')),
    _hash("nothing-alone", "IDENT-2", "Leaves the separator out when nothing stands before it.", (_JOINT, '(algorithm, "", "|" if algorithm_name else ""),')),
    _hash("escaped", "IDENT-2", "Escapes a separator that is part of a string.", _texts('text.replace("|", "\\\\|") if isinstance(text, str) else text')),
    _hash("trimmed", "IDENT-2", "Trims the strings.", _texts("text.strip()")),
    _hash("any-case", "IDENT-2", "Hashes lower case.", _texts("text.lower()")),
    _hash("normalised", "IDENT-2", "Normalises the strings (NFC).", _texts("__import__('unicodedata').normalize('NFC', text)")),
    _hash("ends-at-nul", "IDENT-2 IDENT-1", "Hands the strings on as C strings.", _texts('text.partition("\\0")[0]')),
    _hash("byte-order-mark-eaten", "IDENT-2", "Eats a leading U+FEFF.", _texts('text.removeprefix("\\ufeff")')),
    _hash("parameters-exchanged", "IDENT-2", "Hashes both names and both parameters together.",
          ('(algorithm, "algorithm_parameters", algorithm_parameters)', '(algorithm, "algorithm_parameters", problem_parameters)')),
    _hash("exchanged", "IDENT-2", "Gives the two hashes in the wrong order.", ("return algorithm.value, problem.value", "return problem.value, algorithm.value")),
    _hash("surrogate-replaced", "IDENT-3", "Hashes U+FFFD in its place.", (_SURROGATE, '            state.update(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))\n')),
    _hash("surrogate-encoded", "IDENT-3", "Hashes it like any other character.", (_ENCODED, "text[at : at + _PIECE].encode('utf-8', 'surrogatepass')")),
    _hash("surrogate-last-named", "IDENT-6", "Of several texts without a hash names the last.",
          ('            raise EncodeError("lone-surrogate", field) from None\n',
           '            texts = {"algorithm_name": algorithm_name, "algorithm_parameters": algorithm_parameters, "problem_description": problem_description, "problem_parameters": problem_parameters}\n'
           '            bad = [name for name, text in texts.items() if any("\\ud800" <= c <= "\\udfff" for c in text)]\n'
           '            raise EncodeError("lone-surrogate", bad[-1]) from None\n')),
    _hash("surrogate-in-parameters", "IDENT-3", "Checks the names alone.",
          (_SURROGATE, '            if "parameters" not in field:\n                raise EncodeError("lone-surrogate", field) from None\n')),
    # Run ids and their timestamps
    mutant("run-id/clock-before-the-epoch", "RUN-3", "Writes a negative number.", Change(_IDENTITY, "max(0, time.time_ns() // 1_000_000)", "time.time_ns() // 1_000_000"),
              survives="The clock is in the answer, so no case can hold it.", elsewhere="store/test_identity.py::test_a_clock_before_the_epoch_gives_zero"),
    mutant("run-id/unpadded", "RUN-1", "Does not pad the sequence number.", Change(_IDENTITY, "{next(_sequence):020}", "{next(_sequence)}"),
              survives="The clock and the process are in the answer, so no case can hold it.", elsewhere="store/test_identity.py::test_the_form_of_a_run_id"),
    mutant("run-id/from-one", "RUN-2", "Counts from 1.", Change(_IDENTITY, "_sequence = count()", "_sequence = count(1)"),
              survives="The clock and the process are in the answer, so no case can hold it.", elsewhere="store/test_identity.py::test_the_sequence_counts_from_zero"),
    mutant("run-id/empty-refused", "RUN-4 PATH-4", "Takes an empty run id for a missing one.",
              Change(_PATHS, "    return _FILE_NAME.format(sanitise(run_id))\n", "    from rckp.errors import RckpError\n\n    if not run_id:\n        raise RckpError('wrong-type')\n    return _FILE_NAME.format(sanitise(run_id))\n")),
    mutant("run-id/other-schemes-refused", "RUN-4 PATH-4", "Takes the usual form for the only one.",
              Change(_PATHS, "    return _FILE_NAME.format(sanitise(run_id))\n", "    from rckp.errors import RckpError\n\n    if run_id.count('-') < 3:\n        raise RckpError('wrong-type')\n    return _FILE_NAME.format(sanitise(run_id))\n")),
    _time("first-hyphen", "Splits at the first hyphen.", (_TAIL, '_, separator, tail = run_id.partition("-")')),
    _time("no-hyphen-needed", "Takes the whole id where there is no hyphen.", (_JUDGED, "    if not digits.isascii() or not digits.isdigit():\n")),
    _time("no-plus", "Knows digits alone.", (_DIGITS, "digits = tail")),
    _time("any-pluses", "Removes all of them.", (_DIGITS, 'digits = tail.lstrip("+")')),
    _time("trimmed", "Trims the number.", (_DIGITS, 'digits = tail.strip().removeprefix("+")')),
    _time("line-feed", "Ends a regular expression with $.", (_DIGITS, 'digits = tail.removeprefix("+").removesuffix("\\n")')),
    _time("underscores", "Reads numbers as source code has them.", (_DIGITS, 'digits = tail.removeprefix("+").replace("_", "")')),
    _time("all-digits", "Takes the digits of every script.", (_JUDGED, "    if not separator or not digits.isdecimal():\n")),
    _time("superscripts", "Takes whatever the language calls a digit.", (_JUDGED, "    if not separator or not digits.isdigit() or not all(c < '\\u0100' for c in digits):\n"),
          ('value = int(significant or "0")', 'value = int(significant.translate({0xB2: "2", 0xB3: "3", 0xB9: "1"}) or "0")')),
    _time("empty-is-zero", "Takes nothing for 0.", (_JUDGED, "    if not separator or (digits and not (digits.isascii() and digits.isdigit())):\n")),
    _time("plus-alone-is-zero", "Takes a sign without digits for 0.", (_JUDGED, "    if tail == '+':\n        return 0\n" + _JUDGED)),
    _time("none-is-zero", "Has a default for what is absent.", ("        return None\n    significant", "        return 0\n    significant")),
    _time("leading-digits", "Reads as far as there are digits, as strtoull does.", (_DIGITS, 'digits = __import__("re").match(r"[+]?([0-9]*)", tail)[1]')),
    _time("hexadecimal", "Takes a base from the number itself.", (_JUDGED, "    if separator and tail[:2] == '0x' and tail[2:].isalnum():\n        return int(tail, 16)\n" + _JUDGED)),
    _time("double", "Every number of the language is a double.", (_LARGEST, "return int(float(value)) if value < 1 << 128 else None")),
    _time("fraction", "Reads numbers with a point.", (_DIGITS, 'digits = tail.removeprefix("+").partition(".")[0]')),
    _time("64-bit", "Keeps 64 bits.", (_LARGEST, "return value if value < 1 << 64 else None")),
    _time("unbounded", "Has integers of any size.", (_LARGEST, "return value"), ("if len(significant) > 39:", "if False:")),
    _time("one-too-many", "Compares with ≤ 2^128.", (_LARGEST, "return value if value <= 1 << 128 else None")),
    _time("clamped", "Takes the greatest number for what is too great.", (_LARGEST, "return min(value, (1 << 128) - 1)")),
    _time("39-digits", "Bounds the number of digits, zeros included.", ("if len(significant) > 39:", "if len(digits) > 39:")),
    _time("leading-zeros-refused", "Refuses leading zeros, as JSON does.", (_JUDGED, _JUDGED.replace("not separator or", "not separator or digits != (digits.lstrip('0') or '0') or"))),
    _time("octal", "Takes a leading zero for octal.", ('value = int(significant or "0")', 'value = int(digits, 8) if digits[0] == "0" and not set(digits) & {"8", "9"} else int(significant or "0")')),
    # Names
    _name("one-for-each-byte", "PATH-1", "Replaces each byte.", (_KEPT, '    kept = text.encode("utf-8", "replace").translate(_REPLACED).decode()\n')),
    _name("one-for-each-16-bit-unit", "PATH-1", "Replaces each 16-bit unit.",
          (_KEPT, '    text = "".join("??" if c > "\\uffff" else c for c in text)\n' + _KEPT)),
    _name("one-for-each-cluster", "PATH-1", "Replaces what a person sees as one character.",
          (_KEPT, '    text = __import__("unicodedata").normalize("NFC", text)\n' + _KEPT)),
    _name("all-letters-kept", "PATH-1", "Keeps the letters of every script.", (_KEPT, '    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in text)\n')),
    _name("not-stripped", "PATH-1", "Leaves the ends as they are.", (_STRIPPED, "return kept or _UNNAMED")),
    _name("stripped-before", "PATH-1", "Strips before it replaces.", (_KEPT, '    text = text.strip("_")\n' + _KEPT), (_STRIPPED, "return kept or _UNNAMED")),
    _name("own-underscores-kept", "PATH-1", "Removes only what it has put there.",
          (_STRIPPED, "return kept[len(text) - len(text.lstrip('_')):].strip('_').join(('_' * (len(text) - len(text.lstrip('_'))), '')) or _UNNAMED")),
    _name("left-alone-stripped", "PATH-1", "Strips one end.", (_STRIPPED, 'return kept.lstrip("_") or _UNNAMED')),
    _name("one-stripped", "PATH-1", "Removes one at each end.", (_STRIPPED, 'return kept.removeprefix("_").removesuffix("_") or _UNNAMED')),
    _name("hyphens-stripped", "PATH-1", "Strips hyphens as well.", (_STRIPPED, 'return kept.strip("_-") or _UNNAMED')),
    _name("runs-collapsed", "PATH-1", "Puts one for several in a row.", (_STRIPPED, 'return __import__("re").sub("_+", "_", kept).strip("_") or _UNNAMED')),
    _name("empty-stays", "PATH-1", "Has no name for the nameless.", (_STRIPPED, 'return kept.strip("_")')),
    _name("unnamed-only-if-empty", "PATH-1", "Asks before it strips.", (_STRIPPED, 'return kept.strip("_") if text else _UNNAMED')),
    _name("lower-case", "PATH-1", "Means well with file systems without case.", (_STRIPPED, 'return kept.strip("_").lower() or _UNNAMED')),
    _name("points-kept", "PATH-1 LIM-6", "Keeps points, as file names have them.", ('0123456789-_"', '0123456789-_."'))._replace(classes=("identity",)),
    _name("slashes-kept", "LIM-6 PATH-1", "Keeps what a path is made of.", ('0123456789-_"', '0123456789-_/"'))._replace(classes=("identity",)),
    _name("blanks-dropped", "PATH-1", "Leaves out what it does not keep.", (_KEPT, '    kept = "".join(c for c in text.replace(" ", "") if c.isascii()).encode().translate(_REPLACED).decode()\n')),
    _name("ends-at-nul", "PATH-1", "Hands the strings on as C strings.", (_KEPT, '    text = text.partition("\\0")[0]\n' + _KEPT)),
    _name("hyphens-replaced", "PATH-1", "Replaces the hyphen.", ('0123456789-_"', '0123456789_"')),
    _name("digits-replaced", "PATH-1", "Keeps letters alone.", ('xyz0123456789-_"', 'xyz-_"')),
    _name("cut-at-255", "PATH-4", "Cuts the name to what a file system takes.",
          ("    return _FILE_NAME.format(sanitise(run_id))\n", "    return _FILE_NAME.format(sanitise(run_id)[:246])\n")),
    _name("no-prefix", "PATH-4", "Forgets the prefix.", ('_FILE_NAME = "run-{}"', '_FILE_NAME = "{}"')),
    _name("other-extension", "PATH-4", "Writes the extension in upper case.", ('_FILE_NAME = "run-{}" + SUFFIX', '_FILE_NAME = "run-{}.CKPT"')),
    _name("unsanitised", "PATH-4 LIM-6", "Takes the run id as it is.", ("return _FILE_NAME.format(sanitise(run_id))", 'return _FILE_NAME.format(run_id or "unnamed")'))._replace(classes=("identity",)),
    _name("hash-upper-case", "PATH-2", "Writes upper-case digits.", ("{:016x}/prob-{}-{:016x}", "{:016X}/prob-{}-{:016X}")),
    _name("hash-unpadded", "PATH-2", "Does not pad.", ("{:016x}/prob-{}-{:016x}", "{:x}/prob-{}-{:x}")),
    _name("hash-decimal", "PATH-2", "Writes decimal digits.", ("{:016x}/prob-{}-{:016x}", "{:016}/prob-{}-{:016}")),
    _name("hash-signed", "PATH-2", "Takes the hash for a signed integer.", ("        sanitise(algorithm_name), algorithm_hash,", "        sanitise(algorithm_name), algorithm_hash - 2**64 * (algorithm_hash >> 63),")),
    _name("scope-exchanged", "PATH-2", "Puts the problem first.", ('_SCOPE = "alg-{}-{:016x}/prob-{}-{:016x}"', '_SCOPE = "prob-{2}-{3:016x}/alg-{0}-{1:016x}"')),
    _name("scope-flat", "PATH-2", "Makes one directory of the two.", ('_SCOPE = "alg-{}-{:016x}/prob-{}-{:016x}"', '_SCOPE = "alg-{}-{:016x}-prob-{}-{:016x}"')),
    _name("scope-without-name", "PATH-2", "Names the directories by their hashes.", ('_SCOPE = "alg-{}-{:016x}/prob-{}-{:016x}"', '_SCOPE = "alg-{1:016x}/prob-{3:016x}"')),
    mutant("name/hashes-computed", "PATH-3", "Computes the hashes of the strings.",
              Change("store/saving.py", "        record.algorithm_signature_hash,\n        record.problem_signature_hash,\n",
                     "            *__import__('rckp').Identity(*record[3:7]).signature_hashes,\n"), classes="store"),
    # The base directory
    _base("variable-first", "PATH-6", "Lets the environment overrule the person.", (_FIRST, ""), (_VARIABLE, _VARIABLE + _FIRST)),
    _base("no-variable", "PATH-6", "Does not know the variable.", (_VARIABLE, "")),
    _base("empty-variable-counts", "PATH-7", "Asks whether the variable is set.", (_VARIABLE, "    if (value := environment.get(BASE_VARIABLE)) is not None:\n        return value\n")),
    _base("empty-state-home-counts", "PATH-7", "Asks whether the variable is set.", (_STATE, _STATE.replace("if value := environment.get(variable):", "if (value := environment.get(variable)) is not None:"))),
    _base("no-state-home", "PATH-6", "Does not know XDG_STATE_HOME.", ('        ("XDG_STATE_HOME", "roma/checkpoints"),\n', "")),
    _base("state-home-without-roma", "PATH-6", "Takes the variable for the directory itself.", ('("XDG_STATE_HOME", "roma/checkpoints")', '("XDG_STATE_HOME", "checkpoints")')),
    _base("relative-state-home-ignored", "PATH-7", "Follows the XDG specification, which ignores relative paths.",
          (_STATE, _STATE.replace("(variable):", '(variable) if platform != "linux" or environment.get(variable, "/")[:1] == "/" else None:'))),
    _base("data-home", "PATH-6", "Takes the directory for data.", ('".local/state/roma/checkpoints"', '".local/share/roma/checkpoints"')),
    _base("tilde-expanded", "PATH-7", "Expands a tilde.", (_VARIABLE, '    if value := environment.get(BASE_VARIABLE):\n        return value.replace("~", environment.get("HOME", "~"), 1)\n')),
    _base("made-absolute", "PATH-7", "Makes a relative path absolute.", (_VARIABLE, "    if value := environment.get(BASE_VARIABLE):\n        return os.path.abspath(value)\n")),
    _base("macos-like-linux", "PATH-6", "Takes macOS for a Unix like any other.", ('"darwin": (("HOME", "Library/Application Support/roma/checkpoints"),)', '"darwin": (("HOME", ".local/state/roma/checkpoints"),)')),
    _base("windows-roaming-first", "PATH-6", "Prefers the roaming directory.",
          ('(("LOCALAPPDATA", "roma\\\\checkpoints"), ("APPDATA", "roma\\\\checkpoints"))', '(("APPDATA", "roma\\\\checkpoints"), ("LOCALAPPDATA", "roma\\\\checkpoints"))')),
    _base("windows-local-alone", "PATH-6", "Knows one of the two.", (', ("APPDATA", "roma\\\\checkpoints"))', ",)")),
    _base("windows-slashes", "PATH-6", "Joins with a slash everywhere.", ('("\\\\", "/") if platform == "win32" else ("/",)', '("/", "\\\\")')),
    _base("windows-one-separator", "PATH-7", "Knows one separator on Windows.", ('("\\\\", "/") if', '("\\\\",) if')),
    _base("other-like-linux", "PATH-6", "Takes every other system for Linux.", ('_OTHER_SYSTEMS = (("HOME", ".roma/checkpoints"),)', '_OTHER_SYSTEMS = (("HOME", ".local/state/roma/checkpoints"),)')),
    _base("project-before-state", "PATH-6", "Prefers the program's own directory.", (_VARIABLE, _VARIABLE + "    if project is not None:\n        return project\n")),
    _base("no-project", "PATH-6", "Forgets the program's own directory.", (_LAST, "    return LOCAL_BASE\n")),
    _base("local-without-point", "PATH-6", "Has another last resort.", ('LOCAL_BASE = "./.roma/checkpoints"', 'LOCAL_BASE = "./roma/checkpoints"')),
    _base("root-without-home", "PATH-7 PATH-6", "Joins to nothing where there is no home.", (_STATE, _STATE.replace("if value := environment.get(variable):", 'if value := environment.get(variable) or (variable == "HOME" and "/"):'))),
    _base("empty-local-counts", "PATH-7", "Asks whether the variable is set.", (_STATE, _STATE.replace("if value := environment.get(variable):", 'if (value := environment.get(variable)) or (value == "" and variable == "LOCALAPPDATA"):'))),
    _base("empty-roaming-counts", "PATH-7", "Asks whether the variable is set.", (_STATE, _STATE.replace("if value := environment.get(variable):", 'if (value := environment.get(variable)) or (value == "" and variable == "APPDATA"):'))),
    _base("empty-home-counts-on-macos", "PATH-7", "Asks whether the variable is set.", (_STATE, _STATE.replace("if value := environment.get(variable):", 'if (value := environment.get(variable)) or (value == "" and platform == "darwin"):'))),
    _base("empty-home-counts-elsewhere", "PATH-7", "Asks whether the variable is set.", (_STATE, _STATE.replace("if value := environment.get(variable):", 'if (value := environment.get(variable)) or (value == "" and platform == "freebsd14"):'))),
    _base("xdg-everywhere", "PATH-6", "Asks for XDG_STATE_HOME on every Unix.", (_VARIABLE, _VARIABLE + '    if platform != "win32" and (value := environment.get("XDG_STATE_HOME")):\n        return value + "/roma/checkpoints"\n')),
    _base("windows-home", "PATH-6", "Asks for HOME on every system.", (_LAST, '    if platform == "win32" and (value := environment.get("HOME")):\n        return value + "\\\\.roma\\\\checkpoints"\n' + _LAST)),
)
