"""Programs in forks of a process that has the wrapper's imports, which take most of a command's time."""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

# Forks at each message, and ends with the tests' process.
_PROGRAM = """
import atexit, gc, json, os, socket, sys
import wrapper.cli.main
gc.freeze()
tests = socket.socket(fileno=int(sys.argv[1]))
while (message := socket.recv_fds(tests, 1 << 20, 3))[0]:
    program, words, variables = json.loads(message[0])
    if not (child := os.fork()):
        break
    for stream in message[1]:
        os.close(stream)
    tests.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
else:
    os._exit(0)
tests.close()
for number, stream in enumerate(message[1]):
    os.dup2(stream, number)
    os.close(stream)
os.environ.clear()
os.environ.update(variables)
sys.argv[1:] = words
code = 0
try:
    exec(program)
except SystemExit as ended:
    code = ended.code or 0
atexit._run_exitfuncs()
try:  # as Python does at its end, but without taking everything down, which is slow
    sys.stdout.flush()
    sys.stderr.flush()
except OSError:
    code = 120
os._exit(code)
"""
COMMAND = 'import runpy; runpy.run_module("wrapper", run_name="__main__", alter_sys=True)'


def status(
    root: Path,
    *words: str,
    stdin: int,
    stdout: int,
    stderr: int,
    env: Mapping[str, str] | None = None,
    program: str = COMMAND,
) -> int:
    """Run `python -m wrapper` or another program in a clone with these descriptors.

    Return its exit code, or -signal.
    """
    told = json.dumps([program, words, dict(os.environ if env is None else env)]).encode()
    server = _server(root)
    socket.send_fds(server, [told], [stdin, stdout, stderr])
    code = server.recv(16)
    assert code, "the process that forks must run, see above"
    return int(code)


def run(
    root: Path,
    *words: str,
    stdin: int | None = None,
    env: Mapping[str, str] | None = None,
    program: str = COMMAND,
    merged: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run `python -m wrapper` or another program in a clone; return what it printed, and its exit code.

    `merged` lets stderr go to stdout.
    """
    with (
        Path(os.devnull).open() as nothing,
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
    ):
        code = status(
            root,
            *words,
            stdin=nothing.fileno() if stdin is None else stdin,
            stdout=output.fileno(),
            stderr=(output if merged else errors).fileno(),
            env=env,
            program=program,
        )
        for file in (output, errors):
            file.seek(0)
        return subprocess.CompletedProcess(words, code, output.read(), errors.read())


@cache
def _server(root: Path) -> socket.socket:
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)  # a message comes whole
    ours.settimeout(240)  # a busy machine makes nothing wrong
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(theirs.fileno())], cwd=root, pass_fds=[theirs.fileno()]
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours
