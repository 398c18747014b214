"""What the deployed resources cost a month: from Terraform's state and ECS's running tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wrapper.delivery.site import APP, FOUNDATION, Site
from wrapper.ecs.services import live_services
from wrapper.errors import ConfigError, PreconditionError
from wrapper.review.cost import Estimate, estimate, regions, table_of
from wrapper.review.views.money import dollars
from wrapper.terraform.plan import Plan, read_plan

_HEADINGS = ("USD A MONTH", "RESOURCE", "HOW")


@dataclass(frozen=True, kw_only=True)
class DeployedCost:
    """The estimate of an environment. `sandbox`: nothing of it is paid where it runs now.

    `existing` are resources that it uses and somebody else pays for.
    """

    environment: str
    sandbox: bool
    estimate: Estimate
    existing: Sequence[str] = ()

    def rows(self) -> list[tuple[str, ...]]:
        lines = [(dollars(line.after), line.address, line.basis) for line in self.estimate.lines]
        total = (dollars(self.estimate.after), "all of it", "")
        width = max(len(amount) for amount, *_ in [_HEADINGS, total, *lines])
        return [(amount.rjust(width), *rest) for amount, *rest in [_HEADINGS, *lines, total]]

    def remarks(self) -> list[str]:
        """Return the assumptions of the figures, and what is in none of them."""
        table = self.estimate.table
        here = ["The sandbox costs nothing: this is what the same would cost on AWS."] if self.sandbox else []
        missing = [f"Not priced: {address} ({why})." for address, why in self.estimate.not_priced.items()]
        return [
            *here,
            f"Prices of {table.region}, of {table.date}, without taxes and discounts.",
            *(f"Assumed: {sentence}" for sentence in self.estimate.assumptions),
            *missing,
            *(f"Not counted: {each}" for each in table.not_counted),
            *(f"Not counted: {each}, which is not the environment's." for each in self.existing),
        ]

    def as_json(self) -> dict[str, Any]:
        table = self.estimate.table
        return {
            "environment": self.environment,
            "sandbox": self.sandbox,
            "currency": table.currency,
            "monthly": round(self.estimate.after, 2),
            "lines": [
                {"address": line.address, "monthly": round(line.after, 2), "basis": line.basis}
                for line in self.estimate.lines
            ],
            "not_priced": dict(self.estimate.not_priced),
            "assumptions": list(self.estimate.assumptions),
            "not_counted": [*table.not_counted, *self.existing],
            "prices": {"region": table.region, "date": table.date.isoformat()},
        }


def deployed_cost(site: Site) -> DeployedCost:
    """Price the deployed resources.

    Raises PreconditionError if there are none, ConfigError if prices are not known.
    """
    environment = site.command.environment
    table = table_of(environment.region)
    if table is None:
        rule = f"be one with a price table ({', '.join(regions())})"
        problem = f"region must {rule} for this, got {environment.region}."
        raise ConfigError(f"environments/{environment.file}.yaml", [problem])
    plans = [_plan(site, stack) for stack in (FOUNDATION, APP)]
    if not any(plan.everything for plan in plans):
        raise PreconditionError(
            f"{environment.name} must be deployed for this, and nothing is.",
            fix=f"python -m wrapper apply {environment.called}",
        )
    return DeployedCost(
        environment=environment.name,
        sandbox=site.sandbox is not None,
        estimate=estimate(plans, table),
        existing=tuple(environment.existing),
    )


def _plan(site: Site, stack: str) -> Plan:
    """Return the state as a plan without changes, with the numbers of tasks that run now."""
    resources = site.resources(stack)
    services = {
        each["change"]["after"]["name"]: each for each in resources if each["type"] == "aws_ecs_service"
    }
    running = live_services(site.aws, cluster=site.command.environment.cluster_name, names=list(services))
    for name, service in running.items():
        values = {**services[name]["change"]["after"], "desired_count": service.desired}
        services[name]["change"] |= {"before": values, "after": values}
    return read_plan({"resource_changes": resources}, stack=stack)
