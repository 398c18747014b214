from emulator.ecs.decision import Decision, Task, Wanted, decide


def wanted(count: int = 2, *, low: int = 100, high: int = 200, may_start: bool = True) -> Wanted:
    return Wanted(count=count, minimum_healthy_percent=low, maximum_percent=high, may_start=may_start)


def tasks(words: str) -> list[Task]:
    """Make tasks from words such as `new`, `old-sick`, `new-starting`; each is named by its index."""
    return [_task(place, word) for place, word in enumerate(words.split())]


def _task(place: int, word: str) -> Task:
    age, _, state = word.partition("-")
    return Task(
        arn=str(place),
        is_current=age == "new",
        is_running=state != "starting",
        is_healthy=not state,
        started_at=float(place),
    )


def test_empty_service_starts_all() -> None:
    """It starts as many tasks as the desired count."""
    assert decide(wanted(), []) == Decision(start=2, stop=())


def test_full_service_does_nothing() -> None:
    """With enough tasks of the primary deployment it waits, even if they are not healthy yet."""
    assert decide(wanted(), tasks("new new-sick")) == Decision(start=0, stop=())


def test_dead_task_is_replaced() -> None:
    """One missing task is started."""
    assert decide(wanted(), tasks("new")) == Decision(start=1, stop=())


def test_new_deployment_starts_beside_the_old_one() -> None:
    """If twice the count may run, all new tasks start while the old ones serve."""
    assert decide(wanted(), tasks("old old")) == Decision(start=2, stop=())


def test_old_tasks_stay_until_new_ones_are_healthy() -> None:
    """A new task that runs but is not healthy yet replaces no old one."""
    assert decide(wanted(), tasks("old old new-sick new-starting")) == Decision(start=0, stop=())


def test_old_task_goes_for_each_healthy_new_one() -> None:
    """For each new healthy task the oldest old one stops."""
    assert decide(wanted(), tasks("old old new new-sick")) == Decision(start=0, stop=("0",))


def test_old_tasks_go_when_all_new_ones_are_healthy() -> None:
    """The roll-out ends when the old ones are stopped."""
    assert decide(wanted(), tasks("old old new new")) == Decision(start=0, stop=("0", "1"))


def test_old_task_makes_room_where_the_minimum_allows() -> None:
    """If no more than the count may run, an old task stops first, down to the minimum of healthy ones."""
    assert decide(wanted(low=50, high=100), tasks("old old")) == Decision(start=0, stop=("0",))


def test_new_task_takes_the_room() -> None:
    """A new task starts in place of a stopped old one."""
    assert decide(wanted(low=50, high=100), tasks("old")) == Decision(start=1, stop=())


def test_no_room_and_no_spare_waits() -> None:
    """A service that may neither exceed nor fall below its count can't roll out; AWS waits, too."""
    assert decide(wanted(low=100, high=100), tasks("old old")) == Decision(start=0, stop=())


def test_old_task_that_never_came_up_goes_at_once() -> None:
    """A deployment that is replaced by another does not continue to start tasks."""
    assert decide(wanted(), tasks("old old-starting")).stop == ("1",)


def test_scale_in_takes_those_that_do_not_serve_first() -> None:
    """Of too many tasks, an unhealthy one stops first, then the youngest."""
    assert decide(wanted(1), tasks("new new-sick new")).stop == ("1", "2")


def test_scale_to_zero_stops_all() -> None:
    """With a count of zero, old and new tasks are stopped."""
    assert decide(wanted(0), tasks("old new new-starting")) == Decision(start=0, stop=("0", "1", "2"))


def test_failed_deployment_starts_nothing_and_keeps_the_old() -> None:
    """Without a rollback, the old tasks continue to serve beside a failed deployment."""
    assert decide(wanted(may_start=False), tasks("old old")) == Decision(start=0, stop=())


def test_single_task_may_always_run() -> None:
    """A maximum below one task still allows one task."""
    assert decide(wanted(1, low=0, high=50), []) == Decision(start=1, stop=())


def test_rounding_of_the_limits() -> None:
    """The minimum is rounded up and the maximum down."""
    limits = wanted(3, low=50, high=150)
    assert (limits.least_healthy, limits.most) == (2, 4)
