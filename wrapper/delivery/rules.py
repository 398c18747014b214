"""The rules of `terraform/` about what AWS accepts, checked before anything is started or changed."""

from wrapper.delivery import tfvars
from wrapper.delivery.contents import stand_in
from wrapper.delivery.site import ACCOUNT, APP, FOUNDATION, GITHUB, Command
from wrapper.environment import Environment, Preview, load, marked
from wrapper.errors import ConfigError, TerraformError
from wrapper.terraform import Terraform


def refuse_what_aws_would(command: Command) -> None:
    """Raise ConfigError with every rule that the environment breaks.

    If the rules cannot be checked without the providers, only warn: the plan checks them, too.
    """
    with command.console.step("Check what AWS accepts") as step:
        try:
            _ask(command, command.environment)
        except ConfigError as error:
            problems = marked(error.problems, _before(command)) if command.overrides else error.problems
            raise ConfigError(error.source, problems) from error
        except TerraformError as error:
            step.result("left to the plan")
            command.console.warn(f"left to the plan, for {error.message}")


def _before(command: Command) -> tuple[str, ...]:
    """Return the problems of the file without the overrides."""
    try:
        _ask(command, _without_options(command))
    except ConfigError as error:
        return error.problems
    return ()


def _without_options(command: Command) -> Environment:
    environment = command.environment
    told = environment.sandbox
    return load(
        environment.file,
        directory=command.root / "environments",
        preview=Preview(name=environment.name, port=told.port, alb_port=told.alb_port)
        if environment.is_preview
        else None,
    )


def _ask(command: Command, environment: Environment) -> None:
    """Render as an apply does; digests and versions are stand-ins, which no rule checks."""
    rendered = {
        FOUNDATION: tfvars.render_foundation(environment),
        APP: tfvars.render_app(environment, stand_in(environment)),
        ACCOUNT: tfvars.render_account(environment),
    }
    if environment.github:
        rendered[GITHUB] = tfvars.render_github(environment, environment.github)
    terraform = Terraform(
        executable=Terraform.find(), root=command.root, work=command.work, process_environment={}
    )
    try:
        terraform.refuse_broken_rules(rendered)
    except ConfigError as error:
        raise ConfigError(
            f"environments/{environment.file}.yaml",
            [*dict.fromkeys(_as_written(each, environment) for each in error.problems)],
        ) from error


def _as_written(problem: str, environment: Environment) -> str:
    """Name what modules know otherwise as the file does: a job's only trigger, and variants."""
    for name, (service, declared) in environment.variants.items():
        if (key := problem.removeprefix(f"services.{name}.")) != problem:
            own = key.removeprefix("variant.")
            is_own = own != key or key.partition(".")[0] in declared.model_fields_set
            return f"{environment.path_of(name)}.{own}" if is_own else f"services.{service}.{key}"
    for name, job in environment.jobs.items():
        if job.trigger and problem.startswith(f"jobs.{name}.triggers.0"):
            return problem.replace("triggers.0", "trigger", 1)
    return problem
