"""The logger ``headway``: retries and their reasons, and neither keys nor prompts."""

import logging
import time
from typing import Any

import pytest
from retry_peer import running_refuser

import headway


def said(caplog: pytest.LogCaptureFixture, word: str) -> list[logging.LogRecord]:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = [record for record in caplog.records if record.name == "headway" and word in record.getMessage()]
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"nobody said '{word}': {caplog.text}")


@pytest.mark.parametrize("status", [500, 429])
def test_a_retry_is_told(caplog: pytest.LogCaptureFixture, status: int) -> None:
    caplog.set_level(logging.WARNING, "headway")
    with running_refuser(status, times=2) as base_url:
        chat = headway.ChatOpenAI(base_url=base_url, model="m", api_key="sk-secret-key", client=headway.Client())
        assert chat.invoke("a secret prompt").attempts == 3
        record = said(caplog, f" {status}")[0]
    assert record.levelno == logging.WARNING and base_url.removeprefix("http://").removesuffix("/v1") in record.getMessage()
    assert "secret" not in str([vars(each) for each in caplog.records])


def test_a_program_without_logging_hears_nothing(script: Any) -> None:
    with running_refuser(500, times=1) as base_url:
        done = script(f"import headway, time\nprint(headway.ChatOpenAI(base_url={base_url!r}).invoke('x'))\ntime.sleep(0.3)")
    assert done.returncode == 0 and done.stderr == "" and done.stdout


def test_a_forked_child_tells_too(script: Any) -> None:
    text = (
        "import headway, logging, os, sys, time\nlogging.basicConfig(stream=sys.stdout)\n"
        "chat = headway.ChatOpenAI()\nchat.invoke('x')\nsys.stdout.flush()\n"
        "if os.fork() == 0:\n"
        "    chat.bind().invoke('x')\n"
        "    headway.ChatOpenAI(base_url=sys.argv[1]).invoke('x'); time.sleep(1); os._exit(0)\n"
        "os.wait()"
    )
    with running_refuser(500, times=1) as base_url:
        done = script(text, base_url)
    assert "attempt 1 is made again" in done.stdout, done.stdout + done.stderr
