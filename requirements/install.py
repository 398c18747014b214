"""Make a virtual environment from a lock file, by uv where it is on PATH, else by pip.

    python requirements/install.py FOLDER LOCK
    python requirements/install.py FOLDER -- WORD...

The words are those of `pip install`; none make an empty environment.
Needs nothing but Python. pip's settings count, for uv too, where they say how packages are reached; the
others are for environments that are the user's own: `user = true` would put packages beside ours.
"""

import os
import selectors
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from configparser import Error, RawConfigParser
from contextlib import contextmanager
from pathlib import Path

_TELL_SECONDS = 5  # the longest silence
_LAST_LINES = 8
_MACHINES = Path("/etc/pip.conf")
# How packages are reached: pip's setting, and the variables that set the same for uv.
_KEPT: Mapping[str, tuple[str, ...]] = {
    "cache-dir": (),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "extra-index-url": ("UV_INDEX",),
    "find-links": ("UV_FIND_LINKS",),
    "index-url": ("UV_DEFAULT_INDEX",),
    "keyring-provider": (),
    "no-index": ("UV_NO_INDEX",),
    "proxy": ("HTTP_PROXY", "HTTPS_PROXY"),
    "retries": ("UV_HTTP_RETRIES",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "trusted-host": ("UV_INSECURE_HOST",),
}


class Failed(Exception):
    """A command failed; the text is its last words."""


def install(folder: Path, words: Sequence[str], *, called: str) -> None:
    """Install what the words of `pip install` say into the environment `folder`, made first if need be.

    Raises Failed.
    """
    uv = shutil.which("uv")
    python = folder / "bin" / "python"
    with _step(f"Make {folder}") as details:
        if os.access(python, os.X_OK):
            details.append("there already")
        else:
            _make(folder, "--clear")
    if not words:
        return
    with _step(f"Install {Path(called).name}") as details:
        if uv:
            details.append("by uv")
            try:
                _run([uv, "pip", "install", "--python", str(python), *words], for_uv())
                return
            except Failed as error:
                details[:] = [f"by pip, since uv failed: {str(error).splitlines()[-1]}"]
        else:
            details.append("by pip")
        # Byte code is made when it is first needed, of what is needed.
        _run([*_pip(folder, python), "install", "--no-input", "--no-compile", *words], for_pip())


def settings(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return pip's own settings, as far as they say how packages are reached, by their names in a file.

    https://pip.pypa.io/en/stable/topics/configuration/ has the order: files, then variables.
    """
    files = [parsed for path in _files(environ) if (parsed := _read(path))]
    named = {
        _plain(name): value
        for section in ("global", "install")
        for parsed in files
        if parsed.has_section(section)
        for name, value in parsed.items(section)
    }
    variables = {
        _plain(name.removeprefix("PIP_")): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value
    }
    return {name: value for name, value in (named | variables).items() if name in _KEPT and value}


def for_pip(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment in which pip has these settings and no others."""
    others = {name: value for name, value in environ.items() if not name.startswith("PIP_")}
    kept = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings(environ).items()}
    return {**others, **kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def for_uv(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment in which uv reaches packages as pip would, except what is set for uv."""
    told = {
        variable: ",".join(value.split()) if variable == "UV_FIND_LINKS" else " ".join(value.split())
        for name, value in settings(environ).items()
        for variable in _KEPT[name]
    }
    # As pip does: the hashes say which file is meant, whichever index has it.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **told, **environ}


def _pip(folder: Path, python: Path) -> list[str]:
    """Return the words of a pip: the environment's, else that of a clone's, else one that is made now."""
    if not list(folder.glob("lib/python*/site-packages/pip")):
        # Into an environment that is another's, by a pip that can: https://pip.pypa.io/en/stable/news/#v22-3
        if sys.prefix != sys.base_prefix and list(Path(sys.prefix).glob("lib/python*/site-packages/pip")):
            return [sys.executable, "-m", "pip", "--python", str(python)]
        _make(folder, with_pip=True)
    return [str(python), "-m", "pip"]


def _make(folder: Path, *options: str, with_pip: bool = False) -> None:
    """pip takes seconds of its own, and uv needs none."""
    pip = [] if with_pip else ["--without-pip"]
    _run([sys.executable, "-m", "venv", *pip, *options, str(folder)], dict(os.environ))


def _files(environ: Mapping[str, str]) -> list[Path]:
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(environ.get("HOME") or Path.home())
    shared = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    everybodys = [*(Path(folder) / "pip" / "pip.conf" for folder in shared.split(":")), _MACHINES]
    if named and Path(named).exists():
        return [*everybodys, Path(named)]
    own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [*everybodys, home / ".pip" / "pip.conf", own / "pip" / "pip.conf"]


def _read(path: Path) -> RawConfigParser | None:
    parser = RawConfigParser()
    try:
        return parser if parser.read(path, encoding="utf-8") else None
    except (Error, UnicodeDecodeError):
        return None  # pip is not asked to read it either


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    """Run a command and repeat its last line while it runs for long; raises Failed."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    started = told = time.monotonic()
    with (
        subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process,
        selectors.DefaultSelector() as selector,
    ):
        assert process.stdout is not None
        selector.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while True:
            if selector.select(told + _TELL_SECONDS - time.monotonic()):
                new = os.read(process.stdout.fileno(), 2**16)
                *lines, rest = (rest + new).split(b"\n")
                last.extend(filter(None, (line.decode(errors="replace").strip() for line in lines)))
                if not new:
                    break
            if (now := time.monotonic()) >= told + _TELL_SECONDS:
                told = now
                spoken = [line for line in last if not line.startswith("WARNING")]
                _tell(f"  {now - started:.0f} s  {spoken[-1][:80] if spoken else '...'}")
    if process.returncode:
        raise Failed("\n".join(last) or f"{command[0]} ended with {process.returncode}")


@contextmanager
def _step(title: str) -> Iterator[list[str]]:
    """Tell what was done, the details that were added, and how long it took."""
    started = time.monotonic()
    details: list[str] = []
    yield details
    _tell("  ".join([f"✓ {title}", *details, f"{time.monotonic() - started:.1f} s"]))


def _tell(line: str) -> None:
    # A terminal that knows no ✓ gets a question mark, not a traceback.
    encoding = sys.stderr.encoding or "ascii"
    print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 2 else None
    words = sys.argv[2:]
    if words[:1] == ["--"]:
        words, called = words[1:], "the image's packages"
    elif len(words) == 1:
        words, called = ["--require-hashes", "-r", words[0]], words[0]
    else:
        folder, called = None, ""
    if folder is None:
        sys.exit(__doc__)
    try:
        install(folder, words, called=called)
    except Failed as error:
        told = "\n  ".join(str(error).splitlines())
        sys.exit(
            f"error: {called} could not be installed into {folder}:\n  {told}\n"
            "fix: check that pip reaches its package index, then run the same command again"
        )


if __name__ == "__main__":
    main()
