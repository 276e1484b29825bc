"""headway on a Ray cluster: Ray moves the data, headway makes the calls, and one limit holds for all nodes.

    import headway.ray

    report = headway.ray.run("s3://bucket/prompts/", "s3://bucket/answers", prompt="Summarise: {{text}}", model="gpt-5-mini")

or, inside a pipeline of Ray Data, ``dataset.map_batches(headway.ray.Completions, ...)``. Needs Ray and
pyarrow: ``pip install 'ray[data]>=2.60' pyarrow``.
"""

from headway.ray.version import require_ray

require_ray()

from headway.ray.completions import Completions  # noqa: E402  once it is known that Ray is there
from headway.ray.run import run  # noqa: E402

__all__ = ["Completions", "run"]
