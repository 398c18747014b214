"""Run `python -m wrapper` in the clone's virtual environment, or say what is missing before it is needed.

Any Python may run this file, so Python 2.7 must be able to read it.
"""

import gc
import os
import sys

# The packages that `wrapper` in pyproject.toml installs, by the names under which they are imported.
NEEDED = (
    "boto3",
    "click",
    "cyclonedx",
    "dockerfile_parse",
    "httpx",
    "jinja2",
    "jmespath",
    "numpy",
    "packaging",
    "pydantic",
    "python_terraform",
    "rich",
    "psutil",
    "yaml",
)
_VENV = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), ".venv")
_PYTHON = os.path.join(_VENV, "bin", "python")

if sys.version_info < (3, 11):
    _wrong = "Python 3.11 or newer is needed, got %d.%d, %s." % (sys.version_info[:2] + (sys.executable,))
    _is_systems = True
else:
    from importlib.util import find_spec

    _missing = [name for name in NEEDED if find_spec(name) is None]
    _wrong = "%s must have the wrapper's packages, but lacks %s." % (sys.executable, ", ".join(_missing))
    _wrong = _wrong if _missing else ""
    _is_systems = sys.prefix == sys.base_prefix

# An activated environment was chosen by the user. The system's packages may have any version.
if _wrong or _is_systems:
    if os.path.realpath(sys.prefix) != os.path.realpath(_VENV) and os.access(_PYTHON, os.X_OK):
        os.execv(_PYTHON, [_PYTHON, "-m", "wrapper"] + sys.argv[1:])
    if _wrong:
        sys.stderr.write("error: %s\nfix: run `make setup` once, then repeat the command\n" % _wrong)
        sys.exit(10)

# Nothing that the imports make is garbage: looking for it takes a tenth of a command's start.
gc.disable()
try:
    from wrapper.cli.main import run
except KeyboardInterrupt:  # a Ctrl-C during the imports shows no traceback either
    sys.stderr.write("error: interrupted\n")
    sys.exit(130)

gc.freeze()
gc.enable()

if __name__ == "__main__":
    run()
