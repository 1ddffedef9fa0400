import json
import sys


def decode(data):
    """The implementation: gives a record as an object, or raises."""
    if data[:4] != b"RCKP":
        raise ValueError("not a checkpoint")
    raise NotImplementedError("only the magic number so far")


for line in sys.stdin:
    question = json.loads(line)
    if question["type"] == "bye":
        break
    if question["type"] == "hello":
        answer = {"type": "hello", "name": "mine", "version": "0.1", "language": "Python"}
        answer["classes"] = ["reader"]
    else:
        try:
            record = decode(bytes.fromhex(question["bytes"]))
            answer = {"type": "ok", "id": question["id"], "record": record}
        except ValueError:
            answer = {"type": "error", "id": question["id"]}
        except NotImplementedError as error:
            answer = {"type": "unsupported", "id": question["id"], "reason": str(error)}
    print(json.dumps(answer), flush=True)
