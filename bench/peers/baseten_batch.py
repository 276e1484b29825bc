"""Baseten's client: Rust under a Python face, a batch of any JSON to any path."""
import time

from baseten_performance_client import PerformanceClient, RequestProcessingPreference

from common import BASE_URL, CALLS, IN_FLIGHT, MODEL, PROMPT, report

origin, path = BASE_URL.split("/", 3)[:3], BASE_URL.split("/", 3)[3]
client = PerformanceClient("/".join(origin), api_key="none", http_version=1)
# It allows no more than 1,024. Above 512 it demands a batch size, which counts for embeddings only.
preference = RequestProcessingPreference(max_concurrent_requests=min(IN_FLIGHT, 1024), batch_size=16, timeout_s=600)
body = {"model": MODEL, "prompt": PROMPT, "max_tokens": 256}

began = time.monotonic()
answers = client.batch_post(f"/{path}/completions", [body] * CALLS, preference=preference)
assert all(answer["choices"][0]["text"] for answer in answers.data)
report(answers.data, began)
