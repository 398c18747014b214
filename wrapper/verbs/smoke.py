"""What `smoke`, `output` and `open` tell of the last apply."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wrapper import smoke
from wrapper.delivery.site import APP, Command, Site, require
from wrapper.ecs import rollout
from wrapper.ecs import services as live
from wrapper.ecs.counts import counts
from wrapper.environment import Service
from wrapper.errors import PreconditionError, SmokeError
from wrapper.smoke import Verdict


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """How each service answers now."""

    environment: str
    url: str
    verdicts: Mapping[str, Verdict]

    @property
    def ok(self) -> bool:
        return all(verdict.ok for verdict in self.verdicts.values())

    def rows(self) -> list[tuple[str, ...]]:
        checks = [(name, each) for name, verdict in self.verdicts.items() for each in verdict.checks]
        return [
            ("", "SERVICE", "CHECK", "FOUND"),
            *(("ok" if check.ok else "FAIL", name, check.name, check.detail) for name, check in checks),
        ]

    def as_json(self) -> dict[str, Any]:
        services = {name: verdict.as_json() for name, verdict in self.verdicts.items()}
        return {"environment": self.environment, "ok": self.ok, "url": self.url, "services": services}

    def raise_unless_good(self) -> None:
        """Raise SmokeError naming every failed check."""
        failed = [
            f"{name}: {check.name}: {check.detail}"
            for name, verdict in self.verdicts.items()
            for check in verdict.failures
        ]
        if failed:
            raise SmokeError("\n  ".join([f"{self.url} does not answer as it should", *failed]))


def check_up(command: Command) -> Checkup:
    """Ask each service its smoke test; image and model must be those that the last apply rolled out."""
    site = require(command)
    outputs = outputs_of(site)
    verdicts = {}
    scales = counts(site.aws, command.environment)
    for name, service in command.environment.services.items():
        if scales[name].is_zero:
            verdicts[name] = smoke.asleep(outputs["url"])
            continue
        if name not in outputs["services"]:
            raise _not_deployed(command, f"{name} must be deployed for this, and the last apply left it out")
        output = outputs["services"][name]
        release = live.release_of(site.aws, output["task_definition_arn"])
        uids = smoke.chosen(site.aws, service.smoke.canary, root=command.root, release=release)
        _wait_for_targets(site, service, output["target_group_arn"])
        with command.console.step(f"Smoke-test {name}") as step:
            verdicts[name] = smoke.run(
                output.get("url", outputs["url"]),
                service=service,
                release=release,
                uids=uids,
                progress=step.progress,
            )
            step.result(verdicts[name].summary)
    return Checkup(environment=command.environment.name, url=outputs["url"], verdicts=verdicts)


def _wait_for_targets(site: Site, service: Service, target_group_arn: str) -> None:
    """Give targets that just began as long as their check takes; a sick one is for the test to find."""
    health = service.health
    seconds = health.interval_seconds * health.healthy_threshold + health.timeout_seconds
    with site.command.console.step("Wait for target health") as step:
        step.result(rollout.settled(site.aws, target_group_arn, seconds=seconds, progress=step.progress))


def outputs_of(site: Site) -> dict[str, Any]:
    """Return the app stack's outputs, with URLs as they are reached from here."""
    outputs = site.outputs(APP)
    if not outputs:
        name = site.command.environment.name
        raise _not_deployed(site.command, f"{name} must be deployed for this, and nothing is")
    if site.sandbox is None:
        return outputs
    names = {outputs["url"], *(each["url"] for each in outputs["services"].values() if "url" in each)}
    reachable: dict[str, Any] = _reachable(outputs, names, site.sandbox.alb_url)
    return reachable


def _reachable(value: Any, private: Collection[str], public: str) -> Any:
    """Put the public address where a URL begins with one that nothing leads to in the sandbox."""
    if isinstance(value, Mapping):
        return {name: _reachable(each, private, public) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    begun = [url for url in private if value == url or value.startswith(f"{url}/")]
    return public + value.removeprefix(begun[0]) if begun else value


def flat(outputs: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Name each value by its path, such as services.recommender.log_group_name."""
    for name, value in outputs.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", "" if value is None else str(value)


def page_of(site: Site) -> str:
    """Return what to open in a browser: the first good request of the default service, or of the first."""
    outputs, services = outputs_of(site), site.command.environment.services
    name = next((name for name, each in services.items() if each.route.default), next(iter(services)))
    url = str(outputs["services"].get(name, {}).get("url", outputs["url"]))
    good = (request.path for request in services[name].smoke.requests if request.status == 200)
    return url + next(good, "/")


def _not_deployed(command: Command, sentence: str) -> PreconditionError:
    return PreconditionError(f"{sentence}.", fix=f"python -m wrapper apply {command.environment.name}")
