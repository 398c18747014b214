"""What ministack's ECS lacks when it starts a task's containers."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs, ssm

from wrapper.sandbox.emulator.patching import wrap
from wrapper.sandbox.emulator.runtime.image import CannotPull

_FARGATE_MOST_STOP_SECONDS = 120


def whole_definition() -> None:
    """Upstream passes only `command` on; entrypoint, working folder, stop timeout and ports go missing."""

    def build(
        original: Callable[..., dict[str, Any]], definition: Mapping[str, Any], *rest: Any
    ) -> dict[str, Any]:
        ports = [mapping["containerPort"] for mapping in definition.get("portMappings", [])]
        return original(definition, *rest) | {
            "entrypoint": definition.get("entryPoint") or None,
            "working_dir": definition.get("workingDirectory") or None,
            "stop_seconds": min(int(definition.get("stopTimeout") or 30), _FARGATE_MOST_STOP_SECONDS),
            "container_ports": ports,
        }

    wrap(ecs, "_build_run_kwargs", build)


def metadata_on_loopback() -> None:
    """Upstream points tasks at host.docker.internal, which only containers of Docker Desktop know."""

    def register(
        original: Callable[..., str],
        task: str,
        cluster: str,
        task_definition: Any,
        container: Any,
        launch_type: str,
        environment: dict[str, str],
        host_mode: bool,
        gateway: str | None,
    ) -> str:
        return original(task, cluster, task_definition, container, launch_type, environment, True, gateway)

    wrap(ecs, "_register_metadata", register)


def secrets_decrypted() -> None:
    """Upstream hands an SSM SecureString to the container as `ENCRYPTED:<base64>`."""

    def resolve(
        original: Callable[..., str | None], name: str, version: Any = None, decrypt: bool = True
    ) -> str | None:
        return original(name, version, True)

    wrap(ssm, "resolve_parameter_value", resolve)


def start_failures() -> None:
    """Upstream calls every failure one of resource initialization; ECS tells the image from the command."""

    def fail(original: Callable[..., None], task: Any, docker: Any, reason: str) -> None:
        original(task, docker, _as_ecs_says(reason))

    def run(original: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        try:
            return original(*arguments, **options)
        except CannotPull as error:
            raise ecs._ImagePullError(str(error)) from None

    wrap(ecs, "_fail_task_start", fail)
    wrap(ecs, "_run_docker_container", run)


def _as_ecs_says(reason: str) -> str:
    generic = "ResourceInitializationError: unable to pull image or start container: "
    return reason.replace(generic, "CannotStartContainerError: ")
