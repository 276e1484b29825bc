"""An endpoint on loopback that speaks HTTP/2 by prior knowledge, and counts the calls that are reset.

A prompt HOLD gets no answer; others are answered at once.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, StreamEnded, StreamReset
from peer import Peer


class Http2Peer(Peer):
    """``held`` as a Peer; runs in a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.resets = 0  # calls without an answer that a RST_STREAM has ended
        self.left = 0  # those that went with their connection


class _Connection(asyncio.Protocol):
    def __init__(self, peer: Http2Peer) -> None:
        self._peer = peer
        self._http = H2Connection(H2Configuration(client_side=False))
        self._bodies: dict[int, bytearray] = {}
        self._holding: set[int] = set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._http.initiate_connection()
        self._transport.write(self._http.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._http.receive_data(data):
            if isinstance(event, DataReceived):
                self._bodies.setdefault(event.stream_id, bytearray()).extend(event.data)
                self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                self._answer(event.stream_id, json.loads(self._bodies.pop(event.stream_id)))
            elif isinstance(event, StreamReset) and event.stream_id in self._holding:
                self._holding.remove(event.stream_id)
                self._peer._note(held=-1, resets=1)
            elif isinstance(event, ConnectionTerminated):
                self._transport.close()
        self._transport.write(self._http.data_to_send())

    def _answer(self, stream: int, body: dict[str, Any]) -> None:
        if body["prompt"] == "HOLD":
            self._holding.add(stream)
            self._peer._note(held=1)
            return
        choice = {"index": 0, "finish_reason": "stop", "text": f"You said: {body['prompt']}"}
        self._http.send_headers(stream, [(":status", "200"), ("content-type", "application/json")])
        self._http.send_data(stream, json.dumps({"id": "cmpl-7", "choices": [choice]}).encode(), end_stream=True)

    def connection_lost(self, _: Exception | None) -> None:
        self._peer._note(held=-len(self._holding), left=len(self._holding))
        self._holding.clear()


@contextmanager
def running_http2_peer() -> Iterator[Http2Peer]:
    peer = Http2Peer()
    loop = asyncio.new_event_loop()
    listening = loop.create_server(lambda: _Connection(peer), "127.0.0.1", 0, backlog=4096)
    server = loop.run_until_complete(listening)
    peer.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield peer
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.close()
