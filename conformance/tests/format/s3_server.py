"""Serves the S3 buckets `runs` and `archives` until standard input is closed; prints its URL."""

from __future__ import annotations

import logging
import sys
import urllib.request

from moto.server import ThreadedMotoServer

if __name__ == "__main__":
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for bucket in ("runs", "archives"):
        request = urllib.request.Request(f"{url}/{bucket}", method="PUT")  # noqa: S310 - our own
        urllib.request.urlopen(request).close()  # noqa: S310
    print(url, flush=True)
    sys.stdin.read()
    server.stop()
