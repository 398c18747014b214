"""Smoke: test whether the deployed services answer as they should, without changing anything."""

from dataclasses import dataclass
from typing import Any

from wrapper import smoke
from wrapper.delivery.site import Command, Site, require
from wrapper.delivery.variants import headers_of
from wrapper.ecs import rollout
from wrapper.ecs.counts import counts
from wrapper.ecs.services import release_of
from wrapper.environment import Service
from wrapper.errors import PreconditionError
from wrapper.smoke import Answers


@dataclass(frozen=True, kw_only=True)
class Checkup(Answers):
    """How each service answers now."""

    def rows(self) -> list[tuple[str, ...]]:
        checks = [(name, each) for name, verdict in self.verdicts.items() for each in verdict.checks]
        return [
            ("", "SERVICE", "CHECK", "FOUND"),
            *(("ok" if check.ok else "FAIL", name, check.name, check.detail) for name, check in checks),
        ]

    def as_json(self) -> dict[str, Any]:
        services = {name: verdict.as_json() for name, verdict in self.verdicts.items()}
        return {"environment": self.environment, "ok": self.ok, "url": self.url, "services": services}


def check_up(command: Command) -> Checkup:
    """Run the smoke test of each service; image and model must be those of the last apply."""
    site = require(command)
    app = site.require_app()
    verdicts = {}
    scales = counts(site.aws, command.environment)
    for name, service in command.environment.services.items():
        if scales[name].is_zero:
            verdicts[name] = smoke.asleep(site.public_url(app.url))
            continue
        if name not in app.services:
            raise PreconditionError(
                f"{name} must be deployed for this, but the last apply did not include it.",
                fix=f"python -m wrapper apply {command.environment.called}",
            )
        output = app.services[name]
        release = release_of(site.aws, output.task_definition_arn)
        material = smoke.gather(
            site.aws,
            service,
            root=command.root,
            bucket=command.environment.model_bucket,
            release=release,
        )
        _wait_for_targets(site, service, output.target_group_arn)
        with command.console.step(f"Smoke-test {name}") as step:
            verdicts[name] = smoke.probe(
                site.public_url(output.url),
                service=service,
                release=release,
                material=material,
                progress=step.progress,
                headers=headers_of(command.environment, name, output),
            )
            step.result(verdicts[name].summary, good=verdicts[name].ok)
    return Checkup(environment=command.environment.name, url=site.public_url(app.url), verdicts=verdicts)


def _wait_for_targets(site: Site, service: Service, target_group_arn: str) -> None:
    """Give new targets as long as their health check takes; an unhealthy one is left to the test."""
    health = service.health
    seconds = health.interval_seconds * health.healthy_threshold + health.timeout_seconds
    with site.command.console.step("Wait for target health") as step:
        step.result(rollout.settled(site.aws, target_group_arn, seconds=seconds, progress=step.progress))
