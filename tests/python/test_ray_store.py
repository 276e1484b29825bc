"""What keeps a Ray run's answers: no cluster is needed."""

from pathlib import Path

import pytest

pytest.importorskip("ray")

from headway.ray.store import Store  # noqa: E402


def key(number: int) -> bytes:
    return number.to_bytes(8, "little") + b"k" * 8


def end(answer: str | None, error: str | None = None) -> dict[str, object]:
    figures = {"verdict": "usable", "prompt_tokens": 4, "completion_tokens": 6, "cost": 0.0}
    return {"answer": answer, "error": error, "kind": "server" if error else "", **figures}


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "out.headway")
    Store(path).make()
    return path


def test_a_batch_that_is_run_again_finds_what_was_written(path: str) -> None:
    writer = Store(path).writer("b1", rows=2, seconds=60)
    for number in range(3):
        writer.add(key(number), end(f"answer {number}"))
    found = Store(path).find("b1", [key(0), key(1), key(2)])
    assert {place: row["answer"] for place, row in found.items()} == {0: "answer 0", 1: "answer 1"}, "the third is not due yet"
    writer.flush()
    assert sorted(Store(path).find("b1", [key(0), key(1), key(2)])) == [0, 1, 2]


def test_another_batch_finds_only_what_the_index_has(path: str) -> None:
    writer = Store(path).writer("b1", rows=1, seconds=60)
    writer.add(key(7), end("seven"))
    assert Store(path).find("b2", [key(7)]) == {}
    later = Store(path, Store(path).index())
    assert later.find("b2", [key(6), key(7), None])[1]["answer"] == "seven"
    assert sorted(later.find("b2", [key(6), key(7), None])) == [1]


def test_keys_that_begin_alike_are_told_apart(path: str) -> None:
    writer = Store(path).writer("b1", rows=1, seconds=60)
    writer.add(key(7), end("seven"))
    other = key(7)[:8] + b"x" * 8
    assert Store(path, Store(path).index()).find("b2", [other]) == {}


def test_rows_of_a_batch_that_ask_the_same_have_an_answer_each(path: str) -> None:
    writer = Store(path).writer("b1", rows=2, seconds=60)
    for answer in ("one", "two"):
        writer.add(key(1), end(answer))
    found = Store(path).find("b1", [key(1), key(1), key(1)])
    assert sorted(str(row["answer"]) for row in found.values()) == ["one", "two"], "the third is to be asked"


def test_failed_rows_are_asked_again_if_that_is_said(path: str) -> None:
    writer = Store(path).writer("b1", rows=2, seconds=60)
    writer.add(key(1), end("fine"))
    writer.add(key(2), end(None, "broke"))
    keys = [key(1), key(2)]
    assert sorted(Store(path, Store(path).index()).find("b2", keys)) == [0, 1]
    retrying = Store(path, Store(path).index(), retry_failed=True)
    assert sorted(retrying.find("b2", keys)) == [0]
    assert sorted(retrying.find("b1", keys)) == [0], "nor does the same batch find it"
    writer.add(key(2), end("now it is fine"))
    writer.flush()
    assert Store(path, Store(path).index()).find("b2", keys)[1]["answer"] == "now it is fine"


def test_a_file_is_due_after_its_time(path: str) -> None:
    store = Store(path)
    writer = store.writer("b1", rows=1000, seconds=0)
    writer.add(key(1), end("fine"))
    writer.flush_if_due()
    assert sorted(store.find("b1", [key(1)])) == [0]


def test_nothing_is_left_of_a_file_that_was_not_finished(path: str) -> None:
    (Path(path) / "rows" / "b1").mkdir()
    (Path(path) / "rows" / "b1" / "x-0.parquet.123.part").write_bytes(b"half")
    assert Store(path).find("b1", [key(1)]) == {}
    assert len(Store(path).index()) == 0
