"""`python -m wrapper`: say what is missing before anything that needs it is imported."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036, an older one may still be asked to run this
    sys.exit("error: Python 3.11 or newer is needed, got %d.%d." % sys.version_info[:2])  # noqa: UP031, f-strings are newer than some

try:
    import click  # noqa: F401
except ImportError:
    sys.exit(
        f"error: the dependencies are not installed for {sys.executable}.\n"
        "fix: run `make setup` once, then `.venv/bin/python -m wrapper` (or `. .venv/bin/activate`)"
    )

try:
    from wrapper.cli.main import run
except KeyboardInterrupt:  # whoever is quicker than the imports gets no traceback either
    print("error: interrupted", file=sys.stderr)
    sys.exit(130)

if __name__ == "__main__":
    run()
