"""Rows that have ended, kept beside the output: what is here was paid for, and is not asked again.

A batch's rows are in files of the folder ``rows/BATCH``, written as they end. BATCH stands for what the batch asks, so a batch that Ray
runs again after a worker's death finds what the dead one had written. An Index of all files finds what earlier runs had.
"""

from __future__ import annotations

import json
import os
import posixpath
import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet
from pyarrow.fs import FileSelector, FileSystem, FileType, LocalFileSystem

from headway.errors import ConfigurationError

End = dict[str, Any]
"""How a row has ended: the fields of SCHEMA but the key. A cost that nobody knows is None."""

SCHEMA = pyarrow.schema([
    ("key", pyarrow.binary(16)), ("answer", pyarrow.string()), ("error", pyarrow.string()),
    ("kind", pyarrow.string()), ("verdict", pyarrow.string()),
    ("prompt_tokens", pyarrow.int64()), ("completion_tokens", pyarrow.int64()), ("cost", pyarrow.float64()),
])  # fmt: skip
_WHOLE = "-all.parquet"
_USED = ("prompt_tokens", "completion_tokens", "cost")
_FILES_KEPT = 64  # in memory, of those that rows were found in
_READERS = 32


def filesystem(path: str) -> tuple[FileSystem, str]:
    """Where the path is: a URI such as s3://bucket/folder, or a path of this machine."""
    try:
        if "://" in path:
            files, inner = FileSystem.from_uri(path)
            return files, inner.rstrip("/")
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be reached: {error}") from error
    return LocalFileSystem(), os.path.abspath(path)


def absolute(path: str) -> str:
    """The same on every node."""
    return path if "://" in path else os.path.abspath(path)


class Index:
    """Which file has which row, of all files of a store: 12 bytes a row. Shared by the workers of a node."""

    def __init__(self, keys: numpy.ndarray[Any, Any], places: numpy.ndarray[Any, Any], names: list[str]) -> None:
        order = numpy.argsort(keys, kind="stable")
        self._keys, self._places, self.names = keys[order], places[order], names

    def __len__(self) -> int:
        return len(self._keys)

    def files_of(self, key: bytes) -> list[str]:
        """Those that may have the row: the key's first 8 bytes agree."""
        head = numpy.frombuffer(key[:8], numpy.uint64)[0]
        first, last = numpy.searchsorted(self._keys, [head, head + numpy.uint64(1)])
        return [self.names[place] for place in self._places[first:last]]


class Store:
    """A store in the folder ``path``, which any number of workers share. Thread-safe.

    Raises OSError where the folder cannot be read or written.
    """

    def __init__(self, path: str, index: Index | None = None, retry_failed: bool = False) -> None:
        self._files, self._path = filesystem(path)
        self._rows = posixpath.join(self._path, "rows")
        self._index = index
        self._retry_failed = retry_failed
        self._kept: OrderedDict[str, dict[bytes, list[End]]] = OrderedDict()
        self._lock = threading.Lock()

    def make(self) -> None:
        self._files.create_dir(self._rows, recursive=True)

    def settings(self) -> dict[str, Any] | None:
        """Those of the run whose store it is; None: there is none."""
        name = posixpath.join(self._path, "run.json")
        if self._files.get_file_info(name).type == FileType.NotFound:
            return None
        with self._files.open_input_stream(name) as file:
            settings: dict[str, Any] = json.loads(file.read())
        return settings

    def write_settings(self, settings: dict[str, Any]) -> None:
        self._write("run.json", json.dumps(settings, ensure_ascii=False, indent=1).encode())

    def write_json(self, name: str, value: Any) -> None:
        self._write(name, json.dumps(value).encode())

    def read_json(self, name: str) -> Any:
        with self._files.open_input_stream(posixpath.join(self._path, name)) as file:
            return json.loads(file.read())

    def names(self, folder: str) -> list[str]:
        """Of what is whole in it; nothing where it is not there."""
        found = self._files.get_file_info(FileSelector(posixpath.join(self._path, folder), allow_not_found=True))
        return sorted(posixpath.basename(info.path) for info in found if not info.path.endswith(".part"))

    def count(self, batch: str) -> int:
        """Rows of the batch that are written."""
        return sum(self._read(name, ["key"]).num_rows for name in self._names(batch))

    def used_since(self, earlier: Index) -> dict[str, Any]:
        """Tokens and cost of all rows that were written since, and how many of them were paid for at a price that nobody knows."""
        before = {_written_by(name) for name in earlier.names}
        names = [name for name in self._names() if _written_by(name) not in before]
        with ThreadPoolExecutor(_READERS) as readers:
            tables = readers.map(lambda name: self._read(name, list(_USED)), names)
            used = [_used(table) for table in tables]
        return {name: sum(each[name] for each in used) for name in (*_USED, "unpriced")}

    def move_aside(self, name: str) -> None:
        self._files.move(self._path, posixpath.join(posixpath.dirname(self._path), name))

    def index(self) -> Index:
        """Of all that is there now."""
        names = self._names()
        with ThreadPoolExecutor(_READERS) as readers:
            keys = list(readers.map(self._heads, names))
        places = [numpy.full(len(of_file), place, numpy.uint32) for place, of_file in enumerate(keys)]
        return Index(_joined(keys, numpy.uint64), _joined(places, numpy.uint32), names)

    def find(self, batch: str, keys: Sequence[bytes | None]) -> dict[int, End]:
        """How rows have ended, by their place in the batch; those that are to be asked are left out."""
        written = self._read_all(self._names(batch))
        found = {}
        for place, key in enumerate(keys):
            end = key and (self._best(written.get(key), take=True) or self._best(self._indexed(key)))
            if end:
                found[place] = end
        return found

    def _best(self, ends: list[End] | None, take: bool = False) -> End | None:
        """Of a row: an answer before a failure. Rows of a batch that ask the same ``take`` an end each."""
        for end in ends or ():
            if not end["kind"]:
                break
        else:
            if not ends or self._retry_failed:
                return None
            end = ends[-1]
        if take and ends:
            ends.remove(end)
        return end

    def writer(self, batch: str, rows: int, seconds: float) -> Writer:
        """Writes a file for so many rows, or for what has come in so many seconds."""
        return Writer(self, batch, rows, seconds)

    def _names(self, batch: str = "") -> list[str]:
        """Files of a batch, or of all, below the folder of rows."""
        folder = posixpath.join(self._rows, batch) if batch else self._rows
        found = self._files.get_file_info(FileSelector(folder, allow_not_found=True, recursive=not batch))
        names = sorted(posixpath.relpath(info.path, self._rows) for info in found if info.path.endswith(".parquet"))
        whole = {_written_by(name) for name in names if name.endswith(_WHOLE)}
        return [name for name in names if name.endswith(_WHOLE) or _written_by(name) not in whole]

    def _heads(self, name: str) -> numpy.ndarray[Any, Any]:
        keys = self._read(name, ["key"])["key"].to_pylist()
        return numpy.array([int.from_bytes(key[:8], "little") for key in keys], numpy.uint64)

    def _read(self, name: str, columns: list[str] | None = None) -> pyarrow.Table:
        try:
            return self._table(name, columns)
        except FileNotFoundError:  # its writer has put all of its files into one meanwhile
            return self._table(_written_by(name) + _WHOLE, columns)

    def _table(self, name: str, columns: list[str] | None) -> pyarrow.Table:
        return pyarrow.parquet.read_table(posixpath.join(self._rows, name), filesystem=self._files, columns=columns)

    def _read_all(self, names: list[str]) -> dict[bytes, list[End]]:
        ends: dict[bytes, list[End]] = {}
        for name in names:
            for end in self._read(name).to_pylist():
                ends.setdefault(end.pop("key"), []).append(end)
        return ends

    def _indexed(self, key: bytes) -> list[End]:
        names = self._index.files_of(key) if self._index else ()
        return [end for name in names for end in self._file(name).get(key, ())]

    def _file(self, name: str) -> dict[bytes, list[End]]:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self._read_all([name])
            self._kept.move_to_end(name)
            while len(self._kept) > _FILES_KEPT:
                self._kept.popitem(last=False)
            return self._kept[name]

    def remove_rows(self, names: list[str]) -> None:
        for name in names:
            self._files.delete_file(posixpath.join(self._rows, name))

    def write_rows(self, name: str, ends: list[End]) -> None:
        """Durable when it returns, as one file or none."""
        sink = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ends, schema=SCHEMA), sink, compression="zstd")
        self._write(posixpath.join("rows", name), sink.getvalue())

    def _write(self, name: str, data: Any) -> None:
        path = posixpath.join(self._path, name)
        if not isinstance(self._files, LocalFileSystem):
            with self._files.open_output_stream(path) as stream:  # an object is there when it is whole
                stream.write(data)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        part = f"{path}.{uuid.uuid4().hex}.part"
        with open(part, "wb") as file:
            file.write(data)
            os.fsync(file.fileno())
        os.replace(part, path)


class Writer:
    """Of one batch's rows. Thread-safe: flush_if_due() may come from another thread than the rest."""

    def __init__(self, store: Store, batch: str, rows: int, seconds: float) -> None:
        self._store, self._batch, self._most, self._seconds = store, batch, rows, seconds
        self._name = uuid.uuid4().hex[:8]  # another worker may run the same batch
        self._ends: list[End] = []
        self._all: list[End] = []
        self._since = monotonic()
        self._written = 0
        self._lock = threading.Lock()

    def add(self, key: bytes, end: End) -> None:
        with self._lock:
            if not self._ends:
                self._since = monotonic()
            self._ends.append({"key": key, **end})
            self._all.append(self._ends[-1])
            if len(self._ends) >= self._most:
                self._flush()

    def flush_if_due(self) -> None:
        with self._lock:
            if self._ends and monotonic() - self._since >= self._seconds:
                self._flush()

    def flush(self) -> None:
        """All that was added is durable when it returns."""
        with self._lock:
            if self._ends:
                self._flush()

    def finish(self) -> None:
        """As flush(), and all is in one file: what is written within a second is many small ones."""
        self.flush()
        with self._lock:
            if self._written < 2:
                return
            self._store.write_rows(f"{self._batch}/{self._name}{_WHOLE}", self._all)
            self._store.remove_rows([self._part(number) for number in range(self._written)])

    def _flush(self) -> None:
        self._store.write_rows(self._part(self._written), self._ends)
        self._written += 1
        self._ends = []

    def _part(self, number: int) -> str:
        return f"{self._batch}/{self._name}-{number}.parquet"


def _used(table: pyarrow.Table) -> dict[str, Any]:
    return {"unpriced": table["cost"].null_count} | {name: pyarrow.compute.sum(table[name]).as_py() or 0 for name in _USED}


def _written_by(name: str) -> str:
    """The batch and the writer of a file."""
    return name.rpartition("-")[0]


def _joined(parts: list[numpy.ndarray[Any, Any]], type: Any) -> numpy.ndarray[Any, Any]:
    return numpy.concatenate([numpy.empty(0, type), *parts])
