"""wrk as the closed-loop load: as many requests as a server can answer, over many users."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rig.request import Request

CONNECTIONS = 32
_WARM_UP_SECONDS = 1

# Requests are formatted once, before the clock starts; one line of the file is one path, or path TAB body.
_SCRIPT = """\
local requests, at = {}, 0
function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, body = line:match("([^\\t]*)\\t?(.*)")
    requests[#requests + 1] = wrk.format(nil, path, nil, body ~= "" and body or nil)
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary)
  local errors = summary.errors
  io.stderr:write(string.format('{"requests": %d, "seconds": %f, "failed": %d}', summary.requests,
    summary.duration / 1e6, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass(frozen=True, kw_only=True)
class Load:
    """The counts of wrk."""

    requests: int
    seconds: float
    failed: int

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return (self.requests - self.failed) / self.seconds


def write_script(folder: Path, requests: Sequence[Request]) -> Path:
    """Write the Lua script and the requests next to it; all have the first one's method and headers."""
    first = requests[0]
    lines = [f'wrk.method = "{first.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in first.headers.items()]
    script = folder / "load.lua"
    script.write_text("\n".join([*lines, _SCRIPT]))
    text = "".join(f"{request.path}\t{request.body}\n" for request in requests)
    (folder / "requests.txt").write_text(text)
    return script


def warm_up(port: int, script: Path, *, core: int) -> None:
    _run(port, script, _WARM_UP_SECONDS, core)


def load(port: int, script: Path, *, seconds: int, core: int) -> Load:
    """Load a server on loopback for some seconds from one core."""
    return Load(**json.loads(_run(port, script, seconds, core)))


def _run(port: int, script: Path, seconds: int, core: int) -> str:
    words = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    words += ["-s", str(script), f"http://127.0.0.1:{port}/", "--", str(script.with_name("requests.txt"))]
    run = subprocess.run(words, capture_output=True, text=True, timeout=seconds + 30, check=True)
    return run.stderr
