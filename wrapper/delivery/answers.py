"""Read the models that a plan replaces, or that a user names, and compare their answers."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from wrapper.aws.client import Aws
from wrapper.console import Step
from wrapper.delivery.contents import is_stand_in
from wrapper.delivery.site import Site
from wrapper.errors import ArtifactError
from wrapper.model import store
from wrapper.model.artifact import MANIFEST, identity_of, parse
from wrapper.model.diff import READ, compare
from wrapper.review.answers import ModelChange, Swap, Told, swaps
from wrapper.terraform.plan import Plan


def answers_changes(site: Site, plans: Sequence[Plan], step: Step) -> tuple[ModelChange, ...]:
    """Compare the models of every service that gets another version, unless the file switches that off."""
    if site.command.environment.review.answers_change is None:
        return ()
    return tuple(_change(site, swap, step) for swap in swaps(plans))


def fetch(aws: Aws, uri: str, folder: Path, step: Step) -> Path:
    """Copy what is compared of a model under s3:// into a new folder. Raises ArtifactError."""
    target = Path(tempfile.mkdtemp(prefix="model-", dir=folder))
    store.download(aws, source=uri, folder=target, progress=step.progress, only=READ)
    return target


def _change(site: Site, swap: Swap, step: Step) -> ModelChange:
    with tempfile.TemporaryDirectory(prefix="answers-") as folder:
        try:
            old, new = (_told(site.aws, told, Path(folder), step) for told in (swap.old, swap.new))
            step.progress(f"comparing the answers of {swap.service}'s models")
            return ModelChange(swap=swap, comparison=compare(old, new))
        except ArtifactError as error:
            return ModelChange(swap=swap, unread=error.message)
        except OSError as error:  # such as no disk space for the copies
            return ModelChange(swap=swap, unread=f"{error}.")


def _told(aws: Aws, told: Told, folder: Path, step: Step) -> Path:
    label = told.version.label
    if is_stand_in(told.version.sha256):
        raise ArtifactError(f"{label} is not published yet; an apply compares it before it asks.")
    found = fetch(aws, told.uri, folder, step)
    content = (found / MANIFEST).read_bytes()
    identity = identity_of(parse(content, where=told.uri), content)
    if identity != told.version:
        raise ArtifactError(
            f"{told.uri} must be {label} with sha256 {told.version.sha256[:12]}, "
            f"got {identity.label} with {identity.sha256[:12]}."
        )
    return found
