"""headway.ray without what it needs: a clear word, and no call."""

import pytest
from conftest import Script

MISSING = """
import sys, headway
sys.modules["ray"] = {stand_in}
try:
    import headway.ray
except headway.ConfigurationError as error:
    print(error)
"""
OLD = "type(sys)('ray'); sys.modules['ray'].__version__ = '2.9.3'; sys.modules['ray.data'] = type(sys)('ray.data')"


@pytest.mark.parametrize(
    ("stand_in", "said"), [("None", "pip install 'ray[data]>=2.60' pyarrow"), (OLD, "needs Ray from 2.60 on, and this is 2.9.3")]
)
def test_no_ray_or_an_older_one(script: Script, stand_in: str, said: str) -> None:
    done = script(MISSING.format(stand_in=stand_in))
    assert said in done.stdout, done.stderr


NO_CLUSTER = """
import headway, headway.ray
try:
    headway.ray.run("prompts.parquet", "out", prompt="{{text}}")
except headway.ConfigurationError as error:
    print(error)
"""


def test_no_cluster(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ADDRESS", "")
    done = script(NO_CLUSTER)
    assert "there is no Ray cluster here" in done.stdout, done.stderr
