"""Files of the draft layout, made by the encoder of the case generator."""

from __future__ import annotations

from conformance.tools.casegen.encoding import encoded
from conformance.tools.casegen.next_payloads import beam_search, head, hill_climbing, vns
from conformance.tools.casegen.records import EXAMPLE, FULL, RUNNING
from rckp.format.identity import stable_hash64
from rckp.format.record import CheckpointRecord

CURRENT = (("true", "false", "true"), "41")
BEST = (("true", "true", "true"), "57.5")


def draft(payload: bytes, algorithm: str = "HillClimbing", **values: object) -> bytes:
    """A file of the draft layout with this payload."""
    changed = {
        "algorithm_name": algorithm,
        "run_id": EXAMPLE.run_id.replace("HC", algorithm),
        "algorithm_signature_hash": stable_hash64(f"{algorithm}|{EXAMPLE.algorithm_parameters}"),
        "step_state_payload": payload,
        **values,
    }
    return encoded(EXAMPLE._asdict() | changed)


_EMPTY = CheckpointRecord(0, "", 0, "", "", "", "", 0, 0, "", None, 0, RUNNING, None)

# Small files that take every path through the layout.
DRAFTS = {
    "smallest": encoded(_EMPTY._asdict() | {"step_state_payload": b"\1"}),
    "full": encoded(
        FULL._asdict()
        | {"step_state_payload": b"\1\xff" + bytes(16), "seed_payload": b"\0\xc3\x28"}
    ),
    "text": draft(b"\1iter=10;eval=11", seed_payload=b""),
    "hill-climbing": draft(hill_climbing(120, 200, 2**64 - 1, CURRENT)),
    "vns": draft(vns(120, 200, 9, 1, CURRENT, BEST), "VNS"),
    "beam-search": draft(beam_search(120, 200, 9, [CURRENT, BEST]), "BeamSearch"),
    # Also valid in the released layout, by accident.
    "accident": draft(hill_climbing(120, 100, 9, CURRENT)),
    "unknown": draft(head(120, 200) + b"\xff\xfe", "SimulatedAnnealing"),
}
