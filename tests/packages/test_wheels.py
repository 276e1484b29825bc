"""From a wheel to a first answer, on Debian systems that have Python alone."""

import time
from collections.abc import Callable

from conftest import System
from test_debian import CAPITAL

Note = Callable[[str, object], None]


def test_the_wheel_needs_no_compiler(bare: System, model: dict[str, str], record_property: Note) -> None:
    bare.install("python3-venv")
    began = time.monotonic()
    bare.run("python3", "-m", "venv", "/venv")
    bare.run("/venv/bin/pip", "install", "--no-index", "--find-links", "/headway/dist", "headway")
    assert "answer:" in bare.run("/venv/bin/python", "/headway/examples/python/03_gather.py", **model)
    record_property("seconds from the wheel to the first answer", round(time.monotonic() - began, 1))
    assert "Paris" in bare.run("/venv/bin/headway", "ask", CAPITAL, **model)
