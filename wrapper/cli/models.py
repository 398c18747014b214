"""The commands that publish models."""

import re
from collections.abc import Sequence
from dataclasses import asdict

import click

from wrapper.cli.options import (
    command_of,
    environment_argument,
    json_option,
    print_json,
    set_option,
    tell,
    yes_option,
)
from wrapper.console import TerminalConsole
from wrapper.delivery.site import require
from wrapper.model import repoint
from wrapper.review import views
from wrapper.verbs.model_diff import live_diff, model_diff
from wrapper.verbs.publish import publish_model as publish_to_bucket


def _label(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Accept what can be a part of an S3 key and of a URL."""
    if value is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        raise click.BadParameter(f"must be at most 64 letters, digits and . _ -, got {value!r}")
    return value


@click.group()
def model() -> None:
    """Publish models"""


@model.command("publish")
@environment_argument
@click.argument("source", metavar="PATH|s3://…")
@click.option("--name", callback=_label, help="Publish any file or folder as it is, under this name")
@click.option(
    "--version", callback=_label, help="With --name: its version (default: computed from the files)"
)
@set_option
@yes_option
@json_option
def publish_model(
    environment: str,
    source: str,
    name: str | None,
    version: str | None,
    overrides: Sequence[str],
    yes: bool,
    as_json: bool,
) -> None:
    """Put a model into the environment's bucket"""
    if version and not name:
        raise click.UsageError("--version requires --name: a trained model has its own version")
    published = publish_to_bucket(
        command_of(environment, overrides, yes=yes), source, name=name, version=version
    )
    if as_json:
        print_json(asdict(published))
    else:
        tell(f"{published.label} sha256 {published.sha256}")


@model.command("diff")
@environment_argument
@click.argument("old", metavar="[OLD", required=False)
@click.argument("new", metavar="NEW]", required=False)
@click.option(
    "--live", is_flag=True, help="Ask two variants of a service, or its new version and the old one"
)
@click.option("--service", help="Whose models, where several services have some")
@set_option
@json_option
def diff_models(
    environment: str,
    old: str | None,
    new: str | None,
    live: bool,
    service: str | None,
    overrides: Sequence[str],
    as_json: bool,
) -> None:
    """Compare what two models answer

    OLD and NEW are each a published NAME/VERSION, the number of a release, a trained model's folder or
    s3://BUCKET/PREFIX. With --live they are a service and its variant, or two variants, which are both
    asked; without them it is a new version that does not get all requests yet, and the old one.
    """
    if bool(old) != bool(new) or not (old or live):
        raise click.UsageError("give OLD and NEW, or --live")
    command = command_of(environment, overrides)
    if old and new and not live:
        compared = model_diff(command, old, new, service=service)
        document, text = compared.as_json(), views.comparison(compared)
    else:
        asked = live_diff(command, old, new, service=service)
        document, text = asked.as_json(), views.live(asked, named=True)
    if as_json:
        print_json(document)
    else:
        # Below the text behind a measure's name.
        TerminalConsole().sentences(text, hang=12)


@model.command("point")
@environment_argument
@click.argument("version", metavar="NAME/VERSION")
@set_option
@json_option
def point_model(environment: str, version: str, overrides: Sequence[str], as_json: bool) -> None:
    """Set the published version that services which follow the model serve"""
    name, found, wanted = version.partition("/")
    if not (name and found and wanted):
        raise click.BadParameter(f"{version!r} must be NAME/VERSION", param_hint="NAME/VERSION")
    site = require(command_of(environment, overrides))
    pointed = repoint(site.aws, bucket=site.command.environment.model_bucket, name=name, version=wanted)
    if as_json:
        print_json(asdict(pointed))
    else:
        tell(f"followers of {name} serve {pointed.label} within seconds")


COMMANDS = (model,)
