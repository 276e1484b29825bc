"""What Ray Data reads and writes, by name."""

from __future__ import annotations

import os
from typing import Any

import ray.data
from pyarrow.fs import FileSelector, FileType

from headway.errors import ConfigurationError
from headway.ray.store import absolute, filesystem

FORMATS = {"parquet": (".parquet", ".pq"), "jsonl": (".jsonl", ".json", ".ndjson"), "csv": (".csv",)}


def dataset_of(input: Any, form: str | None) -> ray.data.Dataset:
    """Of a path, or the Dataset itself. ``form``: None as its names say. Raises ConfigurationError."""
    if isinstance(input, ray.data.Dataset):
        return input
    path = absolute(os.fspath(input))
    form = form or format_of(path)
    readers = {"parquet": ray.data.read_parquet, "jsonl": ray.data.read_json, "csv": ray.data.read_csv}
    if form not in readers:
        raise ConfigurationError(f"{path} does not show its format: name it with input_format, as {', '.join(readers)}")
    try:
        return readers[form](path)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error


def format_of(path: str) -> str | None:
    """By its name, or the names in the folder."""
    files, inner = filesystem(path)
    for name in (inner, *_names_in(files, inner)):
        for form, ends in FORMATS.items():
            if name.removesuffix(".gz").endswith(ends):
                return form
    return None


def _names_in(files: Any, inner: str) -> list[str]:
    if files.get_file_info(inner).type != FileType.Directory:
        return []
    return [info.base_name for info in files.get_file_info(FileSelector(inner))]


def checked_format(form: str | None, output: str) -> str:
    """Of an output. Raises ConfigurationError."""
    form = form or format_of(output) or "parquet"
    if form not in FORMATS:
        raise ConfigurationError(f"format = '{form}': the formats are {', '.join(FORMATS)}")
    return form


def write(dataset: ray.data.Dataset, output: str, form: str) -> None:
    """In the place of what is there. Raises what Ray raises."""
    mode = ray.data.SaveMode.OVERWRITE
    if form == "parquet":
        dataset.write_parquet(output, mode=mode)
    elif form == "csv":
        dataset.write_csv(output, mode=mode)
    else:
        dataset.write_json(output, mode=mode, force_ascii=False)
