"""ECS Exec by AWS's own programs: the aws command and its Session Manager plugin."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wrapper.errors import PreconditionError
from wrapper.verbs.exec.local import wait
from wrapper.verbs.exec.place import Place

# The plugin ends in 0 whatever the command ended in, so the command's shell says it as its last line.
_CODE = "wrapper-exec-code:"
# What the plugin says for itself.
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

    Raises PreconditionError if one of the programs is missing or the session did not come about.
    """
    require_programs(environ.get("PATH"))
    if sys.stdin.isatty() and sys.stdout.isatty():
        return wait(subprocess.Popen(command_of(place, words), env=environ))
    return _relay(place, words, environ)


def require_programs(path: str | None) -> None:
    for program, fix in _FIXES.items():
        if shutil.which(program, path=path) is None:
            raise PreconditionError(f"exec on AWS takes {program}, and it is not in PATH.", fix=fix)


def command_of(place: Place, words: Sequence[str]) -> list[str]:
    """The command travels as one word, which the agent in the container splits like a shell."""
    where = ["--region", place.region, "--cluster", place.cluster, "--task", place.task]
    what = ["--container", place.container, "--interactive", "--command", shlex.join(words)]
    return ["aws", "ecs", "execute-command", *where, *what]


def telling(words: Sequence[str]) -> list[str]:
    """Wrap the words so that their exit code is the last thing that is said."""
    return ["/bin/sh", "-c", f"{shlex.join(words)}; code=$?; echo; echo {_CODE}$code"]


def _relay(place: Place, words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Pass on what the command says, without the plugin's own words, and its exit code."""
    code: list[int] = []
    with subprocess.Popen(command_of(place, telling(words)), env=environ, stdout=subprocess.PIPE) as process:
        for line in spoken(process.stdout or (), code):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        ended = wait(process)
    if code:
        return code[0]
    raise PreconditionError(
        f"the session must run the command to its end, and it broke off with exit code {ended}.",
        fix="see what it said above, or try again: the agent of a task that just began may not be up yet",
    )


def spoken(lines: Iterable[bytes], code: list[int]) -> Iterator[bytes]:
    """Yield the command's own lines; put its exit code into `code` when it comes.

    A session is a terminal, which ends lines with a carriage return as well, and the empty line before the
    code is ours.
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
