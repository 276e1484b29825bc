"""The article's three listings on the real model, and the types that an editor and mypy see."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import BUILD, SOURCE
from model_server import ModelServer, served_model

EXAMPLES = SOURCE / "examples" / "python"
PROMPTS = ["prompt: Hello how are you?", "prompt: What is the capital of France?"]


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with served_model() as server:
        yield server


def output(name: str, model: ModelServer) -> str:
    environment = model.environment(PYTHONPATH=str(BUILD / "python"))
    done = subprocess.run(
        [sys.executable, "-X", "dev", EXAMPLES / name], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def printed(name: str, model: ModelServer) -> list[str]:
    return [line for line in output(name, model).splitlines() if line.startswith(("prompt: ", "answer: "))]


def test_one_after_another(model: ModelServer) -> None:
    lines = printed("01_invoke.py", model)
    assert [lines[0], lines[2]] == PROMPTS and len(lines) == 4
    assert lines[1].startswith("answer: ") and lines[3].startswith("answer: ")


def test_a_pool_of_threads(model: ModelServer) -> None:
    text = output("02_thread_pool.py", model)  # two threads print at once: their words may mix within a line
    assert all(prompt[8:] in text for prompt in PROMPTS) and text.count("prompt:") >= 2
    assert text.count("answer:") >= 2


def test_gather(model: ModelServer) -> None:
    lines = printed("03_gather.py", model)
    assert lines[:2] == PROMPTS and [line[:8] for line in lines[2:]] == ["answer: "] * 2


def test_nothing_but_the_import_is_headways() -> None:
    for path in sorted(EXAMPLES.glob("0*.py")):
        text = path.read_text()
        assert "\nfrom headway import OpenAI\n" in f"\n{text}" and text.count("headway") == 1


def test_types_of_a_users_program() -> None:
    """By mypy, from outside: each mistake in a keyword is found, and what is right has its type."""
    typed = SOURCE / "tests" / "python" / "typed"
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={BUILD / 'mypy'}"]
    good = subprocess.run([*command, typed / "good.py"], cwd=SOURCE, capture_output=True, text=True, timeout=300)
    assert good.returncode == 0, good.stdout
    bad = subprocess.run([*command, typed / "bad.py"], cwd=SOURCE, capture_output=True, text=True, timeout=300)
    lines = (typed / "bad.py").read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    found = {int(line.split(":")[1]) for line in bad.stdout.splitlines() if ": error: " in line}
    assert wrong and found == wrong, bad.stdout


UNTYPED = ["--allow-untyped-defs", "--allow-untyped-calls"]  # as the article's listings are


@pytest.mark.parametrize(
    "checked",
    [["python/headway"], ["tests/python"], *[[*UNTYPED, f"examples/python/{path.name}"] for path in EXAMPLES.glob("*.py")]],
)
def test_types(checked: list[str]) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={BUILD / 'mypy'}", *checked]
    done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
