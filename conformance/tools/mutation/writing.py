"""Stores that write otherwise, or lose something when they do."""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change, Mutant, mutant

_SAVING, _ATOMIC_WRITE, _DIRECTORY, _SCOPES = (
    "store/saving.py", "store/atomic_write.py", "files/directory.py", "store/scope_directories.py",
)
_TEMPORARY_FILES = "store/temporary_files.py"
_ENCODED = "    parts = encode_parts(record)\n"
_PATH = "    path = _path(base_dir, scope, name)\n"
_TOO_LONG = "    if longest > NAME_LIMIT:\n        raise _too_long(path, longest, NAME_LIMIT)\n"
_RETURN = "    scopes.mark_synced(scope)\n    return path\n"
_COLLISION = "    if other != write.run_id:\n"
_REGULAR = "        if not stat.S_ISREG(status.st_mode):\n            return False\n"
_IS_DIRECTORY = '        if stat.S_ISDIR(status.st_mode):\n            raise StoreError("not-a-file", write.path, {"what": "a directory"})\n'
_ODD = "    except DecodeError:\n        write.destination = status, False\n        return False\n"
_NOFOLLOW = "open_flags.DIRECTORY | open_flags.NOFOLLOW"
_ASIDE_LINK = "    try:\n        write.directory.link(write.name, aside)\n"
_MADE = "            directory.mkdir(name)\n"
_BETWEEN = "Shows only between two steps of one write, or when one of them fails."
_TESTS = "store/test_writing.py::"


def _write(label: str, requirements: str, why: str, *changes: Change, survives: str = "", elsewhere: str = "", classes: str = "") -> Mutant:
    return mutant(f"write-to-store/{label}", requirements, why, *changes, survives=survives, elsewhere=elsewhere, classes=classes)


def _hidden(label: str, requirements: str, why: str, test: str, *changes: Change) -> Mutant:
    """What no case can show, but a test of the reference does."""
    return _write(
        label, requirements, why, *changes, survives=_BETWEEN, elsewhere=test, classes="store"
    )


def _step(name: str, now: str) -> Change:
    """The order of the steps, with something else in the place of one of them."""
    return Change(_ATOMIC_WRITE, f"    {name},\n", now, 1)


_NO_LOCK = Change(_DIRECTORY, '        if sys.platform == "win32" or directory.descriptor is None:\n', '        if True:\n')

MUTANTS: tuple[Mutant, ...] = (
    # Where
    _write("flat", "SAFE-2", "Writes into the base itself.", Change(_SAVING, "            scopes.open(scope) as directory,", "            __import__('rckp.store.listing').store.listing.open_base_to_write((os.makedirs(base_dir, exist_ok=True), str(base_dir))[1]) as directory,")),
    _write("base-not-made", "SAFE-2", "Wants the base to be there.", Change(_SCOPES, "            self._make(self._base)\n", "                raise\n")),
    _write("one-level-made", "SAFE-2", "Makes the base, but nothing above it.", Change(_SCOPES, "                missing.append(above)\n                continue\n", "                raise\n")),
    _write("scope-not-made", "SAFE-2", "Wants the scope to be there.", Change(_SCOPES, _MADE, "            raise\n")),
    _write("base-handed-back", "SAFE-2", "Gives back the directory.", Change(_SAVING, _RETURN, _RETURN.replace("return path", "return path.parent"))),
    _write("copy-left-behind", "SAFE-2 SAFE-9", "Keeps the checkpoint before as a backup.", Change(_ATOMIC_WRITE, "            _rename(write)\n        write.published", "            write.directory.link(write.name, write.name + '.bak')\n            _rename(write)\n        write.published")),
    _write("copy-listed", "SAFE-5 SAFE-2", "Leaves its temporary file, which a listing finds.", Change(_TEMPORARY_FILES, '_TEMPORARY = ".rckp-{}.tmp"', '_TEMPORARY = ".rckp-{}.ckpt"'), Change(_ATOMIC_WRITE, "    if write.linked:\n        write.directory.remove(write.temporary)\n", "    pass\n"), classes="store"),
    _write("temporary-left", "SAFE-2", "Leaves its temporary file.", Change(_ATOMIC_WRITE, "    if write.linked:\n        write.directory.remove(write.temporary)\n", "    pass\n")),
    _write("name-of-the-file-unsanitised", "LIM-6 SAFE-2", "Takes the run id as it is.", Change(_SAVING, "    name = checkpoint_file_name(record.run_id)\n", "    name = f'run-{record.run_id[:200]}.ckpt'.replace('\\0', '_')\n"), classes="store"),
    _write("hashes-of-the-strings", "SAFE-2 PATH-3", "Computes the hashes for the scope.", Change(_SAVING, _ENCODED, _ENCODED + "    h = __import__('rckp').Identity(*record[3:7]).signature_hashes\n    record = record._replace(algorithm_signature_hash=h[0], problem_signature_hash=h[1])\n"), classes="store"),
    # What cannot be written
    _write("encoded-last", "SAFE-3", "Makes the directories before it encodes.", Change(_SAVING, _ENCODED, "    if not os.path.lexists(base_dir):\n        os.makedirs(base_dir)\n" + _ENCODED)),
    _write("length-found-out", "SAFE-3", "Lets the file system find out that a name is too long.", Change(_SAVING, _TOO_LONG, "")),
    _write("name-cut", "SAFE-3", "Cuts a name that is too long.", Change(_SAVING, _PATH, "    name = name if len(name) <= NAME_LIMIT else name[:250] + '.ckpt'\n" + _PATH)),
    _write("too-long-is-not-written", "SAFE-3", "Has one error for all.", Change(_SAVING, "        raise _too_long(path, longest, NAME_LIMIT)\n", '        raise StoreError("not-written", str(path), {"reason": "too long"})\n')),
    _write("file-in-the-way-removed", "SAFE-3", "Removes a file in the place of a directory.", Change(_DIRECTORY, "            if error.errno in _NO_DIRECTORY:\n", "            if error.errno == errno.ENOTDIR and not os.path.islink(path):\n                os.unlink(path)\n                raise FileNotFoundError(errno.ENOENT, path) from error\n            if error.errno in _NO_DIRECTORY:\n")),
    _write("base-file-is-not-written", "SAFE-3", "Has one error for all.", Change(_DIRECTORY, '        return StoreError("not-a-directory", self.join(name), {"what": what})\n', '        return StoreError("not-written", self.join(name), {"reason": what})\n')),
    _write("scope-link-followed", "SAFE-4", "Follows a link in the place of a scope.", Change(_DIRECTORY, _NOFOLLOW, "open_flags.DIRECTORY")),
    _write("scope-link-replaced", "SAFE-4", "Puts a directory in the place of a link.", Change(_DIRECTORY, "            if error.errno in _NO_DIRECTORY:\n", "            if os.path.islink(path):\n                os.unlink(path)\n                raise FileNotFoundError(errno.ENOENT, path) from error\n            if error.errno in _NO_DIRECTORY:\n")),
    _write("base-link-refused", "SAFE-4", "Follows no link at all.", Change(_SCOPES, "        try:\n            return open_base_to_write(self._base)\n        except FileNotFoundError:\n", "        if os.path.islink(self._base):\n            raise StoreError('not-a-directory', self._base, {'what': 'a link'})\n        try:\n            return open_base_to_write(self._base)\n        except FileNotFoundError:\n")),
    # Whose file it is
    _write("collision-unseen", "SAFE-8", "Goes by the name.", Change(_ATOMIC_WRITE, _COLLISION, "    if False:\n")),
    _write("collision-kept-aside", "SAFE-8", "Keeps another run's checkpoint under another name.", Change(_ATOMIC_WRITE, _COLLISION, "    if head and other != write.run_id:\n        return False\n    if False:\n")),
    _write("collision-of-the-sanitised", "SAFE-8", "Compares sanitised run ids.", Change(_ATOMIC_WRITE, _COLLISION, "    from rckp.format.paths import sanitise\n\n    if head and sanitise(other or '') != sanitise(write.run_id):\n")),
    _write("collision-any-case", "SAFE-8", "Compares without case and normalised.", Change(_ATOMIC_WRITE, _COLLISION, "    n = __import__('unicodedata').normalize\n    if head and n('NFKD', other or '').casefold() != n('NFKD', write.run_id).casefold():\n")),
    _write("collision-of-the-beginning", "SAFE-8", "Compares as much as its own run id has.", Change(_ATOMIC_WRITE, _COLLISION, "    if head and other is not None and not write.run_id.startswith(other[:len(write.run_id)]):\n")),
    _write("collision-of-lengths", "SAFE-8", "Takes run ids of one length for the same.", Change(_ATOMIC_WRITE, _COLLISION, "    if head and len(other or '-' * 999) != len(write.run_id):\n")),
    _write("collision-if-valid", "SAFE-8", "Compares the run ids of valid files alone.", Change(_ATOMIC_WRITE, "        head = read_at(descriptor, HEADER_READ_SIZE, 0)\n", "        head = read_at(descriptor, HEADER_READ_SIZE, 0)\n        __import__('rckp').decode(head)\n"), Change(_ATOMIC_WRITE, _ODD, "    except DecodeError:\n        return True\n")),
    _write("same-run-refused", "SAFE-9", "Makes only what does not exist.", Change(_ATOMIC_WRITE, _COLLISION, "    if head:\n")),
    _write("empty-refused", "SAFE-9", "Takes an empty file for another run's.", Change(_ATOMIC_WRITE, _COLLISION, "    if not head or other != write.run_id:\n")),
    _write("empty-kept-aside", "SAFE-9", "Keeps an empty file.", Change(_ATOMIC_WRITE, _COLLISION, "    if not head:\n        return False\n" + _COLLISION)),
    _write("torn-kept-aside", "SAFE-9", "Keeps a file of the run that is not valid.", Change(_ATOMIC_WRITE, _COLLISION, "    if head:\n        try:\n            __import__('rckp').decode(open(write.path, 'rb').read())\n        except DecodeError:\n            return False\n" + _COLLISION)),
    _write("newer-stays", "SAFE-9", "Does not replace what is newer.", Change(_ATOMIC_WRITE, _COLLISION, "    import struct\n\n    if head and struct.unpack_from('<Q', head, 4)[0] > struct.unpack_from('<Q', b''.join(write.parts), 4)[0]:\n        raise RunIdCollision('run-id-collision', write.path, {'run_id': '', 'other': ''})\n" + _COLLISION)),
    _write("appended", "SAFE-9 SAFE-2", "Writes over the beginning of the longer file.", Change(_ATOMIC_WRITE, "            _rename(write)\n        write.published", "            with open(write.directory.join(write.name), 'r+b') as f:\n                f.write(b''.join(write.parts))\n            write.directory.remove(write.temporary)\n            write.locked = False\n        write.published")),
    _write("foreign-overwritten", "SAFE-10", "Overwrites what it cannot read.", Change(_ATOMIC_WRITE, _ODD, "    except DecodeError:\n        return True\n")),
    _write("foreign-refused", "SAFE-10", "Refuses when it cannot read what is there.", Change(_ATOMIC_WRITE, _ODD, "    except DecodeError as error:\n        raise RunIdCollision('run-id-collision', write.path, {'run_id': '', 'other': ''}) from error\n")),
    _write("short-overwritten", "SAFE-10", "Takes what is cut short for its own.", Change(_ATOMIC_WRITE, _ODD, "    except DecodeError as error:\n        return error.code == 'truncated'\n")),
    _write("kept-under-a-listed-name", "SAFE-10", "Keeps it under a name that a listing finds.", Change(_ATOMIC_WRITE, '_ASIDE = "{:.200}.{}.aside"', '_ASIDE = "{:.200}.{}.ckpt"')),
    _write("kept-elsewhere", "SAFE-10", "Keeps it in another directory.", Change(_ATOMIC_WRITE, _ASIDE_LINK, "    try:\n        os.link(write.directory.join(write.name), os.path.join(os.path.dirname(write.directory.path), aside), follow_symlinks=False)\n")),
    _write("link-written-through", "SAFE-4 SAFE-10", "Writes to where a link leads.", Change(_ATOMIC_WRITE, _REGULAR, "        if stat.S_ISLNK(status.st_mode):\n            with open(write.path, 'wb') as f:\n                f.write(b''.join(write.parts))\n            raise StoreError('not-written', write.path, {'reason': '-'})\n" + _REGULAR)),
    _write("link-replaced", "SAFE-10", "Puts the checkpoint in the place of a link.", Change(_ATOMIC_WRITE, _REGULAR, "        if stat.S_ISLNK(status.st_mode):\n            return True\n" + _REGULAR)),
    _write("target-kept-aside", "SAFE-10", "Keeps what a link leads to, not the link.", Change(_ATOMIC_WRITE, _ASIDE_LINK, "    if os.path.exists(write.directory.join(write.name)):\n        os.link(os.path.realpath(write.directory.join(write.name)), write.directory.join(aside))\n    try:\n        if not os.path.lexists(write.directory.join(aside)):\n            write.directory.link(write.name, aside)\n")),
    _write("pipe-replaced", "SAFE-10", "Puts the checkpoint in the place of a pipe.", Change(_ATOMIC_WRITE, _REGULAR, "        if stat.S_ISFIFO(status.st_mode):\n            return True\n" + _REGULAR)),
    _write("pipe-waited-for", "SAFE-10", "Opens a pipe and waits for its other end.", Change(_ATOMIC_WRITE, _REGULAR, "        if stat.S_ISFIFO(status.st_mode):\n            open(write.path, 'rb').close()\n" + _REGULAR)),
    _write("directory-kept-aside", "SAFE-10", "Keeps a directory under another name.", Change(_ATOMIC_WRITE, _IS_DIRECTORY, "        if stat.S_ISDIR(status.st_mode):\n            write.directory.rename(write.name, write.name + '.aside')\n            return None\n")),
    _write("directory-is-not-written", "SAFE-10", "Has one error for all.", Change(_ATOMIC_WRITE, _IS_DIRECTORY, _IS_DIRECTORY.replace('"not-a-file"', '"not-written"').replace('"what"', '"reason"'))),
    # Between the steps
    _hidden("in-place", "SAFE-1 SAFE-8 SAFE-9 SAFE-10", "Writes the file itself.", "store/test_write_failures.py::test_a_failure_before_publishing_leaves_the_old_one",
            Change(_ATOMIC_WRITE, "    write.descriptor = write.directory.open_file(write.temporary, CREATE, mode)\n", "    write.descriptor = write.directory.open_file(write.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)\n    write.published = True\n"),
            Change(_ATOMIC_WRITE, "    publish,\n    unlink_temporary,\n", ""))._replace(survives="", elsewhere=""),
    _hidden("published-unfilled", "SAFE-1 SAFE-11", "Gives the file its name before it writes into it.", "store/test_write_failures.py::test_a_failure_of_the_first_write_leaves_nothing",
            Change(_ATOMIC_WRITE, "    create,\n    write_content,\n    check_size,\n    inherit,\n    flush_file,\n    publish,\n", "    create,\n    publish,\n    write_content,\n    check_size,\n    inherit,\n    flush_file,\n")),
    _hidden("size-unchecked", "SAFE-11", "Does not check how much has arrived.", "store/test_write_failures.py::test_a_write_that_reports_too_much_is_noticed",
            Change(_ATOMIC_WRITE, "    if status.st_size != write.size:\n", "    if False:\n")),
    _hidden("one-write-call", "SAFE-11", "Writes with one call and does not look at how much it took.", "store/test_write_failures.py::test_short_writes_lose_nothing",
            Change(_ATOMIC_WRITE, "        while left and written >= len(left[0]):\n            written -= len(left.pop(0))\n", "        break\n        while left and written >= len(left[0]):\n            written -= len(left.pop(0))\n")),
    _hidden("first-by-rename", "SAFE-8 SAFE-11", "Renames the first time, too, and does not see who was faster.", _TESTS + "test_a_racing_first_writer_of_another_run_is_seen",
            Change(_ATOMIC_WRITE, "    try:\n        write.directory.link(write.temporary, write.name)\n", "    try:\n        write.directory.rename(write.temporary, write.name)\n        return True\n")),
    _hidden("temporary-left-on-failure", "SAFE-12 SAFE-8", "Leaves its temporary file when it fails.", "",
            Change("store/pending_write.py", "            self.directory.remove(self.temporary)\n", "            pass\n"))._replace(survives=""),
    _hidden("failure-after-publishing-untold", "SAFE-13", "Says nothing when the last flush fails.", "store/test_write_failures.py::test_a_failure_after_publishing_says_that_durability_is_uncertain",
            Change(_ATOMIC_WRITE, "                failed = failed or error\n", "                pass\n")),
    _hidden("failure-after-publishing-is-not-written", "SAFE-13", "Says that nothing was written when the last flush fails.", "store/test_write_failures.py::test_a_failure_after_publishing_says_that_durability_is_uncertain",
            Change(_ATOMIC_WRITE, "                if not write.published:\n                    raise\n", "                raise\n")),
    _hidden("flushed-again", "SAFE-14", "Flushes again when a flush has failed.", "store/test_write_failures.py::test_a_failure_before_publishing_leaves_the_old_one",
            Change(_ATOMIC_WRITE, '    if write.durability != "none":\n        os.fsync(write.descriptor)\n', '    if write.durability != "none":\n        try:\n            os.fsync(write.descriptor)\n        except OSError:\n            os.fsync(write.descriptor)\n')),
    _hidden("one-temporary-name", "SAFE-5", "Takes the same temporary name each time, where there are no locks.", "",
            Change("store/pending_write.py", "self.temporary: str = temporary_name()", 'self.temporary: str = ".rckp-0000000000000000.tmp"'),
            _NO_LOCK)._replace(survives="", elsewhere=""),
    _hidden("temporary-not-exclusive", "SAFE-5", "Opens a temporary file that is there already, where there are no locks.", "",
            Change(_DIRECTORY, "CREATE = open_flags.CREATE\n", "CREATE = open_flags.CREATE & ~os.O_EXCL\n"),
            Change("store/pending_write.py", "self.temporary: str = temporary_name()", 'self.temporary: str = ".rckp-0000000000000000.tmp"'),
            _NO_LOCK)._replace(survives="", elsewhere=""),
    _hidden("no-lock", "SAFE-6", "Takes no lock.", "store/test_write_locks.py::test_a_lock_is_waited_for_and_not_for_ever",
            _NO_LOCK)._replace(survives="", elsewhere=""),
    _hidden("not-swept", "SAFE-7", "Leaves what killed writers have left.", "store/test_temporary_files.py::test_a_killed_writers_temporary_file_is_swept",
            Change(_TEMPORARY_FILES, "    for name in names:\n        try:\n", "    for name in ():\n        try:\n"))._replace(survives="", elsewhere=""),
    _hidden("swept-without-lock", "SAFE-7", "Removes the temporary files of others, lock or not.", "store/test_temporary_files.py::test_without_locks_only_old_temporary_files_are_swept",
            Change(_TEMPORARY_FILES, "            if locked or directory.lstat(name)", "            if True or directory.lstat(name)")),
    _write("swept-whatever-its-digits", "SAFE-17", "Sweeps what only resembles a temporary file.",
           Change(_TEMPORARY_FILES, '    return set(name[len(prefix) : -len(suffix)]) <= set("0123456789abcdef")\n', "    return True\n"), classes="store"),
    _write("swept-whatever-its-length", "SAFE-17", "Sweeps names with more or fewer digits.",
           Change(_TEMPORARY_FILES, "    if not (len(name) == _TEMPORARY_LENGTH and name", "    if not (name"), classes="store"),
    _write("swept-links-and-pipes", "SAFE-17", "Sweeps what is not a file.",
           Change(_TEMPORARY_FILES, " and entry.is_file(follow_symlinks=False)\n", "\n"), classes="store"),
    _hidden("mode-lost", "SAFE-16", "Forgets the permission bits.", _TESTS + "test_the_permission_bits_stay",
            Change(_ATOMIC_WRITE, "    write.kept_all = set_mode_and_owner(write.descriptor, mode, there)\n", "    pass\n"))._replace(survives="", elsewhere=""),
)
