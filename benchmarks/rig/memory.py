"""Memory of two workers with one model, after each has answered tens of thousands of users."""

from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.rig import cores, wrk
from benchmarks.rig.course import Course
from benchmarks.rig.results import Table
from benchmarks.rig.servers import NAIVE_BY_TWO, OURS, SERVERS, Server, Up, running

_USERS = 50_000


def measure(_: Sequence[Server], course: Course) -> Table:
    """Return the proportional set size of two of our processes, and of naive FastAPI's two workers.

    Memory does not vary from round to round: one is enough.
    """
    course.progress("starting two of each ...")
    with ExitStack() as stack:
        two = [
            stack.enter_context(running(SERVERS[OURS], course.bench, course.work / str(at), core=None))
            for at in (1, 2)
        ]
        idle = _mebibytes(two)
        _touch(two, course)
        ours = _mebibytes(two)
    with running(NAIVE_BY_TWO, course.bench, course.work, core=None) as up:
        _touch([up], course)
        naive = _mebibytes([up])
    rows = [
        {"two workers": f"{OURS}, loaded", "PSS": f"{idle:,.0f} MiB", "of naive": f"{idle / naive:.2f} ×"},
        {
            "two workers": f"{OURS}, under load",
            "PSS": f"{ours:,.0f} MiB",
            "of naive": f"{ours / naive:.2f} ×",
        },
        {"two workers": NAIVE_BY_TWO.name, "PSS": f"{naive:,.0f} MiB", "of naive": "1.00 ×"},
    ]
    return Table(columns=list(rows[0]), rows=rows, figures={"idle": idle, "service": ours, "naive": naive})


def _touch(servers: Sequence[Up], course: Course) -> None:
    for up in servers:
        script = wrk.write_script(
            up.process.log.parent, [up.server.request(uid) for uid in course.bench.users(_USERS)]
        )
        wrk.load(up.port, script, seconds=course.seconds, core=cores.GENERATOR)


def _mebibytes(servers: Sequence[Up]) -> float:
    return sum(up.process.pss_bytes for up in servers) / 2**20
