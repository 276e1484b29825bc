"""An endpoint on loopback that refuses the first requests, and answers the others."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def running_refuser(status: int, times: int) -> Iterator[str]:
    """Refuses ``times`` requests with ``status``. Gives its base URL."""
    left = [times]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            refused = left[0] > 0
            left[0] -= 1
            choice = {"index": 0, "message": {"role": "assistant", "content": "good"}, "finish_reason": "stop"}
            self._send(status if refused else 200, {"error": {"message": "not now"}} if refused else {"choices": [choice]})

        def _send(self, code: int, said: object) -> None:
            text = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("retry-after-ms", "20")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
