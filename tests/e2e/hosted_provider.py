"""A provider's own host on this machine: a proxy whose CONNECT leads, whatever host is asked for, to one that answers there.

    with hosted_provider("api.openai.com", tmp_path) as provider: ...

`environment` makes a program reach it, and trust its certificate.
"""
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from json_handler import JsonHandler

USAGE = {"prompt_tokens": 10, "completion_tokens": 100, "total_tokens": 110, "prompt_tokens_details": {"cached_tokens": 4}}


@dataclass
class HostedProvider:
    environment: dict[str, str]
    asked: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def hosted_provider(host: str, folder: Path) -> Iterator[HostedProvider]:
    key, certificate = folder / "host.key", folder / "host.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-keyout", key, "-out", certificate, "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"],
                   check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    class Handler(JsonHandler):
        def do_CONNECT(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.connection = tls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_POST(self) -> None:
            asked = self.asked()
            provider.asked.append(asked)
            message = {"role": "assistant", "content": "It is."}
            self.answer(200, {"id": "1", "object": "chat.completion", "model": asked["model"], "usage": USAGE,
                              "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        proxy.daemon_threads = True
        provider = HostedProvider({"HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_port}", "SSL_CERT_FILE": str(certificate),
                                   "OPENAI_BASE_URL": f"https://{host}/v1", "NO_PROXY": ""})
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield provider
        proxy.shutdown()
