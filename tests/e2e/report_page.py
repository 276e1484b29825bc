"""Looks at a run's report page in a real browser."""
import html.parser
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any


class _Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, str] = {}
        self.plots = 0
        self.figures = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._inside = tag == "script" and values.get("id") == "figures"
        self.plots += tag == "svg"
        if values.get("data-figure"):
            self.shown[str(values["data-figure"])] = str(values["data-value"])

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.figures += data


def browser() -> str | None:
    """Chromium, as far as it is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def figures_in(page: Path, profile: Path) -> dict[str, Any]:
    """Renders the page and gives its figures back. Fails if a script of it fails, if it asks for anything else than
    itself, if it has no plots, or if what it shows is not what its figures say. `profile` is an empty folder."""
    program = browser()
    assert program is not None, "no Chromium"
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--enable-logging=stderr",
               "--v=0", "--dump-dom", page.resolve().as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    console = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
    assert not console, console
    read = _Page()
    read.feed(ran.stdout)
    figures: dict[str, Any] = json.loads(read.figures)
    assert read.plots >= 5, "the plots are missing"
    assert len(read.shown) >= 6
    for path, shown in read.shown.items():
        value: Any = figures
        for name in path.split("."):
            value = value[name]
        assert json.loads(shown) == value, path
    return figures
