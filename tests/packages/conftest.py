"""What the tests of packages share: systems that have nothing, and a real model beside them on loopback."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
sys.path.append(str(SOURCE / "tests" / "e2e"))

from model_server import served_model  # noqa: E402


class System:
    """A Debian of its own, with this checkout in /headway."""

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)

    def run(self, *command: object, stdin: str = "", **environment: str) -> str:
        """What it writes. Fails with all of it."""
        variables = [f"{name}={value}" for name, value in environment.items()]
        done = subprocess.run(
            [SOURCE / "tools/debian-system", "--run", self.directory, "env", *variables, *map(str, command)],
            input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout[-6000:]}"
        return done.stdout

    def install(self, *packages: object) -> None:
        """Updates the lists where that has not been done."""
        if not any(self.directory.glob("var/lib/apt/lists/*Packages*")):
            self.run("apt-get", "update")
        self.run("apt-get", "install", "--yes", "--no-install-recommends", *packages)


def built(pattern: str) -> str:
    """The one file in dist/ that is so named, as the systems see it."""
    [file] = (SOURCE / "dist").glob(pattern)
    return f"/headway/dist/{file.name}"


RELEASES = os.environ.get("HEADWAY_RELEASES") or platform.freedesktop_os_release()["VERSION_ID"]


@pytest.fixture(params=RELEASES.split())
def release(request: pytest.FixtureRequest) -> str:
    """Of the packages: that of this Debian where nothing else is said."""
    return str(request.param)


@pytest.fixture
def bare(release: str, tmp_path: Path) -> System:
    subprocess.run([SOURCE / "tools/debian-system", "--copy", tmp_path / "system", release], check=True, timeout=900)
    return System(tmp_path / "system")


@pytest.fixture(scope="session")
def model() -> Iterator[dict[str, str]]:
    """The environment that points programs at it."""
    with served_model() as serving:
        yield {"OPENAI_BASE_URL": serving.base_url, "HEADWAY_MODEL": serving.name}
