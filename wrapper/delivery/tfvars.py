"""An environment as the text of each stack's terraform.tfvars, formatted as by `terraform fmt`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, StrictUndefined, Undefined

from wrapper.delivery.account import NOTHING, Account, wanted
from wrapper.delivery.contents import Contents
from wrapper.environment import Environment, GitHub, Service, fetcher_of, split_place
from wrapper.environment.block import Block

_ESCAPES = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


# Settings of the wrapper's waits, which the stacks do not need.
_UNSEEN_ROLLOUT = ("bake_seconds", "canary", "deadline_seconds", "failed_tasks", "keep_minutes", "strategy")


def render_foundation(environment: Environment) -> str:
    """Write the variables of terraform/stacks/foundation."""
    return _templates().get_template("foundation.tfvars.j2").render(environment=environment)


def render_common(environment: Environment) -> str:
    """Write the variables that every stack has, and the only ones that its providers read."""
    return _templates().get_template("common.tfvars.j2").render(environment=environment)


def render_import_ids(ids: Sequence[str]) -> str:
    """Write the variable with the ids of what a stack must import; empty without any."""
    return f"\nimport_ids = {hcl(ids)}\n" if ids else ""


def render_deferred_removals(*, repositories: Sequence[str], models: bool) -> str:
    """Write the variable of what the foundation keeps until no task uses it; empty without any."""
    if not (repositories or models):
        return ""
    return f"\ndeferred_removals = {hcl({'repositories': repositories, 'models': models})}\n"


def render_pending_repositories(names: Sequence[str]) -> str:
    """Write the variable of the foundation's repositories without a lifecycle policy; empty without any."""
    return f"\npending_repositories = {hcl(names)}\n" if names else ""


def render_github(environment: Environment, github: GitHub) -> str:
    """Write the variables of terraform/stacks/github."""
    return _templates().get_template("github.tfvars.j2").render(environment=environment, github=github)


def render_account(environment: Environment, existing: Account = NOTHING) -> str:
    """Write the variables of terraform/stacks/account: what exists, and what the environment needs."""
    template = _templates().get_template("account.tfvars.j2")
    return template.render(environment=environment, existing=existing, wanted=wanted(environment, existing))


def render_app(environment: Environment, contents: Contents) -> str:
    """Write the variables of terraform/stacks/app. Raise KeyError for a service or a job without contents."""
    bucket = contents.model_bucket
    template = _templates().get_template("app.tfvars.j2")
    return template.render(
        environment=environment,
        model_bucket={"arn": bucket.arn, "name": bucket.name},
        services={name: (each, contents.releases[name]) for name, each in environment.services.items()},
        slots=contents.slots,
        variants={
            name: {
                "of": of,
                "weight": 0 if name in contents.held else each.weight,
                "declared": each.weight,
            }
            for name, (of, each) in environment.variants.items()
        },
        unseen_rollout=_UNSEEN_ROLLOUT,
        jobs={name: (each, contents.jobs[name]) for name, each in environment.jobs.items()},
        rules=[asdict(rule) for rule in contents.rules],
        files=lambda service: _files(service, contents),
        objects=lambda places: [_objects(place, bucket.arn) for place in places],
    )


def _files(service: Service, contents: Contents) -> dict[str, str] | None:
    """Return the path of the model's files, and the image that fetches them; None without a path."""
    if service.model is None or service.model.mount is None:
        return None
    fetcher = contents.jobs[fetcher_of(service.image.architecture)]
    return {"image": fetcher.image, "path": service.model.mount}


def _objects(place: str, model_bucket_arn: str) -> dict[str, str]:
    """Return the objects of a permission in the modules' form."""
    bucket, prefix = split_place(place)
    return {"bucket_arn": f"arn:aws:s3:::{bucket}" if bucket else model_bucket_arn, "prefix": prefix}


def hcl(value: object, indent: int = 0, *, without: Sequence[str] = ()) -> str:
    """Write a value as HCL; `indent` is the indentation of its first line, in spaces.

    Maps, blocks and lists nest. `without` are keys of a block that only the wrapper uses.
    """
    if isinstance(value, Undefined):
        # Anything else that reads it ends in a TypeError that does not name the variable.
        value._fail_with_undefined_error()
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _quoted(value)
        case Block():
            kept = {key: hcl(item, indent + 2) for key, item in value if key not in without}
            return _object(kept, indent)
        case Mapping():
            return _object({_quoted(str(key)): hcl(item, indent + 2) for key, item in value.items()}, indent)
        case Sequence():
            return f"[{', '.join(hcl(item, indent) for item in value)}]"
    raise TypeError(f"{type(value).__name__} has no HCL form")


def _object(items: Mapping[str, str], indent: int) -> str:
    """Format the items; the equals signs of neighbouring one-line items are aligned."""
    if not items:
        return "{}"
    margin = " " * indent
    lines: list[str] = []
    for is_long, group in groupby(items.items(), key=lambda item: "\n" in item[1]):
        neighbours = list(group)
        width = 0 if is_long else max(len(key) for key, _ in neighbours)
        lines += [f"{margin}  {key:{width}} = {item}\n" for key, item in neighbours]
    return f"{{\n{''.join(lines)}{margin}}}"


def _quoted(text: str) -> str:
    """Quote a string so that Terraform reads the same string; `${` and `%{` would begin a template."""
    escaped = "".join(_ESCAPES.get(character) or _visible(character) for character in text)
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _visible(character: str) -> str:
    """Escape invisible characters, such as control characters and changes of the writing direction."""
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _templates() -> Templates:
    templates = Templates(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        # The text is HCL, which has its own quotes; HTML's escapes would be wrong.
        autoescape=False,
    )
    templates.filters["hcl"] = hcl
    return templates
