"""ECS Exec by AWS's own programs: the aws command and its Session Manager plugin."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wrapper.errors import PreconditionError
from wrapper.verbs.exec.local import wait
from wrapper.verbs.exec.place import Place

# The plugin always ends with exit code 0, so the command's shell prints the code as its last line.
_CODE = "wrapper-exec-code:"
# Lines of the plugin itself.
_CHATTER = (
    "The Session Manager plugin was installed successfully",
    "Starting session with SessionId:",
    "Exiting session with sessionId:",
)
_FIXES = {
    "aws": "install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    "session-manager-plugin": "install the Session Manager plugin: https://docs.aws.amazon.com/systems-manager/"
    "latest/userguide/session-manager-working-with-install-plugin.html",
}


def run_remote(place: Place, words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the words in the container; return their exit code, on a terminal that of the session.

    Raises PreconditionError if a program is missing or the session could not be started.
    """
    require_programs(environ.get("PATH"))
    if sys.stdin.isatty() and sys.stdout.isatty():
        return wait(subprocess.Popen(command_of(place, words), env=environ))
    return _relay(place, words, environ)


def require_programs(path: str | None) -> None:
    for program, fix in _FIXES.items():
        if shutil.which(program, path=path) is None:
            raise PreconditionError(f"exec on AWS needs {program}, which is missing from PATH.", fix=fix)


def command_of(place: Place, words: Sequence[str]) -> list[str]:
    """Return the command as one word, which the agent in the container splits like a shell."""
    where = ["--region", place.region, "--cluster", place.cluster, "--task", place.task]
    what = ["--container", place.container, "--interactive", "--command", shlex.join(words)]
    return ["aws", "ecs", "execute-command", *where, *what]


def telling(words: Sequence[str]) -> list[str]:
    """Wrap the words so that the last line printed is their exit code."""
    return ["/bin/sh", "-c", f"{shlex.join(words)}; code=$?; echo; echo {_CODE}$code"]


def _relay(place: Place, words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print the command's lines, without the plugin's own, and return its exit code."""
    code: list[int] = []
    with subprocess.Popen(command_of(place, telling(words)), env=environ, stdout=subprocess.PIPE) as process:
        for line in spoken(process.stdout or (), code):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        ended = wait(process)
    if code:
        return code[0]
    raise PreconditionError(
        f"the session must run the command to its end, but ended early with exit code {ended}.",
        fix="read its output above, or try again: the agent of a new task may not have started yet",
    )


def spoken(lines: Iterable[bytes], code: list[int]) -> Iterator[bytes]:
    """Yield the command's own lines; put its exit code into `code` when it arrives.

    A session is a terminal, so lines end with a carriage return, too. The empty line before the code is the
    wrapper's.
    """
    held = b""
    for raw in lines:
        line = raw.replace(b"\r\n", b"\n")
        text = line.decode(errors="replace").strip()
        if text.startswith(_CODE):
            code.append(int(text.removeprefix(_CODE)))
            held = b""
        elif code or text.startswith(_CHATTER):
            held = b""
        elif not text:
            held += line
        else:
            yield held + line
            held = b""
