"""Which requests a variant gets, in the rules of a running load balancer."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper.sandbox.stage import Stage, aws_of
from wrapper.delivery import variants
from wrapper.delivery.contents import stand_in
from wrapper.delivery.site import Site
from wrapper.ecs.weights import shift, weights, without
from wrapper.environment import Environment, Limits, load
from wrapper.errors import PreconditionError
from wrapper.terraform.outputs import App, ServiceOutput, Slot
from wrapper.terraform.plan import Action
from wrapper.verbs.drift.running import shares as drifted
from wrapper.verbs.pause import pause

SERVICE, VARIANT = "recommender", "recommender-challenger"


def declared(weight: int = 20) -> Environment:
    variant = f"{{challenger: {{weight: {weight}, environment: {{MODE: fast}}}}}}"
    overrides = [f"services.{SERVICE}.variants={variant}", f"services.{SERVICE}.route.sticky_seconds=60"]
    return load("dev", directory=ENVIRONMENTS, overrides=overrides)


@dataclass
class Shared:
    """A rule that forwards to two target groups, as an apply leaves it."""

    stage: Stage
    groups: dict[str, str]
    rule: str

    @property
    def app(self) -> App:
        return App(url="", services={name: self._output(name, arn) for name, arn in self.groups.items()})

    def _output(self, name: str, arn: str) -> ServiceOutput:
        slot = Slot(service_name=name, task_definition_arn="td:1", target_group_arn=arn)
        return ServiceOutput(
            service_name=name,
            task_definition_arn="td:1",
            target_group_arn=arn,
            log_group_name="",
            url="",
            slots={"blue": slot},
            rule_arns=(self.rule,),
            header=f"recommender-dev-{name}",
        )

    def site(self, environment: Environment) -> Site:
        step = SimpleNamespace(result=print)
        console = SimpleNamespace(step=lambda title: nullcontext(step))
        command = SimpleNamespace(environment=environment, console=console)
        return cast(
            Site,
            SimpleNamespace(
                aws=aws_of(self.stage.sandbox),
                command=command,
                app=lambda: self.app,
                resources=lambda stack: [self._planned],
            ),
        )

    @property
    def _planned(self) -> dict[str, Any]:
        """Return the rule as in the state, from a plan with the variant."""
        groups = [
            {"arn": arn, "weight": weight} for arn, weight in zip(self.groups.values(), (100, 0), strict=True)
        ]
        after = {"action": [{"forward": [{"target_group": groups}]}]}
        return {"type": "aws_lb_listener_rule", "change": {"after": after}}

    def give(self, service: int, variant: int) -> None:
        shares = dict(zip(self.groups.values(), (service, variant), strict=True))
        shift(aws_of(self.stage.sandbox), [self.rule], shares, sticky_seconds=60)

    @property
    def weights(self) -> list[int]:
        found = weights(aws_of(self.stage.sandbox), [self.rule])
        return [found.get(arn, -1) for arn in self.groups.values()]

    @property
    def stickiness(self) -> dict[str, Any]:
        elb = self.stage.client("elbv2")
        [action] = elb.describe_rules(RuleArns=[self.rule])["Rules"][0]["Actions"]
        return cast(dict[str, Any], action["ForwardConfig"]["TargetGroupStickinessConfig"])


@pytest.fixture
def shared(stage: Stage) -> Shared:
    one, other, elb = stage.balancer(), stage.balancer(), stage.client("elbv2")
    listener = elb.describe_listeners(LoadBalancerArn=one.arn)["Listeners"][0]["ListenerArn"]
    groups = [{"TargetGroupArn": each.group, "Weight": weight} for each, weight in ((one, 100), (other, 0))]
    made = elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )
    return Shared(stage, {SERVICE: one.group, VARIANT: other.group}, str(made["Rules"][0]["RuleArn"]))


def test_a_new_variant_is_held_until_it_is_let_in(shared: Shared) -> None:
    """Its plan gives it weight 0; after its test it gets the file's weight, and callers stay with it."""
    environment = declared()
    site, contents = shared.site(environment), stand_in(environment)
    assert (
        variants.held(site, environment, None) == variants.held(site, environment, shared.app) == (VARIANT,)
    )
    assert list(variants.notes(site, environment)) == [
        f"{VARIANT}: tested first, then it gets 20 % of {SERVICE}'s requests."
    ]
    asleep = replace(contents.releases[VARIANT], limits=Limits(0, 0))
    variants.let_in(
        site,
        environment,
        shared.app,
        replace(contents, releases={**contents.releases, VARIANT: asleep}),
    )
    assert shared.weights == [100, 0]
    variants.let_in(site, environment, shared.app, contents)
    assert (shared.weights, shared.stickiness) == ([80, 20], {"Enabled": True, "DurationSeconds": 60})
    assert variants.held(site, environment, shared.app) == ()
    assert list(variants.notes(site, environment)) == []


def test_a_weight_that_changes_is_said_in_words(shared: Shared) -> None:
    """The note has the share of the requests before and after."""
    shared.give(80, 20)
    environment = declared(30)
    assert list(variants.notes(shared.site(environment), environment)) == [
        f"{VARIANT}: gets 30 % of {SERVICE}'s requests instead of 20 %."
    ]


def test_a_variant_that_nobody_is_to_ask_waits_for_nothing(shared: Shared) -> None:
    """With weight 0 only its header selects it."""
    environment = declared(0)
    site = shared.site(environment)
    [share] = variants.shares(site, environment, shared.app).values()
    assert (share.is_held, share.sentence("it")) == (False, f"it gets 0 % of {SERVICE}'s requests")
    output = shared.app.services[VARIANT]
    assert variants.headers_of(environment, VARIANT, output) == {"X-Slot": f"recommender-dev-{VARIANT}"}
    assert variants.headers_of(load("dev", directory=ENVIRONMENTS), SERVICE, output) is None


def test_a_variant_that_goes_leaves_first(shared: Shared) -> None:
    """Its tasks may end before the plan has changed the rule, and a cookie selects it even at weight 0."""
    shared.give(80, 20)
    environment = load("dev", directory=ENVIRONMENTS)
    site = shared.site(environment)
    assert list(variants.notes(site, environment)) == [
        f"{VARIANT}: goes, and its 20 % of {SERVICE}'s requests go to what stays."
    ]
    address = f'module.ecs_service["{VARIANT}"].aws_ecs_service.service["blue"]'
    gone: Any = SimpleNamespace(
        by_action=lambda *actions: [SimpleNamespace(address=address)] if Action.DELETE in actions else []
    )
    variants.take_leave(site, [gone])
    assert shared.weights == [80, -1]


def test_the_last_one_with_requests_does_not_leave(shared: Shared) -> None:
    """Nobody else could get them."""
    shared.give(0, 100)
    without(aws_of(shared.stage.sandbox), [shared.rule], shared.groups[VARIANT])
    assert shared.weights == [0, 100]


@pytest.mark.parametrize(("weight", "told"), [(20, []), (0, []), (50, [f"{VARIANT}: weight: 20 % → 50 %"])])
def test_a_share_that_nobody_declared_is_drift(shared: Shared, weight: int, told: list[str]) -> None:
    """The plan sets 0, the step after the test sets the file's weight; any other was set by hand."""
    shared.give(100 - weight, weight)
    environment = declared()
    assert [str(each) for each in drifted(shared.site(environment), environment, shared.app)] == told


def test_a_variant_with_requests_is_not_paused_alone(shared: Shared) -> None:
    """Its share of the requests would get 503."""
    shared.give(80, 20)
    with pytest.raises(
        PreconditionError, match=f"{VARIANT} must get no requests to be paused alone, and gets 20 %"
    ):
        pause(shared.site(declared()), VARIANT)
