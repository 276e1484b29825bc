"""What is made for 64-bit ARM, run by qemu in the system that it was built in."""

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCE, System, built

QEMU = "qemu-aarch64-static"
# Where the packages are unpacked: the same place here and there.
UNPACKED = SOURCE / "build/packages/arm64"
THERE = "/headway/build/packages/arm64"


@pytest.fixture(scope="module")
def system() -> System:
    made = subprocess.run(
        [SOURCE / "tools/build-system", "arm64"], stdout=subprocess.PIPE, text=True, check=True, timeout=900
    )
    system = System(made.stdout.strip())
    system.run("rm", "-rf", THERE)
    for package in ("headway", "libheadway-dev"):
        system.run("dpkg-deb", "--extract", built(f"{package}_*_arm64.deb"), THERE)
    return system


def test_the_program_answers(system: System, model: dict[str, str]) -> None:
    assert "aarch64" in system.run("file", f"{THERE}/usr/bin/headway")
    assert "Paris" in system.run(QEMU, f"{THERE}/usr/bin/headway", "ask", "What is the capital of France?", **model)


def test_the_library_links(system: System) -> None:
    found = {"PKG_CONFIG_PATH": f"{THERE}/usr/lib/aarch64-linux-gnu/pkgconfig"}
    flags = system.run("aarch64-linux-gnu-pkg-config", "--cflags", "--libs", "headway", **found).split()
    consumer = "/headway/tests/consumer/main.cpp"
    system.run("aarch64-linux-gnu-g++", "-std=c++20", consumer, *flags, "-o", f"{THERE}/consumer")
    assert system.run(QEMU, f"{THERE}/consumer") == "connect\n"


def test_the_wheel_answers(system: System, model: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", SOURCE / "dist", "--no-deps",
         "--only-binary", ":all:", "--platform", "manylinux_2_35_aarch64", "--python-version", "3.11",
         "--target", UNPACKED / "wheel", "headway"],
        check=True, timeout=120,
    )  # fmt: skip
    # Python's own library for ARM is there already, and only the interpreter would stand in the place of another.
    system.run("sh", "-c", f"apt-get update && cd {THERE} && apt-get download python3.11-minimal:arm64")
    [interpreter] = UNPACKED.glob("python3.11-minimal_*_arm64.deb")
    system.run("dpkg-deb", "--extract", Path(THERE, interpreter.name), f"{THERE}/python")
    python = (QEMU, f"{THERE}/python/usr/bin/python3.11")
    where = {"PYTHONPATH": f"{THERE}/wheel"}
    assert system.run(*python, "-c", "import os; print(os.uname().machine)", **where) == "aarch64\n"
    assert "answer:" in system.run(*python, "/headway/examples/python/03_gather.py", **where, **model)
