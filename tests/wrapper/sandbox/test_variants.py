"""Which requests a variant gets, in the rules of a running load balancer."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper.records import release as release_of
from tests.wrapper.records import service as record_of
from tests.wrapper.sandbox.stage import Stage, aws_of
from wrapper.delivery import variants
from wrapper.delivery.contents import Contents, stand_in
from wrapper.delivery.site import Site
from wrapper.ecs.weights import shift, weights, without
from wrapper.environment import Environment, Limits, load
from wrapper.errors import PreconditionError
from wrapper.releases import Release, append
from wrapper.smoke import Check, Verdict, asleep
from wrapper.terraform import PlanFile
from wrapper.terraform.messages import PlannedChange
from wrapper.terraform.outputs import App, ServiceOutput, Slot
from wrapper.terraform.plan import Action, Summary
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
    declared_weight: int | None = 20
    revision: int = 1

    @property
    def app(self) -> App:
        return App(url="", services={name: self._output(name, arn) for name, arn in self.groups.items()})

    def _output(self, name: str, arn: str) -> ServiceOutput:
        definition = f"td:{self.revision}"
        slot = Slot(service_name=name, task_definition_arn=definition, target_group_arn=arn)
        return ServiceOutput(
            service_name=name,
            task_definition_arn=definition,
            target_group_arn=arn,
            log_group_name="",
            url="",
            slots={"blue": slot},
            rule_arns=(self.rule,),
            header=f"recommender-dev-{name}",
            declared_weight=self.declared_weight if name == VARIANT else None,
        )

    def site(self, environment: Environment) -> Site:
        step = SimpleNamespace(result=print)
        console = SimpleNamespace(step=lambda title: nullcontext(step), warn=print, note=print)
        command = SimpleNamespace(environment=environment, console=console)
        return cast(
            Site,
            SimpleNamespace(
                aws=aws_of(self.stage.sandbox),
                command=command,
                app=lambda: self.app,
            ),
        )

    def record(self, environment: Environment, *checks: Check) -> None:
        """Record what is deployed, as an apply does whose tests were good."""
        append(
            aws_of(self.stage.sandbox),
            bucket=environment.state_bucket,
            draft=self.draft(environment, *checks),
        )

    def draft(self, environment: Environment, *checks: Check) -> Release:
        verdict = Verdict(url="", checks=checks, p50_ms=None, p95_ms=None, sample=None)
        services = {
            name: replace(
                record_of(),
                task_definition_arn=output.task_definition_arn,
                settings=environment.services[name].model_dump(mode="json"),
                verdict=verdict.as_json(),
            )
            for name, output in self.app.services.items()
        }
        return release_of(services=services)

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
def shared(stage: Stage) -> Iterator[Shared]:
    bucket, s3 = declared().state_bucket, stage.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": stage.sandbox.region})
    yield _shared(stage)
    for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
        s3.delete_object(Bucket=bucket, Key=each["Key"])
    s3.delete_bucket(Bucket=bucket)


def _shared(stage: Stage) -> Shared:
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
        variants.held(variants.shares(site, environment, None))
        == variants.held(variants.shares(site, environment, shared.app))
        == (VARIANT,)
    )
    assert list(variants.notes(site, environment, stand_in(environment))) == [
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
    assert variants.held(variants.shares(site, environment, shared.app)) == ()
    assert list(variants.notes(site, environment, stand_in(environment))) == []


def test_a_weight_that_changes_is_said_in_words(shared: Shared) -> None:
    """The note has the share of the requests before and after."""
    shared.give(80, 20)
    environment = declared(30)
    assert list(variants.notes(shared.site(environment), environment, stand_in(environment))) == [
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
    assert list(variants.notes(site, environment, stand_in(environment))) == [
        f"{VARIANT}: goes, and its 20 % of {SERVICE}'s requests go to what stays."
    ]
    address = f'module.ecs_service["{VARIANT}"].aws_ecs_service.service["blue"]'
    gone: Any = SimpleNamespace(
        by_action=lambda *actions: [SimpleNamespace(address=address)] if Action.DELETE in actions else []
    )
    variants.take_leave(site, [gone])
    assert shared.weights == [80, -1]


def planned(*addresses: str) -> PlanFile:
    found = tuple(PlannedChange(address=each, action="update") for each in addresses)
    return PlanFile(stack="app", path=Path("app"), has_changes=True, summary=Summary(), changes=found)


@pytest.mark.parametrize("changed", ["aws_ecs_task_definition.service", 'aws_ecs_service.service["blue"]'])
def test_a_variant_that_changes_is_tested_first(shared: Shared, changed: str) -> None:
    """Though what runs now is tested: its plan gives it nothing, and it is let in after its test."""
    environment = declared()
    shared.record(environment)
    shared.give(80, 20)
    site, contents = shared.site(environment), stand_in(environment)

    def changing(contents: Contents, service: str = VARIANT) -> tuple[str, ...]:
        plan = planned(f'module.ecs_service["{service}"].{changed}')
        return variants.changing(site, contents, plan, variants.shares(site, environment, shared.app))

    assert changing(contents) == (VARIANT,)
    assert changing(contents, SERVICE) == ()
    asleep = {**contents.releases, VARIANT: replace(contents.releases[VARIANT], limits=Limits(0, 0))}
    assert changing(replace(contents, releases=asleep)) == ()
    held = replace(contents, held=(VARIANT,))
    assert changing(held) == ()
    [note] = variants.notes(site, environment, held)
    tested = "its new version is tested without requests"
    assert note == f"{VARIANT}: {tested}, then it gets 20 % of {SERVICE}'s requests again."
    shared.give(100, 0)
    variants.let_in(site, environment, shared.app, contents)
    assert shared.weights == [100, 0]
    variants.let_in(site, environment, shared.app, held)
    assert shared.weights == [80, 20]


@pytest.mark.parametrize(("weight", "now", "is_held"), [(33, 33, True), (34, 34, False), (34, 0, True)])
def test_a_share_that_is_too_large_stays(
    shared: Shared, capsys: pytest.CaptureFixture[str], weight: int, now: int, is_held: bool
) -> None:
    """The service has tasks for half as many requests more; what was set to 0 by hand moves none."""
    environment = declared(weight)
    shared.record(environment)
    shared.give(100 - now, now)
    plan = planned(f'module.ecs_service["{VARIANT}"].aws_ecs_task_definition.service')
    site, contents = shared.site(environment), stand_in(environment)
    held = variants.changing(site, contents, plan, variants.shares(site, environment, shared.app))
    assert held == ((VARIANT,) if is_held else ())
    too_many = (
        f"{VARIANT}: its new version gets requests before its test: its 34 % are too many for {SERVICE}"
    )
    assert (too_many in capsys.readouterr().out) != is_held


def test_a_variant_that_is_held_leaves_before_its_tasks_change(shared: Shared) -> None:
    """Terraform changes rules and services in any order; a cookie would lead there at weight 0, too."""
    shared.give(80, 20)
    before, after = (
        {
            "action": [
                {"forward": [{"target_group": [{"arn": arn, "weight": weight} for arn, weight in rule]}]}
            ]
        }
        for rule in (zip(shared.groups.values(), weights, strict=True) for weights in ((80, 20), (100, 0)))
    )
    rule = SimpleNamespace(type="aws_lb_listener_rule", before=before, after=after, address="rule")
    plan: Any = SimpleNamespace(by_action=lambda *actions: [rule] if Action.UPDATE in actions else [])
    variants.take_leave(shared.site(declared()), [plan])
    assert shared.weights == [80, -1]


def test_the_last_one_with_requests_does_not_leave(shared: Shared) -> None:
    """Nobody else could get them."""
    shared.give(0, 100)
    without(aws_of(shared.stage.sandbox), [shared.rule], shared.groups[VARIANT])
    assert shared.weights == [0, 100]


def found(shared: Shared, environment: Environment) -> list[str]:
    return [str(each) for each in drifted(shared.site(environment), environment, shared.app)]


@pytest.mark.parametrize(("weight", "told"), [(20, []), (0, []), (50, [f"{VARIANT}: weight: 20 % → 50 %"])])
def test_a_share_that_nobody_declared_is_drift(shared: Shared, weight: int, told: list[str]) -> None:
    """Before its test it has none, and then what the file says; all else was done by hand."""
    shared.give(100 - weight, weight)
    assert found(shared, declared()) == told


@pytest.mark.parametrize("weight", [0, 50])
def test_a_weight_that_is_set_by_hand_is_given_back(shared: Shared, weight: int) -> None:
    """So is 0: what the release has was tested, so that the plan gives it its share, and says so."""
    environment = declared()
    shared.record(environment)
    shared.give(100 - weight, weight)
    site = shared.site(environment)
    assert found(shared, environment) == [f"{VARIANT}: weight: 20 % → {weight} %"]
    assert variants.held(variants.shares(site, environment, shared.app)) == ()
    assert list(variants.notes(site, environment, stand_in(environment))) == [
        f"{VARIANT}: gets 20 % of {SERVICE}'s requests instead of {weight} %."
    ]


def test_a_version_that_no_release_has_waits_for_its_test(shared: Shared) -> None:
    """That it gets none is no drift, and no plan gives it any."""
    environment = declared()
    shared.record(environment)
    shared.revision = 2
    assert found(shared, environment) == []
    assert variants.held(variants.shares(shared.site(environment), environment, shared.app)) == (VARIANT,)


def test_a_variant_that_slept_when_it_was_recorded_waits_for_its_test(shared: Shared) -> None:
    """Nobody has asked it; when somebody has, a release records that."""
    environment = declared()
    shared.record(environment, *asleep("").checks)
    assert found(shared, environment) == []
    assert variants.held(variants.shares(shared.site(environment), environment, shared.app)) == (VARIANT,)
    slept, awake = shared.draft(environment, *asleep("").checks), shared.draft(environment)
    assert variants.is_first_test(slept, awake)
    assert not any(variants.is_first_test(*each) for each in [(slept, slept), (awake, slept), (awake, awake)])


def test_a_weight_that_is_edited_and_not_applied_is_no_drift(shared: Shared) -> None:
    """What the last apply declared counts: also 0, which gives nothing; an old state does not have that."""
    shared.record(declared(0))
    shared.declared_weight = 0
    assert found(shared, declared(30)) == []
    shared.give(80, 20)
    assert found(shared, declared(30)) == [f"{VARIANT}: weight: 0 % → 20 %"]
    shared.declared_weight = 20
    assert found(shared, declared(30)) == []
    shared.declared_weight = None
    assert found(shared, declared(20)) == []
    assert found(shared, declared(30)) == [f"{VARIANT}: weight: 30 % → 20 %"]


def test_a_variant_with_requests_is_not_paused_alone(shared: Shared) -> None:
    """Its share of the requests would get 503."""
    shared.give(80, 20)
    with pytest.raises(
        PreconditionError, match=f"{VARIANT} must get no requests to be paused alone, and gets 20 %"
    ):
        pause(shared.site(declared()), VARIANT)
