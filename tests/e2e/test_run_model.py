"""headway run on the real model."""
import json
import subprocess
from pathlib import Path

import run_checker
from model_server import ModelServer
from durable_runs import batch_line, by_id, ids_of, until

ROWS = 200
WORDS = ["river", "copper", "lamp", "winter", "bread", "sailor", "violin", "garden", "thunder", "mirror"]


def headway(build_dir: Path, model: ModelServer, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([build_dir / "bin/headway", "run", *arguments], cwd=folder, env=model.environment(), text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_hundred_prompts_killed_in_the_middle(build_dir: Path, model: ModelServer, tmp_path: Path) -> None:
    ids, output = ids_of(ROWS), tmp_path / "out.jsonl"
    lines = [batch_line(key, f"A word that goes with {WORDS[n % 10]}, please ({n})", model=model.name, max_tokens=3)
             for n, key in enumerate(ids)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    arguments = ("in.jsonl", "-o", "out.jsonl", "--in-flight", "16", "--json")
    running = headway(build_dir, model, tmp_path, *arguments)
    until(lambda: output.exists() and output.read_bytes().count(b"\n") >= ROWS / 2, 120)
    running.kill()
    running.communicate()
    first = by_id(output)
    assert ROWS / 2 <= len(first) < ROWS
    out, err = headway(build_dir, model, tmp_path, *arguments).communicate(timeout=120)
    report = json.loads(out)
    assert report["rows"]["done"] + report["rows"]["finished_before"] == ROWS, err
    assert report["rows"]["finished_before"] >= len(first)
    assert run_checker.check(output, ids).done == set(range(ROWS))
    answers = by_id(output)
    assert all(answers[key] == line for key, line in first.items()), "what was there stays"
    assert all(0 < line["response"]["body"]["usage"]["completion_tokens"] <= 3 for line in answers.values())
    assert sum(answers[key]["response"]["body"]["choices"][0]["message"]["content"] != "" for key in ids) >= 0.9 * ROWS


def test_a_table_with_a_template(build_dir: Path, model: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("country,continent\nFrance,Europe\nJapan,Asia\n日本,アジア\n")
    running = headway(build_dir, model, tmp_path, "in.csv", "-o", "out.jsonl", "--prompt",
                      "What is the capital of {{country}}? Answer with one word.", "--columns", "continent",
                      "--max-tokens", "8", "--temperature", "0", "--select", "text")
    _, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    answers = by_id(tmp_path / "out.jsonl")
    assert "Paris" in answers["row-2"]["text"] and answers["row-2"]["columns"] == {"continent": "Europe"}
    assert answers["row-4"]["columns"] == {"continent": "アジア"} and answers["row-4"]["text"]
    run_checker.check(tmp_path / "out.jsonl", ["row-2", "row-3", "row-4"])
