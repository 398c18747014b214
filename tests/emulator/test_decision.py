from emulator.ecs.decision import Decision, Task, Wanted, decide


def wanted(count: int = 2, *, low: int = 100, high: int = 200, may_start: bool = True) -> Wanted:
    return Wanted(count=count, minimum_healthy_percent=low, maximum_percent=high, may_start=may_start)


def tasks(words: str) -> list[Task]:
    """Make tasks from words such as `new`, `old-sick`, `new-starting`, named by their place."""
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
    """A service without tasks starts as many as are wanted."""
    assert decide(wanted(), []) == Decision(start=2, stop=())


def test_full_service_does_nothing() -> None:
    """Enough tasks of the primary deployment: nothing to do, even while they aren't healthy yet."""
    assert decide(wanted(), tasks("new new-sick")) == Decision(start=0, stop=())


def test_dead_task_is_replaced() -> None:
    """One missing task is started."""
    assert decide(wanted(), tasks("new")) == Decision(start=1, stop=())


def test_new_deployment_starts_beside_the_old_one() -> None:
    """With room for twice the count, all new tasks start while the old ones serve."""
    assert decide(wanted(), tasks("old old")) == Decision(start=2, stop=())


def test_old_tasks_stay_until_new_ones_are_healthy() -> None:
    """A running but not yet healthy new task replaces nobody."""
    assert decide(wanted(), tasks("old old new-sick new-starting")) == Decision(start=0, stop=())


def test_old_task_goes_for_each_healthy_new_one() -> None:
    """Each new healthy task lets the oldest old one go."""
    assert decide(wanted(), tasks("old old new new-sick")) == Decision(start=0, stop=("0",))


def test_old_tasks_go_when_all_new_ones_are_healthy() -> None:
    """The roll-out ends with the old ones stopped."""
    assert decide(wanted(), tasks("old old new new")) == Decision(start=0, stop=("0", "1"))


def test_old_task_makes_room_where_the_minimum_allows() -> None:
    """Without room above the count, an old task goes first, down to the least number of healthy ones."""
    assert decide(wanted(low=50, high=100), tasks("old old")) == Decision(start=0, stop=("0",))


def test_new_task_takes_the_room() -> None:
    """The room that a stopped old task left is used."""
    assert decide(wanted(low=50, high=100), tasks("old")) == Decision(start=1, stop=())


def test_no_room_and_no_spare_waits() -> None:
    """A service that may neither exceed nor fall below its count can't roll; AWS waits too."""
    assert decide(wanted(low=100, high=100), tasks("old old")) == Decision(start=0, stop=())


def test_old_task_that_never_came_up_goes_at_once() -> None:
    """A deployment that is overtaken by another doesn't finish starting."""
    assert decide(wanted(), tasks("old old-starting")).stop == ("1",)


def test_scale_in_takes_those_that_do_not_serve_first() -> None:
    """Too many tasks: the one that isn't healthy goes, then the youngest."""
    assert decide(wanted(1), tasks("new new-sick new")).stop == ("1", "2")


def test_scale_to_zero_stops_all() -> None:
    """A count of zero stops old and new tasks."""
    assert decide(wanted(0), tasks("old new new-starting")) == Decision(start=0, stop=("0", "1", "2"))


def test_failed_deployment_starts_nothing_and_keeps_the_old() -> None:
    """Without roll-back, the old tasks go on serving beside a failed deployment."""
    assert decide(wanted(may_start=False), tasks("old old")) == Decision(start=0, stop=())


def test_single_task_may_always_run() -> None:
    """A maximum below one task doesn't forbid the only one."""
    assert decide(wanted(1, low=0, high=50), []) == Decision(start=1, stop=())


def test_rounding_of_the_limits() -> None:
    """The minimum is rounded up and the maximum down."""
    limits = wanted(3, low=50, high=150)
    assert (limits.least_healthy, limits.most) == (2, 4)
