"""What the algorithms of roma_lib put into `step_state_payload`: progress and solutions.

    payload = rckp.payload.parse(record)
    if isinstance(payload, rckp.payload.Payload):
        print(payload.iteration, payload.best)

The specification does not define payloads: the chapter on them is informative, and that on the
payloads of the draft layout is a draft as well.
"""

from rckp.payload.model import Payload, Solution, UnknownPayload
from rckp.payload.next_parse import parse_bytes
from rckp.payload.parse import parse, parse_text
from rckp.payload.progress import Progress, parse_start, progress

__all__ = [
    "Payload",
    "Progress",
    "Solution",
    "UnknownPayload",
    "parse",
    "parse_bytes",
    "parse_start",
    "parse_text",
    "progress",
]
