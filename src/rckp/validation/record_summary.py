"""What validation remembers of a record, however large the record is."""

from __future__ import annotations

from rckp.format import layout as roles
from rckp.format._layout import LAYOUT
from rckp.format.identity import Identity, StableHash, stable_hash64
from rckp.format.scan import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Self

    from rckp.format.record import CheckpointRecord

MAX_KEPT_CHARS = 1024  # characters of each string; names and run ids are far shorter
MAX_KEPT_PAYLOAD = 32  # bytes; the progress in a payload of the draft layout is in the first 17
MAX_HASHED_CHARS = (
    16 << 20
)  # characters in all; beyond, hashing would take longer than all the rest

PAYLOAD = "step_state_payload"

# The two strings, joined by "|", that a hash field stands for (IDENT-2).
SIGNATURES = {
    "algorithm_signature_hash": ("algorithm_name", "algorithm_parameters"),
    "problem_signature_hash": ("problem_description", "problem_parameters"),
}
_HASH_OF = {text: field for field, texts in SIGNATURES.items() for text in texts}
_HASHED_TEXTS = tuple(text for texts in SIGNATURES.values() for text in texts)
_FIELDS = tuple((f.name, f.parts[-1].role == roles.CONTENT) for f in LAYOUT.record_fields)


class RecordSummary:
    """The values of a record, with at most `MAX_KEPT_CHARS` characters of each string.

    `numbers` has the integers, and the status by name. `texts` has the strings that are present,
    and `truncated_fields` the names of those that are incomplete. `declared_lengths` has the
    length of each string in bytes, and `spans` the start and the end of the value of each field.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int | str] = {}
        self.texts: dict[str, str] = {}
        self.truncated_fields: set[str] = set()
        self.declared_lengths: dict[str, int] = {}
        self.spans: dict[str, tuple[int, int]] = {}
        self.payload_start: bytes = b""  # its first bytes, text or not
        self._hashes: dict[str, StableHash] = {}  # begun only where a string was cut
        self._hashed = 0

    @classmethod
    def of(cls, record: CheckpointRecord) -> Self:
        """Return the summary of a record in memory, without `spans`."""
        summary = cls()
        value: Any
        for (field, is_text), value in zip(_FIELDS, record, strict=True):
            if not is_text:
                summary.numbers[field] = value
            elif value is None:
                continue
            elif len(value) <= MAX_KEPT_CHARS and not summary._hashes:
                summary.texts[field] = value
            else:
                summary.begin_text(field)
                summary.add_text(field, value)
        return summary

    def add_event(self, event: Event) -> None:
        """Add a part that the scanner yields."""
        self.spans[event.field] = (event.start, event.stop)
        if event.value is None:
            return
        if event.role == roles.LENGTH:
            self.declared_lengths[event.field] = int(event.value)
            self.spans[event.field] = (event.stop, event.stop + int(event.value))
            self.begin_text(event.field)
        elif event.role != roles.FLAG:
            self.numbers[event.field] = event.value

    def begin_text(self, field: str) -> None:
        """Begin a string."""
        self.texts[field] = ""
        state = self._hashes.get(_HASH_OF.get(field, ""))
        if state is not None:
            state.update("|")

    def add_text(self, field: str, piece: str) -> None:
        """Add a piece of a string."""
        kept = self.texts[field]
        room = MAX_KEPT_CHARS - len(kept)
        self.texts[field] = kept + piece[:room] if room else kept
        if len(piece) > room:
            self.truncated_fields.add(field)
        signature = _HASH_OF.get(field)
        if signature is None or self._hashed > MAX_HASHED_CHARS:
            return
        state = self._hashes.get(signature)
        if state is None and len(piece) > room:
            begun = [self.texts[name] for name in SIGNATURES[signature] if name in self.texts]
            state = self._hashes[signature] = StableHash("|".join(begun))
            piece = piece[room:]
        if state is not None:
            self._hashed += len(piece)
            state.update(piece)

    def skips(self, field: str) -> bool:
        """Whether the rest of a string is of no interest."""
        return (
            field in self.truncated_fields
            and field not in _HASH_OF
            and (field != PAYLOAD or len(self.payload_start) == MAX_KEPT_PAYLOAD)
        )

    def add_raw(self, field: str, piece: bytes | memoryview) -> None:
        """Add a piece of the content of a field as it is in the file."""
        if field == PAYLOAD and len(self.payload_start) < MAX_KEPT_PAYLOAD:
            self.payload_start += bytes(piece[: MAX_KEPT_PAYLOAD - len(self.payload_start)])

    def computed_hashes(self) -> Iterable[int | None]:
        """For each of `SIGNATURES` the hash of its strings, or None if they are too long."""
        if not self._hashes:
            return Identity(*[self.texts[name] for name in _HASHED_TEXTS]).signature_hashes
        return map(self._computed_hash, SIGNATURES)

    def _computed_hash(self, signature: str) -> int | None:
        state = self._hashes.get(signature)
        if state is None:  # the other pair is long
            return stable_hash64("|".join(self.texts[name] for name in SIGNATURES[signature]))
        return None if self._hashed > MAX_HASHED_CHARS else state.value
