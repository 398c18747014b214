"""What ministack's ECS lacks when it starts a task's containers."""

from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch_logs, ecs, ssm

from emulator.ecs.dependencies import await_all, order
from emulator.patching import wrap
from emulator.runtime.health import check_of
from emulator.runtime.image import CannotPull

Definition = dict[str, Any]
_TASK, _CONTAINER = "com.amazonaws.ecs.task-arn", "com.amazonaws.ecs.container-name"
_DEFAULT_STOP_SECONDS = 30
_LONGEST_STOP_SECONDS = 120
_NO_LOG_GROUP = (
    "failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log "
    "stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1"
)


def whole_definition() -> None:
    """Upstream passes only `command` on: no entrypoint, folder, limits, health check, ports."""

    def build(
        original: Callable[..., Definition], definition: Definition, task: Definition, *rest: Any
    ) -> Definition:
        memory = definition.get("memory") or task.get("memory")
        stop_seconds = int(definition.get("stopTimeout") or _DEFAULT_STOP_SECONDS)
        in_memory = (definition.get("linuxParameters") or {}).get("tmpfs") or []
        return original(definition, task, *rest) | {
            "entrypoint": definition.get("entryPoint") or None,
            "working_dir": definition.get("workingDirectory") or None,
            "stop_seconds": min(stop_seconds, _LONGEST_STOP_SECONDS),
            "memory_mib": int(memory) if memory else None,
            "health_check": check_of(definition["healthCheck"]) if definition.get("healthCheck") else None,
            "tmp_in_memory": any(each["containerPath"] == "/tmp" for each in in_memory),
            "mounts": {
                each["containerPath"]: each["sourceVolume"]
                for each in definition.get("mountPoints") or ()
                if each["containerPath"] != "/tmp"  # each container has its own
            },
            "user": definition.get("user") or None,
            "read_only": bool(definition.get("readonlyRootFilesystem")),
            "container_ports": [mapping["containerPort"] for mapping in definition.get("portMappings", [])],
        }

    wrap(ecs, "_build_run_kwargs", build)


def dependencies() -> None:
    """Upstream starts containers in the definition's order at once, whatever they depend on."""

    def start(original: Callable[..., None], task: Definition, definition: Definition, *rest: Any) -> None:
        containers = definition["containerDefinitions"]
        places = order(containers)
        definition = {**definition, "containerDefinitions": [containers[place] for place in places]}
        for name in ("containers", "_container_essentials"):
            task[name] = [task[name][place] for place in places]
        original(task, definition, *rest)

    def run(
        original: Callable[..., Any], docker: Any, definition: Definition, options: Definition, **rest: Any
    ) -> Any:
        task = options["labels"][_TASK]

        def started() -> dict[str, Any]:
            found = docker.containers.list()
            return {one.labels[_CONTAINER]: one for one in found if one.labels.get(_TASK) == task}

        await_all(definition, started)
        return original(docker, definition, options, **rest)

    wrap(ecs, "_start_task_worker", start)
    wrap(ecs, "_run_docker_container", run)


def log_group_required() -> None:
    """Upstream drops a container's output if its log group is missing; ECS doesn't start the task."""

    def build(original: Callable[..., Definition], definition: Definition, *rest: Any) -> Definition:
        config = ecs._awslogs_config(definition, "", "")
        if config and not config["create_group"] and config["group"] not in cloudwatch_logs._log_groups:
            raise LookupError(_NO_LOG_GROUP)
        return original(definition, *rest)

    wrap(ecs, "_build_run_kwargs", build)


def metadata_on_loopback() -> None:
    """Upstream points tasks at host.docker.internal, which only exists in containers of Docker Desktop."""

    def register(original: Callable[..., str], *arguments: Any) -> str:
        *first, _, gateway = arguments
        return original(*first, True, gateway)

    wrap(ecs, "_register_metadata", register)


def role_keys() -> None:
    """Upstream gives all tasks the same keys; here the key id is the role's name, as for sessions."""

    def build(
        original: Callable[..., Definition], definition: Definition, task: Definition, *rest: Any
    ) -> Definition:
        options = original(definition, task, *rest)
        if role := task.get("taskRoleArn", "").rpartition("/")[2]:
            keys = {"AWS_ACCESS_KEY_ID": role, "AWS_SESSION_TOKEN": "task"}
            options["environment"] = keys | options["environment"]
        return options

    wrap(ecs, "_build_run_kwargs", build)


def secrets_decrypted() -> None:
    """Upstream hands an SSM SecureString to the container as `ENCRYPTED:<base64>`."""

    def resolve(
        original: Callable[..., str | None], name: str, version: Any = None, decrypt: bool = True
    ) -> str | None:
        return original(name, version, True)

    wrap(ssm, "resolve_parameter_value", resolve)


def start_failures() -> None:
    """Upstream has one error for all failures to start; ECS has others for image and command."""

    def fail(original: Callable[..., None], task: Any, docker: Any, reason: str) -> None:
        told = _as_ecs_says(reason)
        original(task, docker, told)
        for container in task["containers"]:
            container.setdefault("reason", told)

    def run(original: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        try:
            return original(*arguments, **options)
        except CannotPull as error:
            raise ecs._ImagePullError(str(error)) from None

    wrap(ecs, "_fail_task_start", fail)
    wrap(ecs, "_run_docker_container", run)


def _as_ecs_says(reason: str) -> str:
    generic = "ResourceInitializationError: unable to pull image or start container: "
    kind = "ResourceInitializationError" if _NO_LOG_GROUP in reason else "CannotStartContainerError"
    return reason.replace(generic, f"{kind}: ")
