"""Selectors that find, order or choose otherwise."""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change, Mutant, mutant

_STORE, _LISTING, _RULES = "store/checkpoint_store.py", "store/listing.py", "store/selection.py"
_FOUND = "store/resumable.py"
_HAS = "return getattr(record, self.field) == self.text and all("
_SEEN = "                    if matches and matches(head):\n                        continue\n"
_HEADER = "    if wanted and len(head) == HEADER_READ_SIZE and not wanted.matches_header(descriptor, head):\n        wanted.rejected.remember(head)\n        return None\n"
_NO_HEADER = (Change(_LISTING, _SEEN, ""), Change(_LISTING, _HEADER, ""))
_REPORTED = "        except DecodeError as error:\n            report(directory.join(name), error)\n"
_HASHES = 'COMPARED_HASHES = ("algorithm_signature_hash", "problem_signature_hash")'
_MATCHED = "                if match[1].status in selection.RESUMABLE\n"
_SORTED = "return selection.in_order(found)"
_TIME = "    lambda entry: run_id_timestamp_ms(entry.record.run_id) or 0,\n"
_RUN_ID = '    operator.attrgetter("record.run_id"),  # code points have the order of their bytes in UTF-8\n'
_PATH = "    lambda entry: [os.fsencode(component) for component in entry.path.parts],\n"
_UNASKED = "        return entries[0] if entries else None\n    if choose is None:\n        return prompt(entries, base)\n"
_DIGITS = 'digits = answer.strip(WHITE_SPACE).removeprefix("+")'
_INTEGER = "    if not (digits.isascii() and digits.isdigit()) or len(significant) > 20:\n"
_GREAT = '    if index >= 1 << 64:\n        raise SelectionError("invalid-index", base)\n'
_OUT = '        raise SelectionError("index-out-of-range", base, {"index": index})\n'
_CHOSEN = "return entries[index - 1] if index else None"
_FAILED = '            raise SelectionError("listing-failed", str(self.base_dir), {"reason": error}) from error\n'


def _found(label: str, requirements: str, why: str, condition: str) -> Mutant:
    """Of what is found, only what fulfils the condition on `record` and `path` counts."""
    return mutant(
        f"found/{label}", requirements, why,
        Change(_FOUND, _MATCHED, _MATCHED + f"                and (lambda record, path: {condition})(match[1], Path(directory.path, match[0]))\n"),
    )


def _wanted(label: str, requirements: str, why: str, new: str) -> Mutant:
    """What a record must have in common with the identity; headers are not looked at."""
    return mutant(f"found/{label}", requirements, why, Change(_LISTING, _HAS, new), *_NO_HEADER)


def _order(label: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"order/{label}", "SEL-4 RUN-7", why, *(Change(_RULES, *c) for c in changes))


def _answer(label: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"answer/{label}", "SEL-10", why, *(Change(_RULES, *c) for c in changes))


MUTANTS: tuple[Mutant, ...] = (
    # What is found
    _wanted("any-name", "SEL-1", "Compares the hashes alone.", "return all("),
    _wanted("name-any-case", "SEL-1", "Compares names without case.", "return getattr(record, self.field).lower() == self.text.lower() and all("),
    _wanted("name-trimmed", "SEL-1", "Trims the names.", "return getattr(record, self.field).strip() == self.text.strip() and all("),
    _wanted("name-begins", "SEL-1", "Compares the beginning of the name.", "return getattr(record, self.field).startswith(self.text) and all("),
    _wanted("name-is-begun", "SEL-1", "Compares the beginning of the name.", "return self.text.startswith(getattr(record, self.field)) and all("),
    _wanted("name-normalised", "SEL-1", "Normalises the names (NFC).", "n = __import__('unicodedata').normalize\n        return n('NFC', getattr(record, self.field)) == n('NFC', self.text) and all("),
    _wanted("name-ends-at-nul", "SEL-1", "Compares C strings.", "return getattr(record, self.field).split('\\0')[0] == self.text.split('\\0')[0] and all("),
    mutant("found/any-algorithm-hash", "SEL-1", "Compares one hash of the two.", Change(_RULES, _HASHES, 'COMPARED_HASHES = ("problem_signature_hash", "problem_signature_hash")')),
    mutant("found/any-problem-hash", "SEL-1", "Compares one hash of the two.", Change(_FOUND, "dict(zip(selection.COMPARED_HASHES, (algorithm, problem), strict=True))", "{selection.COMPARED_HASHES[0]: algorithm}")),
    _wanted("hashes-in-any-order", "SEL-1", "Compares the hashes as a set.", "return getattr(record, self.field) == self.text and {record[7], record[8]} == set(self.integers.values()) or all("),
    mutant("found/strings-compared", "SEL-2", "Compares the strings, not the hashes.",
              Change(_LISTING, "    if wanted is None or wanted.matches_record(record):\n",
                     "    identity = __import__('rckp').Identity(*record[3:7])\n    if wanted is None or (record.algorithm_name == wanted.text and identity.signature_hashes == tuple(wanted.integers.values())):\n"),
              *_NO_HEADER),
    _found("strings-compared-too", "SEL-2", "Compares the strings as well.", "__import__('rckp').Identity(*record[3:7]).signature_hashes == record[7:9]"),
    _found("scope-alone", "SEL-2", "Looks in the directory of the identity alone.", "'-{:016x}'.format(record.algorithm_signature_hash) in path.parts[-3:][0] if len(path.parts) > 2 else False"),
    _found("own-file-name-alone", "SEL-2", "Looks for files of its own names.", "path.name == __import__('rckp').checkpoint_file_name(record.run_id)"),
    *(
        mutant(f"found/{state}-left-out", "SEL-1", "Takes a run in this state for one that cannot be resumed.",
                  Change(_RULES, f"        CheckpointRunStatus.{state.upper()},\n", ""))
        for state in ("running", "failed", "interrupted")
    ),
    mutant("found/completed", "SEL-1", "Forgets that a run has come to its end.", Change(_RULES, "        CheckpointRunStatus.RUNNING,\n", "        CheckpointRunStatus.RUNNING,\n        CheckpointRunStatus.COMPLETED,\n")),
    _found("message-hides", "SEL-2", "Leaves out runs with an error message.", "record.error_message is None"),
    _found("creation-0-hides", "SEL-2", "Takes a creation time of 0 for none.", "record.created_at_ms"),
    _found("future-hides", "SEL-2", "Leaves out what was created in the future.", "record.created_at_ms < 2**62"),
    _found("seed-0-hides", "SEL-2", "Takes a seed of 0 for none.", "record.random_seed"),
    _found("elapsed-0-hides", "SEL-2", "Leaves out runs that took no time.", "record.elapsed_millis"),
    _found("empty-strings-hide", "SEL-2", "Takes an empty string for none.", "all(record[4:7])"),
    _found("empty-run-id-hides", "SEL-2", "Takes an empty run id for none.", "record.run_id"),
    _found("empty-payload-hides", "SEL-2", "Takes an empty payload for none.", "record.step_state_payload"),
    _found("seed-payload-hides", "SEL-2", "Leaves out what has a payload of the seed.", "record.seed_payload is None"),
    _wanted("empty-name-is-any", "SEL-1", "Takes an empty name for any.", "return (not self.text or getattr(record, self.field) == self.text) and all("),
    mutant("found/first-64-kib", "SEL-1", "Reads the first 64 KiB of a file.",
              Change(_LISTING, "        record = read_record(descriptor, head)\n", "        record = __import__('rckp').decode(os.pread(descriptor, 65536, 0))\n")),
    mutant("found/deep-silently", "STORE-9 STORE-8", "Leaves out what is too deep without a word.", Change(_LISTING, "            if len(waiting) > DEPTH:\n", "            if len(waiting) > DEPTH:\n                continue\n            if False:\n"), classes="selection store"),
    mutant("found/broken-ends-it", "SEL-3", "Lets a broken file end the listing.", Change(_LISTING, _REPORTED, "        except DecodeError:\n            raise\n")),
    mutant("found/header-is-enough", "SEL-3 SEL-1", "Takes what the header shows for a valid file.",
              Change(_LISTING, "        record = read_record(descriptor, head)\n    except DecodeError:\n",
                     "        try:\n            record = read_record(descriptor, head)\n        except DecodeError as error:\n            if error.field not in ('error_message', 'end') or wanted is None:\n                raise\n"
                     "            cut = bytes(head[: error.offset])\n            at = len(cut)\n            record = None\n            while at and record is None:\n                at -= 1\n                try:\n"
                     "                    record = __import__('rckp').decode(cut[:at] + b'\\0')\n                except DecodeError:\n                    pass\n            if record is None:\n                raise\n    except DecodeError:\n")),
    mutant("found/first-4096-bytes", "SEL-1", "Judges by what one read gives.", Change(_LISTING, "        record = read_record(descriptor, head)\n", "        record = __import__('rckp').decode(head)\n")),
    mutant("found/long-header-passed-over", "SEL-1 STORE-22", "Gives up when the header is not in the first bytes.", Change(_LISTING, _HEADER, "    if wanted and len(head) == HEADER_READ_SIZE:\n        __import__('rckp.store.record_reader').store.head.header_matches(-1, head, wanted.integers, wanted.field, wanted.text)\n" + _HEADER), classes="selection"),
    mutant("found/not-reported", "STORE-8", "Passes over what it cannot read without a word.", Change(_LISTING, _REPORTED, "        except DecodeError:\n            pass\n"), classes="selection"),
    # The order
    mutant("order/newest-first", "SEL-4", "Sorts the wrong way round.", Change(_FOUND, _SORTED, _SORTED + "[::-1]")),
    mutant("order/none", "SEL-4", "Takes them as they are found.", Change(_FOUND, _SORTED, "return sorted(found, key=lambda e: __import__('os').fsencode(e.path))")),
    _order("by-time-of-writing", "Sorts by the time of writing.", (_TIME, "    lambda entry: entry.record.created_at_ms,\n")),
    _order("by-file-time", "Sorts by the time of the file.", (_TIME, "    lambda entry: entry.path.stat().st_mtime_ns,\n")),
    _order("timestamp-as-text", "Compares timestamps as text.", (_TIME, "    lambda entry: str(run_id_timestamp_ms(entry.record.run_id) or 0),\n")),
    _order("64-bit-timestamps", "Keeps 64 bits of a timestamp.", (_TIME, "    lambda entry: (run_id_timestamp_ms(entry.record.run_id) or 0) & 2**64 - 1,\n")),
    _order("none-is-last", "Puts run ids without a timestamp last.", (_TIME, "    lambda entry: t if (t := run_id_timestamp_ms(entry.record.run_id)) is not None else 2**128,\n")),
    _order("none-before-zero", "Puts run ids without a timestamp before 0.", (_TIME, "    lambda entry: t if (t := run_id_timestamp_ms(entry.record.run_id)) is not None else -1,\n")),
    _order("no-timestamp", "Sorts by the run id alone.", (_TIME, "    lambda _: 0,\n")),
    _order("run-id-not-compared", "Leaves equal timestamps as they are found.", (_RUN_ID, "    lambda _: 0,\n")),
    _order("run-id-by-16-bit-units", "Compares 16-bit units.", (_RUN_ID, "    lambda entry: entry.record.run_id.encode('utf-16-be'),\n")),
    _order("run-id-any-case", "Compares without case.", (_RUN_ID, "    lambda entry: entry.record.run_id.lower(),\n")),
    _order("path-backwards", "Compares paths from their ends.", (_PATH, "    lambda entry: os.fsencode(entry.path)[::-1],\n")),
    _order("path-as-text", "Compares paths as strings.", (_PATH, "    lambda entry: os.fsencode(entry.path),\n")),
    _order("path-descending", "Takes the last path first.", (_PATH, "    lambda entry: [[-b for b in os.fsencode(c)] for c in entry.path.parts],\n")),
    # The choice
    mutant("select/newest-unasked", "SEL-6", "Takes the newest of several.", Change(_RULES, _UNASKED, "        return entries[0] if entries else None\n    return entries[-1]\n")),
    mutant("select/newest-without-a-rule", "SEL-7 SEL-6", "Takes the newest when there is nobody to ask.", Change(_RULES, _UNASKED, _UNASKED.replace("return prompt(entries, base)", "return entries[-1]"))),
    mutant("select/new-run-without-a-rule", "SEL-7", "Starts a new run when there is nobody to ask.", Change(_RULES, _UNASKED, _UNASKED.replace("return prompt(entries, base)", "return None"))),
    mutant("select/asks-about-one", "SEL-5", "Asks about one, too.", Change(_RULES, "    if len(entries) < 2:\n", "    if len(entries) < 1:\n")),
    mutant("select/asks-about-none", "SEL-5", "Asks about nothing, too.", Change(_RULES, "    if len(entries) < 2:\n", "    if len(entries) == 1:\n")),
    mutant("select/none-is-an-error", "SEL-5", "Takes nothing to resume for an error.", Change(_RULES, _UNASKED, "        if not entries:\n            raise SelectionError('choice-needed', base, {'number': 0})\n" + _UNASKED)),
    mutant("select/named-unless-alone", "SEL-11", "Takes the only one, whatever its run.", Change(_RULES, "    if isinstance(choose, NamedRun):\n        return choose(entries)\n", "")),
    mutant("select/named-oldest", "SEL-11", "Takes the oldest checkpoint of the run.", Change(_RULES, "        return found[-1]\n", "        return found[0]\n")),
    mutant("select/named-by-its-beginning", "SEL-11", "Takes a run whose id begins like the one that is wanted.", Change(_RULES, "if entry.record.run_id == self.run_id]", "if entry.record.run_id.startswith(self.run_id)]")),
    mutant("select/named-missing-is-nothing", "SEL-11", "Starts a new run when the one that is wanted is not there.", Change(_RULES, '            raise SelectionError("no-such-run", self.base, {"run_id": self.run_id})\n', "            return None\n")),
    mutant("select/missing-base-is-nothing", "SEL-8", "Takes a base that is not there for an empty one.", Change(_STORE, _FAILED, "            if error.code == 'missing':\n                return []\n" + _FAILED)),
    mutant("select/any-failure-is-nothing", "SEL-8", "Prints the error and starts a new run.", Change(_STORE, _FAILED, "            return []\n")),
    mutant("select/cause-alone", "SEL-8", "Hands on the error of the listing as it is.", Change(_STORE, _FAILED, "            raise\n")),
    _answer("from-zero", "Counts from 0.", (_CHOSEN, "return entries[index] if index < len(entries) else None")),
    _answer("untrimmed", "Takes the line as it is.", (_DIGITS, 'digits = answer.removesuffix("\\n").removeprefix("+")')),
    _answer("ascii-trimmed", "Trims ASCII blanks alone.", (_DIGITS, 'digits = answer.strip(" \\t\\r\\n\\v\\f").removeprefix("+")')),
    _answer("trimmed-as-python-does", "Trims the separators 1C to 1F as well.", (_DIGITS, 'digits = answer.strip().removeprefix("+")')),
    _answer("trimmed-of-zero-widths", "Trims what has no width.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE + "\\u200b\\ufeff").removeprefix("+")')),
    _answer("byte-order-mark-trimmed", "Trims what JavaScript trims.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE + "\\ufeff").removeprefix("+")')),
    _answer("next-line-kept", "Trims what JavaScript trims.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE.replace("\\x85", "")).removeprefix("+")')),
    _answer("nul-trimmed", "Reads a C string.", (_DIGITS, 'digits = answer.partition("\\0")[0].strip(WHITE_SPACE).removeprefix("+")')),
    _answer("blank-after-plus", "Trims after the sign, too.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE).removeprefix("+").lstrip(" ")')),
    _answer("no-plus", "Knows digits alone.", (_DIGITS, "digits = answer.strip(WHITE_SPACE)")),
    _answer("any-pluses", "Removes all of them.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE).lstrip("+")')),
    _answer("minus-zero", "Reads a signed integer.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE).removeprefix("+").replace("-0", "0")')),
    _answer("minus-counts-from-the-end", "An index of the language may be negative.", (_INTEGER, '    if answer.strip() == "-1":\n        return entries[-1]\n' + _INTEGER)),
    _answer("underscores", "Reads numbers as source code has them.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE).removeprefix("+").replace("_", "")')),
    _answer("fraction", "Reads numbers with a point.", (_DIGITS, 'digits = answer.strip(WHITE_SPACE).removeprefix("+").partition(".")[0]')),
    _answer("leading-digits", "Reads as far as there are digits, as atoi does.", (_DIGITS, 'digits = __import__("re").match("[0-9]*", answer.strip(WHITE_SPACE).removeprefix("+"))[0]')),
    _answer("hexadecimal", "Takes a base from the number itself.", (_INTEGER, "    if digits.startswith('0x'):\n        digits = significant = str(int(digits, 16))\n" + _INTEGER)),
    _answer("all-digits", "Takes the digits of every script.", (_INTEGER, _INTEGER.replace("digits.isascii() and digits.isdigit()", "digits.isdecimal()"))),
    _answer("superscripts", "Takes whatever the language calls a digit.", (_DIGITS, _DIGITS + ".replace('\\xb2', '2')")),
    _answer("empty-is-newest", "Takes Enter for yes.", (_INTEGER, '    if answer.strip() == "" and answer:\n        return entries[-1]\n' + _INTEGER)),
    _answer("empty-is-zero", "Takes nothing for 0.", (_INTEGER, '    if answer.strip() == "" and answer:\n        return None\n' + _INTEGER)),
    _answer("end-is-new-run", "Takes the end of the input for 0.", (_INTEGER, '    if answer == "":\n        return None\n' + _INTEGER)),
    _answer("text-is-new-run", "Takes what it does not understand for 0.", (_INTEGER, "    if digits and not digits.isdigit():\n        return None\n" + _INTEGER)),
    _answer("leading-zeros-refused", "Refuses leading zeros.", (_INTEGER, _INTEGER.replace("if not (", "if (digits != '0' and digits[:1] == '0') or not ("))),
    _answer("20-digits", "Bounds the number of digits, zeros included.", (_INTEGER, _INTEGER.replace("len(significant)", "len(digits)"))),
    _answer("unbounded", "Has integers of any size.", (_GREAT, ""), (_INTEGER, _INTEGER.replace(" or len(significant) > 20", ""))),
    _answer("2-64", "Compares with ≤ 2^64.", (_GREAT, _GREAT.replace(">= 1", "> 1"))),
    _answer("signed", "Keeps the number in a signed integer.", (_GREAT, _GREAT.replace("1 << 64", "1 << 63"))),
    _answer("32-bit", "Keeps the number in 32 bits.", (_GREAT, _GREAT + "    index &= 2**32 - 1\n")),
    _answer("zero-is-invalid", "Knows the numbers from 1 alone.", (_GREAT, _GREAT.replace("index >= 1 << 64", "index >= 1 << 64 or index == 0"))),
    _answer("too-great-is-invalid", "Has one error for both.", (_OUT, '        raise SelectionError("invalid-index", base)\n')),
    _answer("too-great-is-the-last", "Takes the nearest that there is.", (_OUT, "        return entries[-1]\n")),
    _answer("too-great-by-one", "Compares with ≤.", ("    if index > len(entries):\n", "    if index == len(entries) + 1:\n        return entries[-1]\n    if index > len(entries):\n")),
    _answer("newest-is-first", "Counts from the newest.", (_CHOSEN, "return entries[-index] if index else None")),
)
