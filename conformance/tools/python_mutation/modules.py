"""Which tests are run against the mutants of a module: fast ones, the most telling first."""

from __future__ import annotations

_CODEC = (
    "format/test_buffers.py",
    "format/test_codec.py",
    "format/test_known_identity.py",
    "format/test_cases.py",
    "format/test_validate.py",
    "format/test_validate_files.py",
)
_WRITING = (
    "store/test_writing.py",
    "store/test_write_failures.py",
    "store/test_temporary_files.py",
    "store/test_write_locks.py",
)
_HOSTILE_WRITING = (
    "attack/test_safe_writing.py",
    "attack/test_permissions.py",
    "attack/test_hostile_paths.py",
)
_LOCKS = ("attack/test_locks.py", "attack/test_forked_locks.py")
# All but the one in which each call fails once, which takes longest.
_DESCRIPTORS = (
    "test_nothing_stays_open",
    "test_nothing_stays_open_of_what_is_abandoned",
    "test_a_directory_is_let_go_before_the_next",
    "test_a_base_that_cannot_be_listed_is_told",
)

# By module below src/rckp, without `.py`; paths and node ids below conformance/tests.
TESTS: dict[str, tuple[str, ...]] = {
    "format/scan": (
        "format/test_scan_windows.py",
        "format/test_cases.py",
        "format/test_validate.py",
        "format/test_validate_files.py",
        "format/test_differential.py::test_every_case",
        "format/test_differential.py::test_stream_and_buffer_agree",
    ),
    "format/_codec": _CODEC,
    "format/buffers": _CODEC,
    "format/codec_errors": _CODEC,
    "format/identity": ("store/test_identity.py", "store/test_cases.py"),
    "format/paths": ("store/test_identity.py", "store/test_cases.py"),
    "store/selection": (
        "store/test_choices.py",
        "store/test_cases.py",
        "store/test_selection.py",
    ),
    "store/resumable": ("store/test_order.py", "store/test_cases.py", "store/test_listing.py"),
    "store/listing": (
        "store/test_order.py",
        "store/test_cases.py",
        *(f"store/test_descriptors.py::{test}" for test in _DESCRIPTORS),
        "store/test_listing.py",
        "store/test_purging.py",
        "store/test_alike.py",
    ),
    "store/atomic_write": (
        "store/test_write_steps.py",
        *_HOSTILE_WRITING,
        *_WRITING,
        "store/test_cases.py",
        "store/test_descriptors.py",
    ),
    "store/pending_write": (
        "store/test_write_steps.py",
        *_HOSTILE_WRITING,
        *_WRITING,
        "store/test_cases.py",
        "store/test_descriptors.py",
    ),
    "store/record_reader": (
        "store/test_alike.py",
        "store/test_cases.py",
        "store/test_listing.py",
        "attack/test_sparse_files.py",
        "attack/test_whole_file.py",
        "attack/test_bounded_reading.py",
    ),
    "files/directory_lock": (*_LOCKS, *_WRITING),
    "files/turns": ("store/test_turns.py", *_LOCKS),
    "store/saving": (*_WRITING, "store/test_cases.py", *_LOCKS),
    "store/deletion": ("store/test_cases.py", *_WRITING),
    "store/purging": ("store/test_purging.py", "store/test_cases.py"),
    "store/run_ownership": ("attack/test_runs.py", "store/test_run.py"),
    "store/schedule": ("store/test_schedule.py",),
    "files/whole_file": (
        "attack/test_whole_file.py",
        "attack/test_bounded_reading.py",
        "attack/test_sparse_files.py",
        "format/test_validate_files.py",
    ),
    "validation/routine_files": (
        "format/test_routine_files.py",
        "format/test_many.py",
        "format/test_validate_files.py",
    ),
    "validation/batch": (
        "format/test_many.py",
        "format/test_worker_pool.py",
        "format/test_routine_files.py",
        "format/test_parallel_command.py",
    ),
    "cli/parallel": ("format/test_parallel_command.py",),
    "cli/validated_paths": (
        "format/test_parallel_command.py",
        "format/test_cli.py",
        "format/test_validate_output.py",
        "format/test_containers.py",
        "format/test_remote.py",
    ),
    "files/ownership": (
        "attack/test_ownership.py",
        *_HOSTILE_WRITING,
        "attack/test_output_files.py",
    ),
}
