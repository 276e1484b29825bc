"""What only a wheel has: its libraries inside it, its program, and a clear word where none can be built."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
INSTALLED = Path(os.environ["HEADWAY_BUILD_DIR"]) / "python"


def run(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, timeout=120)


def test_its_libraries_are_its_own_or_those_of_every_linux() -> None:
    [module] = INSTALLED.glob("headway/_core.*.so")
    loaded = re.findall(r"^\s*\S+ => (\S+)", run("ldd", module, PATH=os.environ["PATH"]).stdout, re.MULTILINE)
    outside = {Path(path).name for path in loaded if not Path(path).resolve().is_relative_to(INSTALLED.resolve())}
    assert outside <= {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"}
    assert len(loaded) > len(outside)


def test_that_of_newer_pythons_keeps_to_the_stable_abi() -> None:
    audit = run(sys.executable, "-m", "abi3audit", "--strict", "--verbose", *SOURCE.glob("dist/*-cp312-abi3-*_x86_64.whl"))
    assert audit.returncode == 0 and "1 extensions scanned" in " ".join((audit.stdout + audit.stderr).split())


def test_it_has_the_program() -> None:
    version = run(sys.executable, INSTALLED / "bin" / "headway", "--version", PYTHONPATH=str(INSTALLED))
    assert re.fullmatch(r"headway \d+\.\d+\.\d+\n", version.stdout), version.stderr


@pytest.mark.parametrize("compiler", ["", "/usr/bin/g++"])
def test_where_it_cannot_be_built_one_sentence_says_so(compiler: str, tmp_path: Path) -> None:
    """Without a compiler, and without the libraries' headers: none lies below the root that is searched."""
    cmake = subprocess.run(["which", "cmake"], capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "bin").mkdir()
    for program in ("as", "ld") if compiler else ():
        (tmp_path / "bin" / program).symlink_to(f"/usr/bin/{program}")
    configured = run(
        cmake, "-S", SOURCE, "-B", tmp_path / "build", "-DSKBUILD=ON", "-DCMAKE_MAKE_PROGRAM=/usr/bin/ninja", "-GNinja",
        f"-DCMAKE_FIND_ROOT_PATH={tmp_path}", "-DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY",
        PATH=str(tmp_path / "bin"), CXX=compiler,
    )  # fmt: skip
    said = " ".join(configured.stderr.split())
    assert configured.returncode != 0
    assert ("There is no C++ compiler here." if not compiler else "What headway is built with is missing here.") in said
    assert "headway has ready-made wheels for Linux on x86-64" in said
