from emulator.alb.registry import Registry
from emulator.alb.target import State

GROUP = "group"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def registry(*states: State, clock: Clock | None = None) -> Registry:
    """Make a registry with one target per state, at ports 1, 2, 3…"""
    made = Registry(clock or Clock())
    for port, state in enumerate(states, start=1):
        made.register(GROUP, "127.64.0.1", port)
        made.targets(GROUP)[-1].state = state
    return made


def ports(made: Registry) -> list[int]:
    return [target.port for target in made.candidates(GROUP)]


def test_healthy_targets_take_turns() -> None:
    """Requests go to each healthy target in turn."""
    made = registry(State.HEALTHY, State.HEALTHY)
    assert [ports(made)[0] for _ in range(4)] == [1, 2, 1, 2]


def test_unhealthy_target_gets_nothing() -> None:
    """While one target is healthy, unhealthy ones get no request."""
    assert ports(registry(State.UNHEALTHY, State.HEALTHY, State.INITIAL)) == [2]


def test_without_a_healthy_target_all_are_asked() -> None:
    """With no healthy target AWS sends requests to all of them (fail open)."""
    assert sorted(ports(registry(State.UNHEALTHY, State.INITIAL))) == [1, 2]


def test_draining_target_gets_nothing_even_then() -> None:
    """A draining target gets no new request, whatever the state of the others."""
    made = registry(State.HEALTHY, State.UNHEALTHY)
    made.deregister(GROUP, "127.64.0.1", 1, delay_seconds=10)
    assert ports(made) == [2]


def test_empty_group_has_no_candidates() -> None:
    """Without a registered target there is none to ask."""
    assert ports(registry()) == []


def test_drained_target_is_gone_after_its_delay() -> None:
    """A draining target is listed until the delay is over."""
    clock = Clock()
    made = registry(State.HEALTHY, clock=clock)
    made.deregister(GROUP, "127.64.0.1", 1, delay_seconds=10)
    clock.now = 9.9
    assert [target.state for target in made.targets(GROUP)] == [State.DRAINING]
    clock.now = 10
    assert made.targets(GROUP) == []


def test_second_deregistration_does_not_prolong() -> None:
    """A second deregistration does not restart the delay."""
    clock = Clock()
    made = registry(State.HEALTHY, clock=clock)
    made.deregister(GROUP, "127.64.0.1", 1, delay_seconds=10)
    clock.now = 5
    made.deregister(GROUP, "127.64.0.1", 1, delay_seconds=10)
    clock.now = 10
    assert made.targets(GROUP) == []


def test_deregistration_without_a_port_means_all() -> None:
    """A deregistration by address alone removes all ports of it."""
    made = registry(State.HEALTHY, State.HEALTHY)
    made.deregister(GROUP, "127.64.0.1", None, delay_seconds=10)
    assert ports(made) == []


def test_registering_again_keeps_the_health() -> None:
    """An existing target keeps its state."""
    made = registry(State.HEALTHY)
    made.register(GROUP, "127.64.0.1", 1)
    assert made.is_healthy(GROUP, "127.64.0.1", 1)


def test_registering_a_draining_target_starts_anew() -> None:
    """A target that is registered again starts as a new one."""
    made = registry(State.HEALTHY)
    made.deregister(GROUP, "127.64.0.1", 1, delay_seconds=10)
    made.register(GROUP, "127.64.0.1", 1)
    assert [target.state for target in made.targets(GROUP)] == [State.INITIAL]


def test_forgotten_group_is_empty() -> None:
    """A deleted target group has no targets."""
    made = registry(State.HEALTHY)
    made.forget(GROUP)
    assert made.targets(GROUP) == []
