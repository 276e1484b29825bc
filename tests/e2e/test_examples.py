"""Each example, run as a reader would run it."""
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model_server import PROGRAM, ModelServer, model_server

PROMPTS = ["Hello how are you?", "What is the capital of France?"]


def run(build_dir: Path, model: ModelServer, name: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [build_dir / "bin" / "examples" / name, *arguments],
        env=model.environment(), capture_output=True, text=True, timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def said(lines: list[str], what: str) -> list[str]:
    return [line.removeprefix(what + ": ") for line in lines if line.startswith(what + ": ")]


@contextmanager
def waiting_server() -> Iterator[ModelServer]:
    server = subprocess.Popen([PROGRAM.parent / "waiting-server"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    ready = server.stdout.readline().split()
    assert ready[:1] == ["READY"], "nginx did not start; its reason is on standard error"
    try:
        yield ModelServer(base_url=ready[1], name="waiting")
    finally:
        server.terminate()
        server.wait(timeout=30)


def rows_of(lines: list[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][1:]


def test_invoke_asks_one_after_another(build_dir: Path, model: ModelServer) -> None:
    lines = run(build_dir, model, "01_invoke")
    assert said(lines, "prompt") == PROMPTS
    assert len(said(lines, "answer")) == 2
    assert lines[0] == "prompt: " + PROMPTS[0]
    assert lines.index("prompt: " + PROMPTS[1]) > 1, "the second prompt starts after the first answer"


def test_thread_pool_starts_both(build_dir: Path, model: ModelServer) -> None:
    lines = run(build_dir, model, "02_thread_pool")
    assert sorted(said(lines, "prompt")) == sorted(PROMPTS)
    assert len(said(lines, "answer")) == 2


def test_gather_starts_all_before_the_first_answer(build_dir: Path, model: ModelServer) -> None:
    lines = run(build_dir, model, "03_gather")
    assert [line.removeprefix("prompt: ") for line in lines[:2]] == PROMPTS
    assert len(said(lines, "answer")) == 2


def test_answers_of_the_quickstarts_server_are_one_paragraph(build_dir: Path) -> None:
    with model_server("--first-paragraph") as short:
        text = "\n".join(run(build_dir, short, "03_gather"))
    answers = [answer.strip() for answer in text.split("answer: ")[1:]]
    assert len(answers) == 2
    assert all(answer and "\n" not in answer for answer in answers), answers


def test_compare_prints_a_row_for_each_way(build_dir: Path, model: ModelServer) -> None:
    rows = rows_of(run(build_dir, model, "04_compare", "1", "4"))
    ways = ("one after another", "thread pool of 8", "gather")
    assert [row[:2] for row in rows] == [[calls, way] for calls in ("1", "4") for way in ways]
    for _, _, seconds, threads, peak, cpu in rows:
        assert float(seconds) > 0 and int(threads) >= 1 and float(peak) > 0 and float(cpu) > 0
    assert int(rows[4][3]) > int(rows[5][3]), "gather needs fewer threads than the pool"


def test_compare_reckons_what_would_take_long(build_dir: Path) -> None:
    with waiting_server() as model:  # each call takes one second
        rows = rows_of(run(build_dir, model, "04_compare", "500"))
    seconds = {row[1]: row[2] for row in rows}
    assert float(seconds["gather"]) >= 1
    assert seconds["one after another"].startswith("about") and seconds["thread pool of 8"].startswith("about")


def test_existing_io_context_answers_500_calls_on_its_own_loop(build_dir: Path, model: ModelServer) -> None:
    lines = run(build_dir, model, "05_existing_io_context")
    assert re.fullmatch(r"500 answered, 0 failed, in \d+ ticks of one thread", lines[-1])
    assert int(lines[-1].split()[5]) > 1


def test_stream_prints_answers_while_they_are_written(build_dir: Path, model: ModelServer) -> None:
    lines = run(build_dir, model, "06_stream")
    assert lines[0] == "prompt: " + PROMPTS[0]
    assert int(said(lines, "tokens")[0]) > 1
    assert sorted(said(lines, "begins")) == sorted(PROMPTS)
    answers = [number for number, line in enumerate(lines) if line.startswith("answer: ")]
    assert len(answers) == 3 and lines.index("begins: " + PROMPTS[1]) < answers[1], "both are written at once"


def test_examples_are_short(source_dir: Path) -> None:
    examples = sorted((source_dir / "examples").glob("0*.cpp"))
    assert len(examples) >= 6
    for example in examples:
        assert len(example.read_text().splitlines()) < 60, example.name


def test_an_example_without_a_server_says_so(build_dir: Path) -> None:
    done = subprocess.run(
        [build_dir / "bin" / "examples" / "01_invoke"],
        env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr


def test_an_example_without_a_key_says_what_to_do(build_dir: Path) -> None:
    done = subprocess.run([build_dir / "bin" / "examples" / "01_invoke"], env={}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == (
        "OPENAI_API_KEY is not set. Set it, or run './quickstart --serve' for a free local model.\n"
    )
