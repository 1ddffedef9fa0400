"""A web server that serves one object by ranges, and misbehaves as a test asks it to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Object(BaseHTTPRequestHandler):
    """An object at each path, by ranges and GET alone; a test changes what is served."""

    protocol_version = "HTTP/1.1"
    contents: bytes
    etags: Iterator[str]
    status = 206
    before: Callable[[], object] = staticmethod(lambda: None)  # each response
    query = ""  # that a request must have, as that of a signed URL
    sent: list[tuple[str, int]]

    def do_GET(self) -> None:
        type(self).before()
        start, stop = map(int, re.findall(r"\d+", self.headers["Range"]))
        length = len(self.contents)
        etag = next(type(self).etags)
        status = self.status
        if self.query not in self.path:
            status = 403
        elif self.headers["If-Match"] not in (None, etag):
            status = 412
        elif status == 206 and start >= length:
            status = 416
        piece = self.contents[start : stop + 1] if status == 206 else b""
        if status == 200:
            piece = self.contents
        self.send_response(status)
        if piece:
            last = start + len(piece) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{length}")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(piece)))
        with suppress(ConnectionError):  # it has waited long enough
            self.end_headers()
            self.wfile.write(piece)
        self.sent.append((self.path, len(piece)))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass


def always(text: str) -> Iterator[str]:
    while True:
        yield text


@contextmanager
def serving(contents: bytes, **more: object) -> Iterator[tuple[str, type[Object]]]:
    values = {"contents": contents, "etags": always('"1"'), "sent": [], **more}
    handler = type("Handler", (Object,), values)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", handler
        finally:
            server.shutdown()
            thread.join()
