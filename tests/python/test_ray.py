"""headway.ray on one node."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

import pyarrow
import pyarrow.parquet
from gemini_peer import running_gemini
from peer import Peer

import headway
import headway.ray
from headway.ray.flags import limit_name, with_environment
from headway.ray.output import alone


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "in.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"id": list(range(30)), "text": [f"text {i}" for i in range(30)]}), path)
    return path


def rows_of(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(folder).to_pylist()
    return sorted(rows, key=lambda row: row["id"])


def run(peer: Peer, input: Path, output: Path, **settings: Any) -> headway.Report:
    given: dict[str, Any] = {"base_url": peer.base_url, "model": "m", "prompt": "{{text}}", "progress": False, "batch_size": 10, "concurrency": 1}
    return headway.ray.run(str(input), str(output), **(given | settings))


def test_a_table_gets_its_answers_and_is_not_asked_twice(ray_node: None, peer: Peer, data: Path, tmp_path: Path) -> None:
    report = run(peer, data, tmp_path / "out")
    assert report.ok, report
    assert report.rows["done"] == 30
    assert report.usage == {"prompt_tokens": 120, "completion_tokens": 180}
    assert (report.cost_usd, report.cost_known_usd, report.unpriced) == (None, 0, 30)
    assert rows_of(tmp_path / "out")[7] == {"id": 7, "text": "text 7", "answer": "You said: text 7", "error": None}
    assert len(peer.bodies) == 30

    again = run(peer, data, tmp_path / "out")
    assert again.rows["found"] == 30
    assert (again.cost_usd, again.unpriced) == (0, 0), "nothing was asked"
    assert len(peer.bodies) == 30
    assert len(rows_of(tmp_path / "out")) == 30


def test_another_providers_model_is_asked_in_its_own_words(ray_node: None, data: Path, tmp_path: Path) -> None:
    with running_gemini() as endpoint:
        given: dict[str, Any] = {"base_url": endpoint.base_url, "model": "gemini:gemini-x", "prompt": "{{text}}"}
        report = headway.ray.run(str(data), str(tmp_path / "out"), progress=False, batch_size=10, concurrency=1, **given)
        assert report.ok and rows_of(tmp_path / "out")[7]["answer"] == "You said: text 7"
        assert {body["path"] for body in endpoint.bodies} == {"/v1beta/models/gemini-x:generateContent"}


def test_what_the_environment_says_of_one_provider_is_not_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://openai.example/v1")
    for variable in ("ANTHROPIC_BASE_URL", "HEADWAY_MODEL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://gemini.example")
    url = [with_environment({"model": model}).get("base_url") for model in ("m", "anthropic:c", "gemini:g", "google_genai:g")]
    assert url == ["https://openai.example/v1", None, "https://gemini.example", "https://gemini.example"]
    names = {limit_name(with_environment({"model": model})) for model in ("m", "openai:m", "anthropic:c", "gemini:g", "google_genai:g")}
    assert len(names) == 3
    monkeypatch.setenv("GEMINI_API_KEY", "another")
    assert limit_name({"model": "gemini:g"}) not in names and limit_name({"model": "m"}) in names


def test_what_answers_cost_is_added_up(ray_node: None, peer: Peer, data: Path, tmp_path: Path) -> None:
    report = run(peer, data, tmp_path / "out", price_in=1.0, price_out=2.0)
    assert report.cost_usd == report.cost_known_usd == pytest.approx(30 * 16e-6) and report.unpriced == 0


def test_relative_paths_are_those_of_the_driver(
    ray_node: None, peer: Peer, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(peer, Path("in.parquet"), Path("out")).rows["done"] == 30
    assert len(rows_of(tmp_path / "out")) == 30
    assert list((tmp_path / "out.headway" / "rows").iterdir())
    with pytest.raises(headway.ConfigurationError, match="another folder on each node"):
        headway.ray.Completions(store="answers.headway", prompt="{{text}}", model="m", base_url=peer.base_url)


def test_a_failed_row_is_a_row_and_is_asked_again_only_if_that_is_said(ray_node: None, peer: Peer, tmp_path: Path) -> None:
    texts = ["fine", "STATUS 400", "fine too"]
    pyarrow.parquet.write_table(pyarrow.table({"id": [0, 1, 2], "text": texts}), tmp_path / "in.parquet")
    report = run(peer, tmp_path / "in.parquet", tmp_path / "out")
    assert not report.ok
    assert report.run["ended"] == "finished"
    assert report.failed_by_kind == {"bad_request": 1}
    failed = rows_of(tmp_path / "out")[1]
    assert failed["answer"] is None
    assert failed["error"]
    run(peer, tmp_path / "in.parquet", tmp_path / "out")
    assert len(peer.bodies) == 3
    run(peer, tmp_path / "in.parquet", tmp_path / "out", retry_failed=True)
    assert len(peer.bodies) == 4


def test_rows_that_ask_the_same_are_asked_each(ray_node: None, peer: Peer, tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"id": list(range(20)), "text": ["same"] * 20}), tmp_path / "in.parquet")
    assert run(peer, tmp_path / "in.parquet", tmp_path / "out", batch_size=5).rows["done"] == 20
    assert len(peer.bodies) == 20


def test_a_wrong_key_stops_the_run_and_leaves_the_rows_unfinished(ray_node: None, peer: Peer, tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"id": [0, 1], "text": ["fine", "STATUS 401"]}), tmp_path / "in.parquet")
    report = run(peer, tmp_path / "in.parquet", tmp_path / "out", in_flight=1)
    assert not report.ok
    assert report.run["ended"] == "stopped"
    assert "key" in report.run["reason"]
    assert list((tmp_path / "out").iterdir()) == []


def test_first_rows_that_all_fail_alike_stop_the_run(ray_node: None, peer: Peer, tmp_path: Path) -> None:
    table = pyarrow.table({"id": list(range(200)), "text": ["STATUS 400"] * 200})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    report = run(peer, tmp_path / "in.parquet", tmp_path / "out", in_flight=5, batch_size=100)
    assert report.run["ended"] == "stopped"
    assert "the first 20 rows all failed in the same way" in report.run["reason"]
    assert len(peer.bodies) < 100


def test_another_prompt_is_not_mixed_with_what_is_there(ray_node: None, peer: Peer, data: Path, tmp_path: Path) -> None:
    run(peer, data, tmp_path / "out")
    with pytest.raises(headway.ConfigurationError, match="begun with another prompt"):
        run(peer, data, tmp_path / "out", prompt="Other: {{text}}")
    assert run(peer, data, tmp_path / "out", prompt="Other: {{text}}", fresh=True).rows["done"] == 30
    assert rows_of(tmp_path / "out")[0]["answer"] == "You said: Other: text 0"
    assert len(list(tmp_path.glob("out.*.headway"))) == 1, "the earlier answers are kept"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"prompt": "{{nothing}}"}, 'no column "nothing".*its columns are: id, text'),
        ({"model": ""}, "model"),
        ({"select": "body"}, "select = 'body'"),
        ({"expect": "@nowhere.json"}, "nowhere.json cannot be read"),
        ({"rpm": -1}, "rpm"),
        ({"format": "xml"}, "the formats are parquet, jsonl, csv"),
    ],
)
def test_bad_settings_are_told_before_any_call(
    ray_node: None, peer: Peer, data: Path, tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(headway.ConfigurationError, match=said):
        run(peer, data, tmp_path / "out", **settings)
    assert peer.bodies == []


def test_an_output_of_someone_else_is_not_touched(ray_node: None, peer: Peer, data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for fresh in (False, True):
        with pytest.raises(headway.ConfigurationError, match="no output of headway's"):
            run(peer, data, tmp_path / "out", fresh=fresh)


def test_two_runs_do_not_write_one_output(ray_node: None, peer: Peer, data: Path, tmp_path: Path) -> None:
    with alone(str(tmp_path / "out")):
        with pytest.raises(headway.ConfigurationError, match="another run is writing"):
            run(peer, data, tmp_path / "out")
    assert run(peer, data, tmp_path / "out").ok


def test_an_input_that_is_not_there(ray_node: None, peer: Peer, tmp_path: Path) -> None:
    with pytest.raises(headway.ConfigurationError, match="cannot be read"):
        run(peer, tmp_path / "none.parquet", tmp_path / "out")


def test_an_unknown_keyword(ray_node: None, peer: Peer, data: Path, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no keyword 'promt'"):
        run(peer, data, tmp_path / "out", promt="x")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_other_formats_in_and_out(ray_node: None, peer: Peer, tmp_path: Path, form: str) -> None:
    import ray

    lines = {"jsonl": '{"id": 0, "text": "あ"}\n{"id": 1, "text": "b"}\n', "csv": "id,text\n0,あ\n1,b\n"}
    (tmp_path / f"in.{form}").write_text(lines[form], encoding="utf-8")
    assert run(peer, tmp_path / f"in.{form}", tmp_path / f"out.{form}").ok
    text = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / f"out.{form}").iterdir())
    assert "You said: あ" in text
    read = ray.data.read_json if form == "jsonl" else ray.data.read_csv
    assert sorted(row["answer"] for row in read(str(tmp_path / f"out.{form}")).take_all()) == ["You said: b", "You said: あ"]


def test_batch_lines(ray_node: None, peer: Peer, tmp_path: Path) -> None:
    line = '{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": [{"role": "user", "content": "hi"}]%s}}'
    (tmp_path / "in.jsonl").write_text(line % ', "seed": 7' + "\n" + line.replace('"a"', '"b"') % "" + "\n")
    report = run(peer, tmp_path / "in.jsonl", tmp_path / "out", prompt=None, model=None)
    assert report.rows["done"] == 2
    assert sorted(body.get("seed", 0) for body in peer.bodies) == [0, 7], "no field of another row"


def test_in_a_pipeline_of_ray_data(ray_node: None, peer: Peer, data: Path) -> None:
    import ray

    asked = ray.data.read_parquet(str(data)).map_batches(
        headway.ray.Completions,
        fn_constructor_kwargs={"base_url": peer.base_url, "model": "m", "prompt": "{{text}}"},
        batch_size=10, concurrency=1, num_cpus=0.5,
    )  # fmt: skip
    assert {row["answer"] for row in asked.take_all()} == {f"You said: text {i}" for i in range(30)}


def test_a_file_of_one_block_is_every_workers(ray_node: None, peer: Peer, data: Path, tmp_path: Path) -> None:
    """30 rows by 10 are three blocks; the folder of answers then has as many files or more."""
    import ray.data

    from headway.ray.run import _in_blocks

    blocks = [len(batch["id"]) for batch in _in_blocks(ray.data.read_parquet(str(data)), 10).iter_batches(batch_size=None)]
    assert sorted(blocks) == [10, 10, 10]


@pytest.mark.parametrize(
    ("nodes", "workers", "given", "cpus"),
    [
        ([2.0], 1, {}, 0.5),
        ([2.0, 1.0, 1.0], 3, {}, 0.5),
        ([1.0, 1.0, 1.0], 3, {}, 0),
        ([1.0], 1, {}, 0),
        ([4.0], 8, {}, 0),
        ([4.0], 1, {"num_cpus": 3}, 3),
    ],
)
def test_a_worker_leaves_a_cpu_to_read_with(nodes: list[float], workers: int, given: dict[str, Any], cpus: float) -> None:
    from headway.ray.run import placement

    assert placement(nodes, workers, given)["num_cpus"] == cpus


@pytest.mark.parametrize(
    ("nodes", "workers", "given"),
    [([1.0, 1.0, 1.0], 3, {"num_cpus": 0.5}), ([2.0], 2, {"num_cpus": 1}), ([4.0], 4, {"num_cpus": 1}), ([0.5], 1, {}), ([], 1, {})],
)
def test_or_it_is_said_at_once(nodes: list[float], workers: int, given: dict[str, Any]) -> None:
    from headway.ray.run import placement

    with pytest.raises(headway.ConfigurationError, match="leave no CPU"):
        placement(nodes, workers, given)
