"""From packages to a first answer, on Debian systems that have nothing else."""

import time
from collections.abc import Callable

from conftest import SOURCE, System, built

Note = Callable[[str, object], None]
CAPITAL = "What is the capital of France?"


def test_the_program_is_installed_and_answers(
    release: str, bare: System, model: dict[str, str], record_property: Note
) -> None:
    began = time.monotonic()
    bare.install(built(f"headway_*~deb{release}_amd64.deb"))
    assert "Paris" in bare.run("headway", "ask", CAPITAL, **model)
    record_property("seconds from the package to the first answer", round(time.monotonic() - began, 1))

    installed = bare.run("dpkg", "--listfiles", "headway").split()
    for file in ("man/man1/headway.1.gz", "bash-completion/completions/headway", "zsh/vendor-completions/_headway",
                 "fish/vendor_completions.d/headway.fish", "doc/headway/copyright"):  # fmt: skip
        assert f"/usr/share/{file}" in installed and (bare.directory / "usr/share" / file).stat().st_size > 100

    bare.run("headway", "run", "/headway/examples/prompts.jsonl", "-o", "/tmp/answers.jsonl", "--max-tokens", "8", **model)
    rows = len((SOURCE / "examples/prompts.jsonl").read_text().splitlines())
    assert len((bare.directory / "tmp/answers.jsonl").read_text().splitlines()) == rows


def test_the_library_is_found_by_cmake_and_by_pkg_config(release: str, bare: System) -> None:
    bare.install(built(f"libheadway-dev_*~deb{release}_amd64.deb"), "g++", "cmake", "make")
    bare.run("cmake", "-S", "/headway/tests/consumer", "-B", "/tmp/consumer", "-DHEADWAY_FROM=package")
    bare.run("cmake", "--build", "/tmp/consumer")
    assert bare.run("/tmp/consumer/consumer") == "connect\n"
    by_hand = "g++ -std=c++20 /headway/tests/consumer/main.cpp $(pkg-config --cflags --libs headway-config) -o /tmp/by-hand"
    bare.run("sh", "-c", by_hand)
    assert bare.run("/tmp/by-hand") == "connect\n"


def test_python_has_the_module(release: str, bare: System, model: dict[str, str]) -> None:
    bare.install(built(f"python3-headway_*~deb{release}_amd64.deb"))
    assert "answer:" in bare.run("python3", "/headway/examples/python/03_gather.py", **model)
    version = bare.run("python3", "-c", "from importlib.metadata import version; print(version('headway'))")
    assert version.strip() in built(f"python3-headway_*~deb{release}_amd64.deb")
    bare.run("apt-get", "remove", "--yes", "python3-headway")
    assert not (bare.directory / "usr/lib/python3/dist-packages/headway").exists()
