"""What the Python peers share: the command line and the line they print. BASE_URL CALLS IN_FLIGHT"""
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

BASE_URL, CALLS, IN_FLIGHT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PROMPT = "Hello how are you?"
MODEL = "bench"


def report(results: Iterable[Any], began: float, **more: Any) -> None:
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        print("first failure:", repr(failures[0])[:300], file=sys.stderr)
    failed = len(failures)
    print(json.dumps({"ok": CALLS - failed, "failed": failed, "wall_s": time.monotonic() - began} | more))


async def gather(call: Callable[[], Awaitable[Any]], **more: Any) -> None:
    """asyncio.gather over all calls; a semaphore where fewer may be in flight."""
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def gated() -> Any:
        async with gate:
            return await call()

    one = call if IN_FLIGHT >= CALLS else gated
    began = time.monotonic()
    report(await asyncio.gather(*[one() for _ in range(CALLS)], return_exceptions=True), began, **more)
