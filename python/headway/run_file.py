"""A file of prompts: ``headway run`` in this process."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Union

from headway import _core, notebook, parquet
from headway.settings import RunSettings

if TYPE_CHECKING:
    from typing_extensions import Unpack

Path = Union[str, "os.PathLike[str]"]
Progress = Callable[[dict[str, Any]], object]


class Report(dict[str, Any]):
    """What a run has done: the object that ``headway run --json`` prints, whose keys are attributes too.

    ``report.rows["done"]``, ``report.failed_by_kind``, ``report.cost_usd``. ``str(report)`` is the report for people. That
    of a dry run has no keys.
    """

    ok: bool
    """All rows are done. Else some have failed, or the run stopped before its end: ``report.run["ended"]`` says which."""
    text: str
    """For people."""
    page: str
    """As a web page, which a notebook shows below the cell; empty: that of a dry run."""

    def __init__(self, figures: Mapping[str, Any], text: str, ok: bool, page: str = "") -> None:
        super().__init__(figures)
        self.text = text
        self.ok = ok
        self.page = page

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(f"a report has no '{name}'", name=name, obj=self)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str | None:
        return notebook.framed(self.page) if self.page else None

    def __repr__(self) -> str:
        return f"<headway.Report: {self.get('run', {}).get('ended', 'nothing was sent')}, rows {self.get('rows', {})}>"


def run_file(input: Path, output: Path, *, progress: bool | str | Progress | type[Any] = True, **settings: Unpack[RunSettings]) -> Report:
    """Runs a file of prompts, or what is left of it, as ``headway run INPUT -o OUTPUT`` does. Blocks.

    Every flag of ``headway run`` is a keyword: ``in_flight=50``, ``ordered=True``, ``budget="20usd"``, ``columns=["id",
    "topic"]``, ``set={"response_format": {"type": "json_object"}}``, ``expect=`` a JSON Schema as a dict. None is as good as
    left out. docs/long-run.md has them all, and the list below. What one has begun, the other goes on with.

    Parquet, by pyarrow: rows of an input ``*.parquet`` are taken as JSON, and an output ``*.parquet`` has the rows that have
    ended in the input's order, with its columns (``columns``: those of them), ``answer`` and ``error``. While it runs, its
    rows and its journal are in ``OUTPUT.jsonl`` and beside it.

    ``progress``: True shows what the program shows, and in a notebook a bar of tqdm's, if tqdm is installed; False
    nothing; a class like tqdm its bar; another callable takes the figures of ``--progress json`` as a dict, four times a
    second. What it raises stops the run and is raised at the end.

    Rows that fail do not raise: they are in the report. Raises ConfigurationError for bad rows and settings, before
    anything is sent, and TypeError for an unknown keyword. While it runs, SIGINT (Ctrl-C) and SIGTERM are its own: the
    first lets what is in flight end, a second gives it up; then Python's handlers have their turn, so Ctrl-C raises
    KeyboardInterrupt. The same call goes on where it was. It may be called from any thread. The process's limit of open
    files is raised to what it may be.
    """
    given, wanted = os.fspath(input), os.fspath(output)
    if parquet.is_parquet(given) or parquet.is_parquet(wanted):
        return _run_parquet(given, wanted, progress, settings)
    shown, watcher = _view(progress)
    told = [("input", given), ("output", wanted), *settings_as_text(settings), *shown]
    try:
        ok, figures, text, page = _core.run_file(told, watcher and (lambda figures: watcher(json.loads(figures))))
    finally:
        if isinstance(watcher, _Bar):
            watcher.close()
    return Report(json.loads(figures or "{}"), text, ok, page)


def _settings_text() -> str:
    """The table of settings, for people."""
    text = ""
    for name, (takes, about) in _core.run_settings().items():
        if name not in ("input", "output", "progress"):
            text += f"    {name}{f' ({takes})' if takes else ''}: {about}\n"
    return text


run_file.__doc__ = f"{run_file.__doc__}\n    Keywords, as the flags of the same name:\n\n{_settings_text()}"


def _run_parquet(input: str, output: str, progress: Any, settings: RunSettings) -> Report:
    flags: dict[str, Any] = {**settings}
    columns = _texts(flags.get("columns") or [])
    files = parquet.ParquetFiles(
        input, output, columns, flags.get("select"), flags.get("format"), flags.get("keep_input")
    )
    files.write_input()
    report = run_file(files.input, files.output, progress=progress, **flags | files.flags())
    if report:  # a dry run has nothing to write
        files.finish()
    if report.ok:
        files.drop_input()
    return report


def settings_as_text(flags: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Keywords as the table of settings takes them. Raises TypeError for one that it does not have."""
    known = _core.run_settings()
    settings: list[tuple[str, str]] = []
    for name, value in flags.items():
        if name not in known:
            raise TypeError(f"run_file() got an unexpected keyword argument '{name}'")
        if value is None:
            continue
        takes, _ = known[name]
        if bool(takes) == isinstance(value, bool):
            raise TypeError(f"{name} takes {'a value' if takes else 'True or False'}, not {value!r}")
        texts = [""] * value if isinstance(value, bool) else _texts(value, takes)
        settings += [(name.replace("_", "-"), text) for text in texts]
    return settings


def _texts(value: Any, takes: str = "") -> list[str]:
    if isinstance(value, Mapping) and takes != "KEY=JSON":
        return [json.dumps(value, ensure_ascii=False)]  # a schema
    if isinstance(value, Mapping):
        return [f"{key}={json.dumps(field, ensure_ascii=False)}" for key, field in value.items()]
    if isinstance(value, (list, tuple)):
        return [str(each) for each in value]
    return [os.fspath(value) if isinstance(value, os.PathLike) else str(value)]


class _Bar:
    """A bar in tqdm's way."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._bar: Any = None

    def __call__(self, figures: dict[str, Any]) -> None:
        before = figures["rows_finished_before"]
        if self._bar is None:
            self._bar = self._make(total=figures["rows_total"], initial=before, unit="row")
        self._bar.set_postfix(failed=figures["rows_failed"], in_flight=figures["in_flight"], refresh=False)
        self._bar.update(figures["rows_total"] - figures["rows_left"] - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _view(progress: bool | str | Progress | type[Any]) -> tuple[list[tuple[str, str]], Progress | None]:
    """Settings for the program's own view, and who is told besides."""
    none = [("progress", "none")]
    if isinstance(progress, str):
        return [("progress", progress)], None
    if progress is True:
        bar = _notebook_bar()
        return ([], None) if bar is None else (none, bar)
    if not progress:
        return none, None
    return none, _Bar(progress) if isinstance(progress, type) else progress


def _notebook_bar() -> _Bar | None:
    """None outside a notebook, or without tqdm."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if not hasattr(shell, "kernel"):
        return None
    try:
        return _Bar(importlib.import_module("tqdm.auto").tqdm)
    except ImportError:
        return None
