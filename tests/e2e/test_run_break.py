"""tests/break/run for a minute: random kills, signals and damages, which nobody has thought of one by one."""
import subprocess
from pathlib import Path


def test_random_kills_and_damages_break_no_run(source_dir: Path, build_dir: Path) -> None:
    done = subprocess.run([source_dir / "tests/break/run", "--seconds", "60", "--build", build_dir], stdout=subprocess.PIPE, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout
