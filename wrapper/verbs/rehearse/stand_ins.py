"""The environment as a sandbox can run it: what it uses from outside has a stand-in, and each is reported."""

from collections.abc import Mapping
from typing import Any

from wrapper.environment import Alb, Environment, GitHub, Models, Service, is_remote
from wrapper.errors import ConfigError

# The repository of the workflows, if the file names none.
SOMEBODY = GitHub(repository="owner/name")


def for_sandbox(environment: Environment, *, port: int, alb_port: int) -> tuple[Environment, list[str]]:
    """Return the environment for a recording sandbox on these ports, and a line for each stand-in."""
    told: list[str] = []
    services = {
        name: _service(name, service, told, whole=environment.called).model_copy(
            update={"image": service.image.model_copy(update={"existing": None})}
        )
        for name, service in environment.services.items()
    }
    if environment.github is None:
        told.append(f"the roles of GitHub's workflows are for {SOMEBODY.repository}")
    sandbox = {"port": port, "alb_port": alb_port, "record": True}
    changes: Mapping[str, Any] = {
        "target": "sandbox",
        "sandbox": environment.sandbox.model_copy(update=sandbox),
        "services": services,
    }
    return _without_existing(environment, told).model_copy(update=changes), told


def _without_existing(environment: Environment, told: list[str]) -> Environment:
    """Let the sandbox create what exists in the account."""
    told.extend(f"{each}: a new one, in place of the existing one" for each in environment.existing)
    network, cluster = environment.network, environment.cluster
    return environment.model_copy(
        update={
            "network": network.model_copy(update={"existing": None}).completed(environment.region),
            "alb": Alb() if environment.alb.existing else environment.alb,
            "cluster": cluster.model_copy(update={"existing": None}),
            "models": Models(),
            "jobs": {
                name: job.model_copy(update={"image": job.image.model_copy(update={"existing": None})})
                for name, job in environment.jobs.items()
            },
        }
    )


def _service(name: str, service: Service, told: list[str], *, whole: str) -> Service:
    model = service.model
    if model is None or not (_is_elsewhere(model.ratings) or (model.version and not _is_here(model.source))):
        return service
    if not _is_recommenders(service):
        raise ConfigError(
            f"rehearse {whole}",
            [
                f"services.{name}.model.source must be a file or a folder here to be rehearsed (there "
                f"is no stand-in for a model of your own), got {model.source or 'nothing'}."
            ],
            fix=f"python -m wrapper rehearse {whole} --set services.{name}.model.source=PATH",
        )
    label = f"{model.name}/{model.version}" if model.version else model.ratings
    told.append(f"{name}: a model trained on the sample, in place of {label}")
    smoke = service.smoke
    if smoke.canary:
        told.append(f"{name}: the sample has none of the users {smoke.canary.uids}; they are not tested")
        smoke = smoke.model_copy(update={"canary": None})
    trained = model.model_copy(update={"version": None, "source": None, "ratings": None})
    return service.model_copy(update={"model": trained, "smoke": smoke})


def _is_recommenders(service: Service) -> bool:
    """Return whether the service can load a model trained on the sample."""
    trains = service.model is not None and service.model.ratings is not None
    return service.smoke.is_recommenders or trains or service.image.context == "."


def _is_elsewhere(source: str | None) -> bool:
    return source is not None and is_remote(source)


def _is_here(source: str | None) -> bool:
    return source is not None and not is_remote(source)
