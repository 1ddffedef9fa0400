"""Stores that list, read, delete or purge other files."""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change, Mutant, mutant

_STORE, _LISTING, _DIRECTORY_FILE, _SOURCE = (
    "store/checkpoint_store.py", "store/listing.py", "files/directory.py", "files/regular_file.py",
)
_DELETION, _PURGING = "store/deletion.py", "store/purging.py"
_NAME = "name.endswith(SUFFIX)\n                    and name != SUFFIX\n"
_DIRECTORY = "elif entry.is_dir(follow_symlinks=False):"
_FILE = "and entry.is_file(follow_symlinks=False)\n"
_BYTES = "    return os.fsencode(entry[0])\n"
_WALKED = "for directory, name in listing.walk(base, _error_handler(on_error), ordered=True):\n                yield Path(directory.path, name)\n"
_OPENED = "        with listing.open_base(str(self.base_dir)) as base:\n            for directory, name in listing.walk(base, _error_handler(on_error), ordered=True):\n"
_NOT_REGULAR = "\n                _refuse_special(path, self._stat())\n"
_ABSENT = "        if isinstance(error, FileNotFoundError) and not removed:\n            return False\n"
_FAILED = "    except OSError as error:\n" + _ABSENT
_NO_FILE = '            if stat.S_ISDIR(status.st_mode):\n'
_REMOVED = "            directory.remove(name)\n            removed = True\n"
_BELOW = "        if names and \"..\" not in names:\n            return names\n"
_OUTSIDE = '    raise StoreError("outside-base", path, {"base": base})\n'
_PURGED = "                        directory.remove(name)\n                    removed += 1\n"
_CHECKED = "        validate_fd(descriptor, head)\n"
_OLDER = "        if __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head).created_at_ms >= before:\n            return None\n"
_HEADER = '        if int.from_bytes(head[_CREATED_AT], "little") >= before:\n            return None\n'
_AGE = "before = max(0, time.time_ns() // 1_000_000 - ms)"
_STORE_TEST = "store/test_purging.py::"


def _named(label: str, why: str, new: str) -> Mutant:
    return mutant(f"files/{label}", "STORE-1", why, Change(_LISTING, _NAME, f"({new})\n"))


def _entry(label: str, requirements: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"files/{label}", requirements, why, *(Change(_LISTING, *c) for c in changes), classes="store")


def _ordered(label: str, why: str, key: str) -> Mutant:
    """All files are found, then sorted by their `path` below the base."""
    return mutant(
        f"files/order-{label}", "STORE-5", why,
        Change(_STORE, _WALKED, (
            "found = [(directory.path, name) for directory, name in listing.walk(base, _error_handler(on_error), ordered=True)]\n"
            "            prefix = len(str(self.base_dir)) + 1\n"
            f"            for directory, name in sorted(found, key=lambda f: (lambda path: {key})(os.path.join(*f)[prefix:])):\n"
            "                yield Path(directory, name)\n"
        )),
    )


def _files(label: str, requirements: str, why: str, new: str) -> Mutant:
    return mutant(f"files/{label}", requirements, why, Change(_STORE, _OPENED, new + _OPENED))


def _read(label: str, requirements: str, why: str, *changes: Change) -> Mutant:
    return mutant(f"read/{label}", requirements, why, *changes)


def _delete(label: str, requirements: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(f"delete/{label}", requirements, why, *(Change(_DELETION, *c) for c in changes))


def _purge(label: str, requirements: str, why: str, *changes: Change, survives: str = "", elsewhere: str = "", classes: str = "") -> Mutant:
    return mutant(f"purge/{label}", requirements, why, *changes, survives=survives, elsewhere=elsewhere, classes=classes)


MUTANTS: tuple[Mutant, ...] = (
    # Finding
    _named("any-case", "Compares the extension without case.", "name.lower().endswith(SUFFIX) and len(name) > len(SUFFIX)"),
    _named("extension-alone", "Takes .ckpt for a name with that extension.", "name.endswith(SUFFIX)"),
    _named("hidden-left-out", "Leaves out hidden files, as a shell does.", 'name.endswith(SUFFIX) and not name.startswith(".")'),
    _named("hidden-without-more", "Splits off the extension as Python does.", '__import__("os").path.splitext(name)[1] == SUFFIX'),
    _named("two-points-left-out", "Splits at the first point.", 'name.split(".", 1)[1:] == ["ckpt"] and len(name) > 5'),
    _named("extension-inside", "Searches for the extension anywhere.", "SUFFIX in name and len(name) > len(SUFFIX)"),
    _named("no-point", "Compares the last four letters.", 'name.endswith("ckpt") and len(name) > 5'),
    _named("trimmed", "Trims the name.", "name.strip().endswith(SUFFIX) and len(name) > len(SUFFIX)"),
    _named("final-points", "Drops points at the end, as Windows does.", 'name.rstrip(".").endswith(SUFFIX) and len(name) > len(SUFFIX)'),
    _named("begins-with-run", "Lists what it would have written.", 'name.endswith(SUFFIX) and name.startswith("run-")'),
    _named("utf8-alone", "Leaves out names that are no text.", 'name.endswith(SUFFIX) and len(name) > 5 and name.isprintable()'),
    _named("malformed-names-left-out", "Leaves out names that are no UTF-8.", 'name.endswith(SUFFIX) and len(name) > 5 and not any("\\ud800" <= c <= "\\udfff" for c in name)'),
    _entry("one-level", "STORE-1 STORE-2", "Looks at the base directory alone.", (_DIRECTORY, "elif False:")),
    _entry("two-levels", "STORE-1 STORE-2", "Looks where checkpoints are written.", ("DEPTH = 100", "DEPTH = 2"), ("                report(\n                    directory.join(name),\n", "                continue\n                report(\n                    directory.join(name),\n")),
    _entry("hidden-directories-left-out", "STORE-2", "Leaves out hidden directories.", (_DIRECTORY, 'elif entry.is_dir(follow_symlinks=False) and name.startswith("."):\n                    continue\n                elif entry.is_dir(follow_symlinks=False):')),
    _entry("named-directories-left-out", "STORE-2", "Takes a directory named x.ckpt for a file.", (_DIRECTORY, "elif entry.is_dir(follow_symlinks=False) and not name.endswith(SUFFIX):")),
    _entry("named-directories-listed", "STORE-1 STORE-2", "Lists a directory named x.ckpt.", (_DIRECTORY, _DIRECTORY + "\n                    if name.endswith(SUFFIX):\n                        files.append(name)")),
    _entry("links-to-files", "STORE-3", "Follows links, as most functions do.", (_FILE, "and entry.is_file()\n")),
    mutant("files/links-to-directories", "STORE-3", "Follows links, as most functions do.",
              Change(_LISTING, _DIRECTORY, "elif entry.is_dir():"), Change(_DIRECTORY_FILE, "os.open(name, _BELOW, dir_fd=self.descriptor)", "os.open(name, open_flags.DIRECTORY, dir_fd=self.descriptor)"), classes="store"),
    _entry("links-listed", "STORE-3 STORE-1", "Lists links by their names.", (_FILE, "and (entry.is_symlink() or entry.is_file(follow_symlinks=False))\n")),
    _entry("everything-listed", "STORE-4 STORE-1", "Goes by the name alone.", (_FILE, "and not entry.is_symlink() and not entry.is_dir()\n")),
    _files("base-link-refused", "STORE-3", "Follows no link at all.", "        if os.path.islink(self.base_dir):\n            return\n"),
    _ordered("by-whole-path", "Compares paths as strings.", "os.fsencode(path)"),
    _ordered("by-characters", "Compares text, not bytes.", "path.split('/')"),
    _ordered("by-16-bit-units", "Compares 16-bit units.", "[c.encode('utf-16-be', 'surrogatepass') for c in path.split('/')]"),
    _ordered("any-case", "Compares without case.", "[c.lower() for c in path.split('/')]"),
    _ordered("files-first", "Lists the files of a directory before its directories.", "[(i < len(path.split('/')) - 1, os.fsencode(c)) for i, c in enumerate(path.split('/'))]"),
    _ordered("directories-first", "Enters the directories before it lists the files.", "[(i == len(path.split('/')) - 1, os.fsencode(c)) for i, c in enumerate(path.split('/'))]"),
    _ordered("by-depth", "Goes level by level.", "(path.count('/'), os.fsencode(path))"),
    _ordered("descending", "Sorts the wrong way round.", "[-b for b in os.fsencode(path)]"),
    _ordered("signed-bytes", "The bytes of the language are signed.", "[[b - 256 * (b >> 7) for b in os.fsencode(c)] for c in path.split('/')]"),
    _ordered("by-name", "Compares the names of the files alone.", "os.fsencode(path.split('/')[-1])"),
    _files("missing-base-is-empty", "STORE-6", "Takes a base that is not there for an empty one.", "        if not os.path.exists(self.base_dir):\n            return\n"),
    _files("base-file-is-empty", "STORE-6", "Takes a base that is a file for an empty one.", "        if os.path.isfile(self.base_dir):\n            return\n"),
    _files("base-file-is-missing", "STORE-6", "Has one error for both.", '        if os.path.isfile(self.base_dir):\n            raise StoreError("missing", str(self.base_dir))\n'),
    _files("empty-base-is-an-error", "STORE-6", "Takes an empty base for a wrong one.", '        if os.path.isdir(self.base_dir) and not os.listdir(self.base_dir):\n            raise StoreError("missing", str(self.base_dir))\n'),
    _files("base-made", "STORE-6", "Makes the base when it looks.", "        if not os.path.lexists(self.base_dir) and os.path.isdir(self.base_dir.parent):\n            os.mkdir(self.base_dir)\n"),
    _entry("unreadable-directory-ends-it", "STORE-7", "Lets the first error end the listing.", ("                report(\n                    path,\n                    from_os_error(StoreError, path, error) if isinstance(error, OSError) else error,\n                )\n", "                raise from_os_error(StoreError, path, error) if isinstance(error, OSError) else error\n"))._replace(
        survives="A tree cannot hold a directory that nobody can read: to the superuser all are readable.",
        elsewhere="store/test_listing.py::test_an_unreadable_directory_is_reported_and_the_rest_listed"),
    _files("empty-left-out", "STORE-1", "Lists what can be a checkpoint.", "        yield from (p for p in self._all(on_error) if p.stat().st_size)\n        return\n\n    def _all(self, on_error: OnError | None) -> Iterator[Path]:\n        \"\"\"All.\"\"\"\n"),
    # Reading
    _read("named-link-refused", "STORE-10", "Follows no link at all.", Change(_STORE, "with OpenFile(os.fspath(path)) as file:", "with OpenFile(os.fspath(path), follow=False) as file:")),
    _read("other-names-refused", "STORE-10", "Reads what it would list.", Change(_STORE, "            with OpenFile(os.fspath(path)) as file:\n", "            if not os.path.basename(path).endswith('.ckpt'):\n                raise SourceError(\"missing\", os.fspath(path))\n            with OpenFile(os.fspath(path)) as file:\n")),
    _read("below-the-base-alone", "STORE-10", "Reads what lies below the base.", Change(_STORE, "            with OpenFile(os.fspath(path)) as file:\n", "            __import__('rckp.store.deletion', fromlist=['_']).names_below(self.base_dir, os.fspath(path))\n            with OpenFile(os.fspath(path)) as file:\n")),
    _read("empty-is-missing", "STORE-10", "Takes an empty file for none.", Change(_STORE, "                    record = record_at(", '                    if not file.status.st_size:\n                        raise StoreError("missing", os.fspath(path))\n                    record = record_at(')),
    _read("pipe-waited-for", "STORE-11 STORE-4", "Opens a pipe and waits for its other end.", Change(_SOURCE, _NOT_REGULAR, "\n                pass\n"), Change(_SOURCE, "open_flags.READ if follow", "open_flags.READ & ~os.O_NONBLOCK if follow")),
    _read("pipe-is-empty", "STORE-11", "Reads a pipe without waiting.",
          Change(_SOURCE, "    if not stat.S_ISREG(status.st_mode):\n", "    if stat.S_ISDIR(status.st_mode):\n")),
    _read("missing-is-unreadable", "STORE-11", "Has one error for all.", Change("errors.py", 'made = kind("missing", path)', 'made = kind("unreadable", path, {"reason": "it is not there"})')),
    _read("directory-is-unreadable", "STORE-11", "Opens first and asks afterwards.", Change(_SOURCE, _NOT_REGULAR, '\n                if stat.S_ISDIR(os.stat(path).st_mode):\n                    raise SourceError("unreadable", path, {"reason": "is a directory"})\n' + _NOT_REGULAR)),
    # Deleting
    _delete("absent-is-an-error", "STORE-12", "Lets the error through.", (_ABSENT, '        if isinstance(error, FileNotFoundError) and not removed:\n            raise StoreError("missing", path) from error\n')),
    _delete("absent-is-success", "STORE-12", "Is content if it is gone.", (_ABSENT, _ABSENT.replace("False", "True"))),
    _delete("dangling-link-stays", "STORE-12", "Asks whether the target is there.", (_NO_FILE, "            if not os.path.exists(path):\n                return False\n" + _NO_FILE)),
    _delete("target-removed", "STORE-12", "Removes what a link leads to.", (_REMOVED, "            os.unlink(os.path.realpath(path))\n            removed = True\n")),
    _delete("target-removed-too", "STORE-12", "Removes both.", (_REMOVED, "            if os.path.isfile(path):\n                os.unlink(os.path.realpath(path))\n            if os.path.lexists(path):\n                directory.remove(name)\n            removed = True\n")),
    _delete("links-refused", "STORE-12", "Follows no link, and removes none.", (_NO_FILE, "            if os.path.islink(path):\n                raise StoreError('not-a-file', directory.join(name), {'what': 'a link'})\n" + _NO_FILE)),
    _delete("checkpoints-alone", "STORE-12", "Removes what has the extension.", (_REMOVED, "            if not name.endswith('.ckpt'):\n                return False\n" + _REMOVED)),
    _delete("valid-alone", "STORE-12", "Removes what decodes.", (_REMOVED, "            __import__('rckp').CheckpointStore(base_dir).read(path)\n" + _REMOVED)),
    _delete("link-to-directory-is-directory", "STORE-12 STORE-13", "Takes a link to a directory for one.", ("stat.S_ISDIR(status.st_mode)", "os.path.isdir(path)")),
    _delete("directory-removed", "STORE-13 STORE-14", "Removes a directory, too.", (_REMOVED, "            (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)\n            removed = True\n"), (_NO_FILE, "            if False:\n")),
    _delete("tree-removed", "STORE-13 STORE-14", "Removes whatever is there.", (_NO_FILE, "            if os.path.isdir(path) and not os.path.islink(path):\n                __import__('shutil').rmtree(path)\n                return True\n" + _NO_FILE)),
    _delete("empty-scope-removed", "STORE-14", "Tidies up.", ("    return True\n\n\ndef names_below(", "    import contextlib\n\n    with contextlib.suppress(OSError):\n        os.rmdir(os.path.dirname(path))\n    return True\n\n\ndef names_below(")),
    _delete("outside", "STORE-13", "Does not ask where it lies.", (_OUTSIDE, "    if os.path.isfile(path):\n        os.unlink(path)\n    return ['-', '-']\n")),
    _delete("outside-by-points", "STORE-13", "Compares the beginnings of the paths.", (_BELOW, "        if names:\n            return names\n")),
    _delete("beside", "STORE-13", "Compares the beginnings of the paths as strings.", (_OUTSIDE, "    if os.path.abspath(path).startswith(base) and os.path.lexists(path) and not os.path.isdir(path):\n        os.unlink(path)\n" + _OUTSIDE)),
    mutant("delete/through-link", "STORE-13", "Follows links on the way.", Change(_DIRECTORY_FILE, "os.open(name, _BELOW, dir_fd=self.descriptor)", "os.open(name, open_flags.DIRECTORY, dir_fd=self.descriptor)")),
    _delete("loop-is-absent", "STORE-13", "Takes a base that cannot be opened for none.", (_ABSENT, _ABSENT + "        if error.errno == __import__('errno').ELOOP:\n            return removed\n")),
    _delete("path-tidied", "STORE-13", "Resolves points before it compares.", ("absolute = str(Path(path).absolute())", "absolute = os.path.normpath(Path(path).absolute())")),
    _delete("through-file-is-absent", "STORE-13", "Takes a file on the way for nothing.", (_FAILED, "    except StoreError as error:\n        if error.code == 'not-a-directory' and 'a file' in str(error):\n            return False\n        raise\n" + _FAILED)),
    # Purging
    _purge("at-that-time", "STORE-15", "Compares with ≤.", Change(_PURGING, _HEADER, ""), Change(_PURGING, _CHECKED, _OLDER.replace(">=", ">"))),
    _purge("failed-stay", "STORE-15", "Keeps what has failed, to be looked at.", Change(_PURGING, _CHECKED, _OLDER.replace("    if __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)", "    record = __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)\n        if record.status == 'failed' or record"))),
    _purge("running-stay", "STORE-15", "Keeps what can be resumed.", Change(_PURGING, _CHECKED, _OLDER.replace("    if __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)", "    record = __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)\n        if record.status == 'running' or record"))),
    _purge("completed-stay", "STORE-15", "Purges what can be resumed.", Change(_PURGING, _CHECKED, _OLDER.replace("    if __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)", "    record = __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)\n        if record.status == 'completed' or record"))),
    _purge("by-file-time", "STORE-15", "Goes by the time of the file, and leaves those of the last minute.", Change(_PURGING, _HEADER, ""), Change(_PURGING, _CHECKED, "        __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)\n        if status.st_mtime_ns // 1_000_000 + 60_000 >= before:\n            return None\n")),
    _purge("by-run-id", "STORE-15", "Goes by the time in the run id.", Change(_PURGING, _HEADER, ""), Change(_PURGING, _CHECKED, "        if (__import__('rckp').run_id_timestamp_ms(__import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head).run_id) or 0) >= before:\n            return None\n")),
    _purge("signed", "STORE-15", "Compares signed integers.", Change(_PURGING, _HEADER, ""), Change(_PURGING, _CHECKED, _OLDER.replace(">= before", ">= before - 2**64 * (before >> 63)"))),
    _purge("double", "STORE-15 STORE-16", "Purges whatever is older by its file time if it cannot be read.", Change(_PURGING, "    except DecodeError:\n        return None\n    finally:\n        os.close(descriptor)\n    return FileFingerprint(status)\n\n\ndef truncated_file", "    except DecodeError:\n        if status.st_size == 0:\n            return FileFingerprint(status)\n        return None\n    finally:\n        os.close(descriptor)\n    return FileFingerprint(status)\n\n\ndef truncated_file"))._replace(id="purge/empty-removed"),
    _purge("invalid-removed", "STORE-16", "Purges what nobody can read.", Change(_PURGING, "    except DecodeError:\n        return None\n", "    except DecodeError:\n        pass\n")),
    _purge("header-alone", "STORE-16", "Judges by the first bytes alone.", Change(_PURGING, _HEADER + _CHECKED, '        if len(head) < 12 or int.from_bytes(head[_CREATED_AT], "little") >= before:\n            return None\n')),
    _purge("large-by-header", "STORE-16 STORE-15", "Judges a large file by its first bytes alone.", Change(_PURGING, _CHECKED, "        if len(head) < HEADER_READ_SIZE and __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head).created_at_ms >= before:\n            return None\n")),
    _purge("large-left-out", "STORE-15", "Judges by what one read gives.", Change(_PURGING, _CHECKED, _OLDER.replace("__import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head)", "__import__('rckp').decode(head)"))),
    _purge("links-followed", "STORE-3 STORE-15", "Follows links, as most functions do.", Change(_LISTING, _FILE, "and entry.is_file()\n"), Change(_PURGING, "    descriptor = directory.open_file(name, READ)\n    try:\n        status = os.fstat(descriptor)\n        head", "    descriptor = os.open(directory.join(name), os.O_RDONLY)\n    try:\n        status = directory.lstat(name)\n        head"), Change(_PURGING, "return stat.S_ISREG(status.st_mode) and self", "return self")),
    _purge("other-names", "STORE-15 STORE-1", "Goes by what decodes, whatever its name.", Change(_LISTING, _NAME, "True\n")),
    _purge("empty-scopes-removed", "STORE-14", "Tidies up.", Change(_PURGING, _PURGED, _PURGED + "                    if not os.listdir(directory.path):\n                        os.rmdir(directory.path)\n")),
    _purge("first-alone", "STORE-15", "Ends at the first.", Change(_PURGING, _PURGED, _PURGED + "                    break\n")),
    _purge("not-counted", "STORE-15", "Does not count.", Change(_PURGING, "removed += 1\n", "removed += 0\n")),
    _purge("all-counted", "STORE-15", "Counts what it has looked at.", Change(_PURGING, "                selected = select(directory, name)\n", "                selected = select(directory, name)\n                removed += selected is None\n")),
    _purge("missing-base-is-empty", "STORE-6", "Takes a base that is not there for an empty one.", Change(_PURGING, "    removed = 0\n    failures: list[StoreError] = []\n", "    removed = 0\n    failures: list[StoreError] = []\n    if not base_dir.exists():\n        return 0\n")),
    _purge("base-file-is-empty", "STORE-6", "Takes a base that is a file for an empty one.", Change(_PURGING, "    removed = 0\n    failures: list[StoreError] = []\n", "    removed = 0\n    failures: list[StoreError] = []\n    if base_dir.is_file():\n        return 0\n")),
    _purge("age-is-a-time", "STORE-19", "Takes the age for a time.", Change(_STORE, _AGE, "before = ms")),
    _purge("age-in-seconds", "STORE-19", "Takes the age for seconds.", Change(_STORE, _AGE, _AGE.replace("- ms", "- 1000 * ms"))),
    _purge("clock-in-seconds", "STORE-19", "Takes the seconds of the clock.", Change(_STORE, _AGE, _AGE.replace("1_000_000 ", "1_000_000_000 "))),
    _purge("age-wraps", "STORE-19", "Subtracts without a sign.", Change(_STORE, _AGE, "before = (time.time_ns() // 1_000_000 - ms) % 2**64")),
    _purge("age-absolute", "STORE-19", "Takes the difference without its sign.", Change(_STORE, _AGE, "before = abs(time.time_ns() // 1_000_000 - ms)")),
    _purge("another-removed", "STORE-17", "Removes by name what it validated before.", Change(_PURGING, "if not selected.is_unchanged(directory, name):", "if False:"),
           survives="Shows only when somebody writes between judging and removing.", elsewhere=_STORE_TEST + "test_a_fresh_checkpoint_in_the_place_of_the_judged_one_stays"),
    _purge("same-file-other-content", "STORE-17", "Compares device and inode alone.", Change(_PURGING, "return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns", "return status.st_dev, status.st_ino, 0, 0"),
           survives="Shows only when somebody writes between judging and removing.", elsewhere=_STORE_TEST + "test_a_checkpoint_written_in_place_meanwhile_stays"),
    _purge("gone-is-an-error", "STORE-15", "Takes a file that somebody else removed for a failure.", Change(_PURGING, "            except FileNotFoundError:\n                continue\n            except StoreError", "            except StoreError"),
           survives="Shows only when somebody removes a file meanwhile.", elsewhere=_STORE_TEST + "test_what_somebody_else_removed_is_neither_counted_nor_an_error"),
    _purge("message-keeps", "STORE-15", "Keeps runs with an error message.", Change(_PURGING, _CHECKED, _CHECKED + "        if __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head).error_message is not None:\n            return None\n")),
    _purge("seed-payload-keeps", "STORE-15", "Keeps what has a payload of the seed.", Change(_PURGING, _CHECKED, _CHECKED + "        if __import__('rckp.store.record_reader', fromlist=['_']).read_record(descriptor, head).seed_payload is not None:\n            return None\n")),
    _purge("deep-silently", "STORE-9 STORE-18", "Leaves out what is too deep, and does not count it as unreadable.", Change(_PURGING, "    if failures:\n        raise PurgeIncomplete", "    failures = [each for each in failures if 'nested' not in str(each)]\n    if failures:\n        raise PurgeIncomplete")),
    _purge("first-failure-ends-it", "STORE-18", "Lets the first error end it.", Change(_PURGING, '                failures.append(StoreError("not-removed", directory.join(name), details))\n', '                raise StoreError("not-removed", directory.join(name), details)\n'),
           survives="A tree cannot hold a file that cannot be removed: the superuser can.", elsewhere=_STORE_TEST + "test_what_cannot_be_removed_is_told_at_the_end"),
    _purge("failures-forgotten", "STORE-18", "Does not tell what it could not do.", Change(_PURGING, "    if failures:\n        raise PurgeIncomplete", "    if False:\n        raise PurgeIncomplete")),
    _delete("run-files-alone", "STORE-12", "Removes what it would have written.", (_REMOVED, "            if not name.startswith('run-'):\n                return False\n" + _REMOVED)),
)
