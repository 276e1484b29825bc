"""The Python in the documents runs."""

import ast
import asyncio
import inspect
import json
import re
from pathlib import Path

import pytest
from conftest import SOURCE
from peer import Peer

import headway

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: the documents' Python is not tested")
parquet = pytest.importorskip("pyarrow.parquet")
DOCUMENTS = [SOURCE / "README.md", SOURCE / "README.ja.md", *sorted((SOURCE / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (examples/\S+) -->\n)?```python\n(.*?)```", re.S)
BLOCKS = [
    (f"{document.name}:{text[: found.start(2)].count(chr(10)) + 1}", found[1], found[2])
    for document in DOCUMENTS
    for text in [document.read_text()]
    for found in BLOCK.finditer(text)
    if re.search(r"\b(headway|llm)\b", found[2]) and "import openai" not in found[2]  # test_openai.py runs those
]


@pytest.mark.parametrize(("place", "text"), [(place, text) for place, _, text in BLOCKS], ids=[place for place, *_ in BLOCKS])
def test_a_block_runs(
    place: str, text: str, peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    if "headway.ray" in text:
        pytest.importorskip("ray", reason="Ray is not installed: its documents are not tested")
        request.getfixturevalue("ray_node")
    monkeypatch.setenv("OPENAI_BASE_URL", peer.base_url)
    monkeypatch.setenv("HEADWAY_MODEL", "m")
    prompts = ["Hello how are you?", "What is the capital of France?"]
    parquet.write_table(pyarrow.table({"text": prompts}), "prompts.parquet")
    Path("prompts.txt").write_text("\n".join(prompts))
    Path("prompts.jsonl").write_text("".join(json.dumps({"id": n, "text": p}) + "\n" for n, p in enumerate(prompts)))
    with headway.Client(base_url=peer.base_url) as client:
        llm = headway.OpenAI(client=client)
        names = {"asyncio": asyncio, "headway": headway, "llm": llm, "prompts": prompts, "prompt": prompts[0], "base_url": peer.base_url}
        ran = eval(compile(text, place, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
        if inspect.iscoroutine(ran):
            asyncio.run(ran)
    assert peer.bodies, "nothing was asked"


@pytest.mark.parametrize("name", [path.name for path in sorted((SOURCE / "examples" / "python").glob("*.py"))])
def test_the_readmes_have_the_examples(name: str) -> None:
    text = (SOURCE / "examples" / "python" / name).read_text()
    assert [(place.split(":")[0], block) for place, mark, block in BLOCKS if mark == f"examples/python/{name}"] == [
        ("README.md", text),
        ("README.ja.md", text),
    ]
