"""nginx as the endpoint that every client is measured on: a delay, then a fixed answer; no one's own code."""
import json
import resource
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ANSWER = {
    "id": "cmpl-1", "object": "text_completion", "created": 1700000000, "model": "bench",
    "choices": [{"index": 0, "text": " I am well, thank you.", "finish_reason": "stop", "logprobs": None}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
}
CHAT_ANSWER = ANSWER | {
    "id": "chatcmpl-1", "object": "chat.completion",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "I am well, thank you."}, "finish_reason": "stop"}],
}
STREAMED_EVENTS = 50
BETWEEN_EVENTS_S = 0.05
STREAMS_PER_CONNECTION = 1000  # HTTP/2: 100 connections hold 100,000 calls

MODULE = "/usr/lib/nginx/modules/ngx_http_echo_module.so"


def event(text: str, finish_reason: str | None) -> str:
    choice = {"index": 0, "text": text, "finish_reason": finish_reason, "logprobs": None}
    return json.dumps({key: ANSWER[key] for key in ("id", "object", "created", "model")} | {"choices": [choice]})


def echo(text: str) -> str:
    return "echo '" + text.replace("$", "\\$") + "';"


def delayed(path: str, seconds: float, answer: dict = ANSWER) -> str:
    wait = f"echo_sleep {seconds};" if seconds else ""
    return f"location = {path} {{ default_type application/json; {wait} {echo(json.dumps(answer))} }}"


def streamed(path: str) -> str:
    last = STREAMED_EVENTS - 1
    events = [event(" word", "stop" if n == last else None) for n in range(STREAMED_EVENTS)]
    pieces = [f"{echo('data: ' + data)} {echo('')} echo_flush; echo_sleep {BETWEEN_EVENTS_S};" for data in events]
    return f"location = {path} {{ default_type text/event-stream; {' '.join(pieces)} {echo('data: [DONE]')} {echo('')} }}"


@dataclass
class Server:
    """Its addresses, each without a path. `ca_file` is the authority that signed the certificate of `tls`."""
    http1: str
    http2: str
    tls: str
    ca_file: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def make_certificate(place: Path) -> None:
    """An authority of its own and a certificate of it for 127.0.0.1."""
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=place, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=headway bench authority")
    openssl("req", "-x509", *key, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=127.0.0.1",
            "-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:FALSE")


def configuration(ports: list[int], files: int) -> str:
    locations = [delayed("/d0/v1/completions", 0), delayed("/d0/v1/chat/completions", 0, CHAT_ANSWER),
                 delayed("/d1000/v1/completions", 1), streamed("/stream/v1/completions")]
    lines = "\n    ".join(locations)
    return f"""
load_module {MODULE};
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
worker_rlimit_nofile {files};
events {{ worker_connections {files - 64}; }}
http {{
  access_log off;
  keepalive_timeout 600;
  keepalive_requests 1000000000;
  http2_max_concurrent_streams {STREAMS_PER_CONNECTION};
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{ports[0]} backlog=65535;
    listen 127.0.0.1:{ports[1]} backlog=65535 http2;
    listen 127.0.0.1:{ports[2]} backlog=65535 ssl http2;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    {lines}
  }}
}}
"""


def wait_until_open(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start; its reason is on standard error")


def start(place: Path) -> Server:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    make_certificate(place)
    ports = free_ports(3)
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    (place / "nginx.conf").write_text(configuration(ports, files))
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", str(place) + "/", "-c", "nginx.conf"], cwd=place)
    wait_until_open(process, ports[0])
    return Server(*(f"{scheme}://127.0.0.1:{port}" for scheme, port in zip(("http", "http", "https"), ports)),
                  ca_file=place / "ca.pem", process=process)
