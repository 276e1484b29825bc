"""What notebooks show: _repr_html_ of stats, spend and a run's report; and tables of answers."""

import functools
import html
from html.parser import HTMLParser
from pathlib import Path

import pytest
from peer import Peer

import headway


class Read(HTMLParser):
    """A page's texts, and the elements that are open at its end."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[str] = []
        self.frames: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("link", "meta", "br"):  # which have no end
            self.open.append(tag)
        self.frames += [value or "" for name, value in attrs if name == "srcdoc"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_stats_and_spend_are_tables_and_what_they_were(peer: Peer) -> None:
    odd = "<b>model</b> & \"more\""
    with headway.Client(base_url=peer.base_url) as client:
        assert "nothing was used" in Read(client.spend()._repr_html_()).texts
        headway.OpenAI(client=client, model=odd).batch(["a", "b"])
        stats, spend = client.stats(), client.spend()
    assert isinstance(stats, dict) and stats["attempts"] == 2 and isinstance(spend, list) and spend[0]["prompt_tokens"] == 8
    read = Read(stats._repr_html_())
    assert not read.open and read.texts[read.texts.index("attempts") + 1] == "2"
    read = Read(spend._repr_html_())
    assert not read.open and odd in read.texts and "b" not in read.open


def test_a_report_is_its_page(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    output = tmp_path / "out.jsonl"
    run = functools.partial(headway.run_file, tmp_path / "in.txt", output, progress=False, model="m", base_url=peer.base_url)
    dry = run(dry_run=True)
    assert dry._repr_html_() is None
    report = run(report=tmp_path / "page.html")
    shown = report._repr_html_()
    assert report.ok and shown is not None
    (page,) = Read(shown).frames
    assert page == report.page and "finished" in "".join(Read(page.replace("<!doctype html>", "")).texts)
    assert html.escape(page) in shown and "sandbox" in shown
    assert len((tmp_path / "page.html").read_text()) == len(page)


@pytest.mark.parametrize("library", ["arrow", "pandas", "polars"])
def test_a_table_has_its_columns_and_types_whatever_is_in_it(peer: Peer, library: str) -> None:
    pytest.importorskip({"arrow": "pyarrow"}.get(library, library), reason=f"{library} is not installed: its tables are not tested")
    with headway.Client(base_url=peer.base_url) as client:
        answers = headway.OpenAI(client=client, model="m").batch(["a", "STATUS 400"], return_exceptions=True)
    table = headway.to_table(answers, library)
    empty = headway.to_table([], library)
    names = table.column_names if library == "arrow" else list(table.columns)
    assert names[0] == "text" and len(table) == 2 and len(empty) == 0
    kinds = [str(kind) for kind in (table.schema.types if library == "arrow" else table.dtypes)]
    assert kinds == [str(kind) for kind in (empty.schema.types if library == "arrow" else empty.dtypes)]
    rows = {"arrow": lambda: table.to_pylist(), "pandas": lambda: table.to_dict("records"), "polars": lambda: table.to_dicts()}[library]()
    assert rows[0]["text"] == "You said: a" and rows[0]["completion_tokens"] == 6 and rows[1]["error_kind"] == "bad_request"
    if library == "pandas":
        assert table["completion_tokens"].isna().tolist() == [False, True] and str(table["completion_tokens"].dtype) == "Int64"


def test_another_library_is_refused() -> None:
    with pytest.raises(ValueError, match="arrow"):
        headway.to_table([], "numpy")
