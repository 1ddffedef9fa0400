import json
import sys


def decode(data):
    """The implementation: returns a record as a dict, or raises an error."""
    if data[:4] != b"RCKP":
        raise ValueError("not a checkpoint")
    raise NotImplementedError("only the magic number so far")


for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "bye":
        break
    if request["type"] == "hello":
        response = {"type": "hello", "name": "mine", "version": "0.1", "language": "Python"}
        response["classes"] = ["reader"]
    else:
        try:
            record = decode(bytes.fromhex(request["bytes"]))
            response = {"type": "ok", "id": request["id"], "record": record}
        except ValueError:
            response = {"type": "error", "id": request["id"]}
        except NotImplementedError as error:
            response = {"type": "unsupported", "id": request["id"], "reason": str(error)}
    print(json.dumps(response), flush=True)
