"""Other holders: one in another pid namespace, and a second clone at the same time."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks.faults.stage import Row, Stage, variables
from wrapper.terraform.lock_timeout import LOCK_VARIABLE

APART = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--")
_IDENTITY = "import json; from wrapper.terraform.state.holder import identity; print(json.dumps(identity()))"


def others(stage: Stage, *, done: frozenset[str]) -> Iterator[Row]:
    rows = {"lock in another pid namespace": _elsewhere, "two clones at once": _at_once}
    for name, work in rows.items():
        if name not in done:
            yield stage.row(name, partial(work, stage))


def _elsewhere(stage: Stage) -> Iterator[str]:
    """Its holder can't be seen, so it counts as alive; nor is the sandbox dead when seen from in there."""
    told = subprocess.run(
        [*APART, sys.executable, "-c", _IDENTITY], cwd=stage.root, capture_output=True, text=True, check=True
    )
    lock = {"ID": "elsewhere", "Who": "ada@elsewhere", "Operation": "apply", **json.loads(told.stdout)}
    stage.aws().s3.put_object(Bucket=stage.bucket, Key="environment.tflock", Body=json.dumps(lock).encode())
    refused = stage.run("apply", "dev", env=variables(**{LOCK_VARIABLE: "1"}))
    if refused.code != 9:
        yield f"{refused} though somebody holds the lock"
    mended = stage.mend(refused, "apply", "dev")
    if mended.code != 0:
        yield f"{mended} after what each error said: {mended.err[-300:]}"
    inside = stage.run("status", "dev", before=APART)
    if inside.code != 0 or not stage.record():
        yield f"{inside} from another pid namespace: {inside.err[-300:]}"
    yield from stage.problems()


def _at_once(stage: Stage) -> Iterator[str]:
    """The second waits for the first; both succeed, and each leaves its release."""
    before = len(stage.releases())
    second = stage.root.parent / "second"
    shutil.copytree(stage.root, second, symlinks=True, ignore=shutil.ignore_patterns(".wrapper"))
    (second / ".wrapper" / "dev").mkdir(parents=True)
    for shared in ("sandbox-venv", "dev/sandbox"):
        (second / ".wrapper" / shared).symlink_to(stage.root / ".wrapper" / shared)
    environment = variables(**{LOCK_VARIABLE: "900"})
    both = [
        (words := ("apply", "dev", *stage.version()), stage.begin(*words, root=root, env=environment))
        for root in (stage.root, second)
    ]
    for words, process in both:
        ended = stage.end(process, *words)
        if ended.code != 0:
            yield f"{ended}: {ended.err[-300:]}"
    shutil.rmtree(second)
    yield from stage.problems(at_least=before + 2)
