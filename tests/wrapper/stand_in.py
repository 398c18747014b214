"""A program in place of the wrapper's command line, which does what its arguments say."""

import json
import os
import signal
import sys
import time
from pathlib import Path


def main() -> None:
    kind, name, *rest = sys.argv[1:]
    match kind:
        case "good":
            print(json.dumps({"name": name}))
        case "slow":
            time.sleep(float(rest[0]))
            print(json.dumps({"at": time.monotonic()}))
        case "bad":
            print("working", file=sys.stderr)
            print("error: first\n  second\nfix: mend it", file=sys.stderr)
            sys.exit(10)
        case "refused":
            print(json.dumps({"ok": False, "exit_code": 10, "error": "there is none", "fix": "make one"}))
            sys.exit(10)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "patient":
            _wait_to_be_stopped(Path(rest[0]))


def _wait_to_be_stopped(file: Path) -> None:
    """Clean up after SIGTERM, as the wrapper's own command line does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        file.write_text("began")
        time.sleep(30)
    except KeyboardInterrupt:
        file.write_text("cleaned up")
