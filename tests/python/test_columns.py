"""Columns of pandas, Polars and Arrow go in and come out, by what these libraries themselves offer."""

from typing import Any

import pytest

import headway

PROMPTS = ["a", "日本語", "c"]
ANSWERS = ["You said: a", "You said: 日本語", "You said: c"]


def test_pandas(llm: headway.OpenAI) -> None:
    pandas: Any = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame({"prompt": PROMPTS}, index=[7, 8, 9])
    frame["answer"] = list(headway.map(frame["prompt"], model=llm))
    assert frame["answer"].loc[8] == ANSWERS[1] and frame["answer"].tolist() == ANSWERS
    assert llm.batch(frame["prompt"]) == ANSWERS


def test_polars(llm: headway.OpenAI) -> None:
    polars: Any = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.DataFrame({"prompt": PROMPTS})
    frame = frame.with_columns(answer=polars.Series(headway.map(frame["prompt"], model=llm)))
    assert frame["answer"].dtype == polars.String and frame["answer"].to_list() == ANSWERS
    assert llm.batch(frame["prompt"]) == ANSWERS


def test_arrow(llm: headway.OpenAI, chat: headway.ChatOpenAI) -> None:
    arrow: Any = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    for column in (arrow.array(PROMPTS), arrow.chunked_array([PROMPTS[:1], PROMPTS[1:]])):
        answers = arrow.array(headway.map(column, model=llm))
        assert answers.type == arrow.string() and answers.to_pylist() == ANSWERS
        assert llm.batch(column) == chat.batch(column) == ANSWERS


@pytest.mark.parametrize("nothing", [None, float("nan"), 3])
def test_a_value_that_is_no_text_is_named_with_its_place(llm: headway.OpenAI, nothing: Any) -> None:
    with pytest.raises(TypeError, match="prompt 1: a prompt is a str or a list of messages"):
        list(headway.map(["a", nothing], model=llm))
