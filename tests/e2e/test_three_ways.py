"""50 prompts through each of the article's ways, on the real model."""
import subprocess
import threading
import time
from pathlib import Path

import pytest

from model_server import ModelServer

PROMPTS = 50


class Watch:
    """Looks at how many calls the server works on, by the server's own count, while a program runs."""

    def __init__(self, model: ModelServer) -> None:
        self.most = 0.0
        self._model = model
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._done.is_set():
            self.most = max(self.most, self._model.metric("requests_processing"))
            time.sleep(0.01)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def ask(way: str, build_dir: Path, model: ModelServer) -> tuple[list[tuple[int, int, str]], float]:
    with Watch(model) as watch:
        done = subprocess.run(
            [build_dir / "tests" / "three_ways", way, str(PROMPTS)],
            env=model.environment(), capture_output=True, text=True, timeout=300,
        )
    assert done.returncode == 0, done.stderr
    answers = [(int(tokens), int(size), why) for tokens, size, why in map(str.split, done.stdout.splitlines())]
    return answers, watch.most


@pytest.mark.parametrize("way", ["invoke", "thread_pool", "gather"])
def test_answers_come_in_the_order_of_the_prompts(way: str, build_dir: Path, model: ModelServer) -> None:
    answers, most_at_once = ask(way, build_dir, model)
    assert len(answers) == PROMPTS
    assert {i: answer for i, answer in enumerate(answers) if answer[0] != 1 + i % 16} == {}
    assert all(size > 0 for _, size, _ in answers)
    if way == "invoke":
        assert most_at_once == 1, "one after another must not overlap"
    else:
        assert most_at_once > 4, "calls must overlap"


def test_batch_asks_all_at_once(build_dir: Path, model: ModelServer) -> None:
    answers, most_at_once = ask("batch", build_dir, model)
    assert [tokens for tokens, *_ in answers] == [4] * PROMPTS
    assert most_at_once > 4
