"""What a Ray run's report is added up from: no cluster is needed."""

import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

from ray.exceptions import UnserializableException  # noqa: E402

import headway.ray  # noqa: E402
from headway.ray.figures import Figures, report_text  # noqa: E402
from headway.ray.ledger import Ledger  # noqa: E402
from headway.ray.progress import line_of  # noqa: E402
from headway.ray.store import Store  # noqa: E402


def counts(done: int, failed: int = 0) -> dict[str, Any]:
    none = dict.fromkeys(("cut", "filtered", "refused", "empty"), 0)
    return {**none, "done": done, "failed": failed, "found": 0, "failed_by_kind": {"server": failed} if failed else {}}


def totals(attempts: int = 0, refusals: int = 0, in_flight: int = 0, waiting: int = 0, tokens: int = 0) -> dict[str, Any]:
    return {"attempts": attempts, "refusals": refusals, "calls_in_flight": in_flight, "calls_waiting": waiting, "cost": 0.0,
            "unpriced": 0, "prompt_tokens": tokens, "completion_tokens": 0, "rows": 0, "limited_by": "quota"}  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    store = Store(str(tmp_path / "out.headway"))
    store.make()
    return Ledger(store, "run")


def test_what_a_dead_worker_did_is_in_the_sum(ledger: Ledger) -> None:
    ledger.begin("b1", "dead", 100, 100)
    ledger.tell("dead", totals(attempts=60, refusals=7, in_flight=20))
    ledger.begin("b1", "other", 100, 45)
    ledger.end("b1", "other", 100, 45, counts(98, 2))
    ledger.tell("other", totals(attempts=45))
    told = ledger.all()
    assert told["rows"]["done"] == 98
    assert told["rows"]["found"] == 0, "what the dead one had written is this run's"
    assert told["failed_by_kind"] == {"server": 2}
    assert told["calls"] == {"attempts": 105, "refusals": 7}
    assert told["maybe_asked_twice"] == 45, "what it had not written, and may have sent"


def test_each_worker_asks_again_what_those_before_it_left(ledger: Ledger) -> None:
    for worker, asked in (("first", 100), ("second", 70), ("third", 20)):
        ledger.begin("b1", worker, 100, asked)
    assert ledger.all()["maybe_asked_twice"] == 90, "of a worker that came to tell nothing too"
    ledger.end("b1", "third", 100, 20, counts(100))
    assert ledger.all()["maybe_asked_twice"] == 90


def test_a_run_that_came_to_no_report_is_taken_over(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "out.headway"))
    store.make()
    ends = [{"key": bytes([n]) * 16, "answer": "a", "error": None, "kind": "", "cost": None} for n in range(30)]
    store.write_rows("b1/earlier-0.parquet", ends[:10])
    dead = Ledger(store, "dead")
    dead.begin("b1", "one", 100, 90)
    dead.begin("b1", "two", 100, 80)
    store.write_rows("b1/two-0.parquet", ends[10:])
    dead.begin("b2", "one", 50, 50)
    dead.end("b2", "one", 50, 50, counts(50))
    (tmp_path / "out.headway/runs/dead/batches/b3.one.json.12ab.part").write_bytes(b"half")

    next_one = Ledger(store, "next")
    next_one.take_over()
    assert next_one.all()["maybe_asked_twice"] == 80 + (80 - 20), "asked again by the second worker, and left by it"
    last = Ledger(store, "last")
    last.take_over()
    assert last.all()["maybe_asked_twice"] == 140, "the next one came to no report either"
    last.told()
    after = Ledger(store, "after")
    after.take_over()
    assert after.all()["maybe_asked_twice"] == 0


def test_a_batch_counts_once_whoever_runs_it(ledger: Ledger) -> None:
    for worker in ("one", "two"):
        ledger.begin("b1", worker, 10, 10)
        ledger.end("b1", worker, 10, 10, counts(10))
    ledger.begin("b2", "one", 10, 4)
    ledger.end("b2", "one", 10, 4, {**counts(10), "found": 6})
    assert ledger.all()["rows"]["done"] == 20
    assert ledger.all()["rows"]["found"] == 6
    assert ledger.all()["maybe_asked_twice"] == 10, "both asked all of the first batch"


def test_answers_of_a_batch_end_in_one_file_and_are_used_once(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "out.headway"))
    store.make()
    end = {"answer": "a", "error": None, "kind": "", "verdict": "usable", "prompt_tokens": 4, "completion_tokens": 6, "cost": 0.5}
    store.write_rows("b0/earlier-0.parquet", [{"key": b"e" * 16, **end}])
    before = store.index()
    writer = store.writer("b1", rows=2, seconds=60)
    for number in range(7):
        writer.add(number.to_bytes(16, "little"), dict(end))
    assert store.used_since(before) == {"prompt_tokens": 24, "completion_tokens": 36, "cost": 3.0, "unpriced": 0}
    parts = list((tmp_path / "out.headway/rows/b1").iterdir())
    assert len(parts) == 3
    writer.finish()
    assert [file.name.endswith("-all.parquet") for file in (tmp_path / "out.headway/rows/b1").iterdir()] == [True]
    assert store.used_since(before) == {"prompt_tokens": 28, "completion_tokens": 42, "cost": 3.5, "unpriced": 0}
    assert len(Store(str(tmp_path / "out.headway")).find("b1", [n.to_bytes(16, "little") for n in range(7)])) == 7
    assert store._read(f"b1/{parts[0].name}").num_rows == 7, "who had the name of a part finds the whole"


def told(**given: int) -> dict[str, Any]:
    return {"totals": totals(**given), "limits": [], "set": {"requests": 10.0, "tokens": 0.0}}


def test_a_share_of_the_limit_is_of_the_time_that_was_counted() -> None:
    figures = Figures()
    for second in range(0, 100, 2):  # two workers that tell by turns, each 5 requests a second: all of the limit
        figures.tell("one", told(attempts=5 * second, waiting=1), float(second))
        figures.tell("two", told(attempts=5 * second, waiting=1), second + 0.1)
    assert figures.all(99.0)["limit_used"]["requests"] == pytest.approx(1.0, abs=0.05)
    figures.tell("one", told(attempts=500, waiting=0), 100.0)
    figures.tell("two", told(attempts=500, waiting=1), 100.1)
    assert figures.all(100.2)["limit_used"]["requests"] == pytest.approx(1.0, abs=0.05)


def test_answers_without_a_price_leave_the_cost_unknown_and_are_counted(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "out.headway"))
    store.make()
    end = {"answer": "a", "error": None, "kind": "", "verdict": "usable", "prompt_tokens": 4, "completion_tokens": 6}
    before = store.index()
    store.write_rows("b0/one-0.parquet", [{"key": bytes([n]) * 16, **end, "cost": cost} for n, cost in enumerate((0.5, None, None))])
    used = store.used_since(before)
    assert used == {"prompt_tokens": 12, "completion_tokens": 18, "cost": 0.5, "unpriced": 2}
    assert Store(str(tmp_path / "out.headway")).find("b0", [bytes([1]) * 16])[0]["cost"] is None


@pytest.mark.parametrize(
    ("known", "unpriced", "cost", "text"),
    [
        (0.0, 0, 0.0, "0.0000 dollars\n"),
        (1.5, 0, 1.5, "1.5000 dollars\n"),
        (0.0, 3, None, "not known: the model has no price\n"),
        (1.5, 3, None, "1.5000 dollars, and 3 answers without a price\n"),
    ],
)
def test_a_cost_is_a_number_only_where_all_of_it_is_known(known: float, unpriced: int, cost: float | None, text: str) -> None:
    figures = Figures()
    figures.tell("one", told(attempts=5), 0.0)
    more = told(attempts=9)
    more["totals"] |= {"cost": known, "unpriced": unpriced}
    figures.tell("one", more, 0.5)
    assert figures.all(1.0)["cost_usd"] == cost
    assert ("dollars" in line_of(figures.all(1.0), 1.0)) is bool(known)
    report = {**figures.all(1.0), "run": {"ended": "finished", "reason": "", "output": "out"}, "wall_s": 1.0, "maybe_asked_twice": 3}
    assert text in report_text(report)
    assert "3 rows at the most were asked" in report_text(report)


def test_the_line_says_what_is_waited_for() -> None:
    figures = Figures()
    assert "no worker is alive" in line_of(figures.all(0.0), 1.0)
    figures.tell("one", told(), 0.0)
    assert "no block is with a worker" in line_of(figures.all(0.5), 1.0)
    figures.begin_batch("b1", "dead")
    figures.begin_batch("b1", "one")
    waits = told(in_flight=4, waiting=4)
    waits["totals"]["limited_by"] = "lease"
    figures.tell("one", waits, 1.0)
    line = line_of(figures.all(1.5), 1.0)
    assert "waiting for leases" in line
    assert "1 blocks run again" in line


@pytest.mark.parametrize(
    ("words", "fails", "tries", "ends_well"),
    [
        ("Original exception: ray.exceptions.ActorDiedError: its node has died", 2, 3, True),
        ("ray.exceptions.ActorDiedError: its node has died", 99, 5, False),
        ("headway.errors.ConfigurationError: another column", 99, 1, False),
    ],
)
def test_a_run_begins_anew_where_ray_lost_what_it_does_not_make_again(
    monkeypatch: pytest.MonkeyPatch, words: str, fails: int, tries: int, ends_well: bool
) -> None:
    written: list[Any] = []

    def write(dataset: Any, output: str, form: str) -> None:
        written.append(dataset)
        if len(written) <= fails:
            raise UnserializableException(words)

    run = sys.modules["headway.ray.run"]
    monkeypatch.setattr(run, "write", write)
    made = iter(range(99))
    failure = run._written(lambda: next(made), "out", "parquet")
    assert (written == list(range(tries)), failure is None) == (True, ends_well), "each of a Dataset that was made anew"
