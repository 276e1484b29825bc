"""The program ``headway``: ``python -m headway run prompts.jsonl -o results.jsonl``."""

import signal
import sys

from headway import _core


def main() -> int:
    """Gives the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as any program; Python's handlers would wait for its end
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    return _core.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
