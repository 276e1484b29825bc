"""An endpoint on loopback that refuses the first requests, and answers the others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

from json_handler import JsonHandler


@contextmanager
def running_refuser(status: int, times: int) -> Iterator[str]:
    """Refuses ``times`` requests with ``status``. Gives its base URL."""
    left = [times]

    class Handler(JsonHandler):
        def do_POST(self) -> None:
            self.asked()
            refused = left[0] > 0
            left[0] -= 1
            choice = {"index": 0, "message": {"role": "assistant", "content": "good"}, "finish_reason": "stop"}
            said = {"error": {"message": "not now"}} if refused else {"choices": [choice]}
            self.answer(status if refused else 200, said, {"retry-after-ms": "20"})

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
