"""What a server's restart costs: nginx, whose answers take 1 s, is killed with 2,000 calls in flight and started again.

    bench/pacing/restart.py build/release [SECONDS...]

SECONDS: how long it is gone, 0, 1 and 3 if none are named. The first line is of a run without a restart, in the same process of
measuring. Exits with 1 if a call is lost.
"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import server  # noqa: E402

CALLS, IN_FLIGHT = 8_000, 2_000
KILLED_AFTER_S = 1.5


def measure(program: Path, gone_s: float | None) -> dict[str, float]:
    """`gone_s`: None: it stays."""
    with tempfile.TemporaryDirectory() as folder:
        running = server.start(Path(folder) / "nginx")
        command = [str(program), "bench", "--base-url", f"{running.http1}/d1000/v1", "--calls", str(CALLS),
                   "--in-flight", str(IN_FLIGHT), "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if gone_s is not None:
            time.sleep(KILLED_AFTER_S)
            running.process.kill()
            running.process.wait()
            time.sleep(gone_s)
            running.process = subprocess.Popen(running.process.args, cwd=Path(folder) / "nginx")
        told, _ = process.communicate(timeout=300)
        running.stop()
        return json.loads(told)


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    lost = 0
    for gone_s in (None, *(map(float, sys.argv[2:] or ("0", "1", "3")))):
        figures = measure(Path(sys.argv[1]) / "bin/headway", gone_s)
        lost += CALLS - int(figures["ok"])
        what = "not restarted" if gone_s is None else f"gone for {gone_s:g} s"
        print(f"{what}: {figures['wall_s']:.1f} s, {figures['retries']} sent again, {figures['failed']} failed", flush=True)
    sys.exit(1 if lost else 0)


main()
