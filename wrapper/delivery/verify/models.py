"""Whether the models are published, complete and unchanged."""

from collections.abc import Iterator

from wrapper import model
from wrapper.delivery.verify.finding import Finding, Scene, failure, good, skipped, warning
from wrapper.environment import Model
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError


def models(scene: Scene) -> Iterator[Finding]:
    """Check each version that the file names, and those of the newest release."""
    for name, service in scene.environment.services.items():
        if service.model is None:
            continue
        subject = f"services.{name}.model"
        if service.model.follow:
            yield _followed(scene, subject, service.model)
        elif service.model.version is None:
            what = f"publishes {service.model.source}" if service.model.source else "trains the model"
            yield skipped(subject, f"has no version: apply {what}")
        else:
            yield _declared(scene, f"{subject}.version", service.model, service.model.version)
    yield from _released(scene)


def _declared(scene: Scene, subject: str, declared: Model, version: str) -> Finding:
    bucket, label = scene.environment.model_bucket, f"{declared.name}/{version}"
    try:
        found = model.inspect(scene.aws, bucket=bucket, name=declared.name, version=version)
    except ArtifactError as error:
        return failure(subject, error.message, error.fix or "publish the model under a new version")
    if found:
        return good(subject, f"{label} is in s3://{bucket}, sha256 {found.sha256[:12]}")
    if declared.source:
        return skipped(subject, f"{label} is not published yet: apply takes it from {declared.source}")
    return failure(
        subject,
        f"must be published, but {label} is missing from s3://{bucket}.",
        f"{model.publish_command(scene.environment.name, declared.name, version)}, or set model.source",
    )


def _followed(scene: Scene, subject: str, declared: Model) -> Finding:
    """Check the version that the pointer names: without it, or with a damaged one, no new task starts."""
    bucket = scene.environment.model_bucket
    fix = f"python -m wrapper model point {scene.environment.called} {declared.name}/VERSION"
    try:
        named = model.pointed(scene.aws, bucket=bucket, name=declared.name)
        if named is None:
            return skipped(subject, "has no pointer yet: apply publishes the first model and writes it")
        found = model.inspect(scene.aws, bucket=bucket, name=declared.name, version=named.version)
    except ArtifactError as error:
        return failure(subject, error.message, error.fix or fix)
    if found == named:
        return good(subject, f"the pointer names {named.label}, which is whole")
    got = f"sha256 {found.sha256[:12]}" if found else "nothing"
    wanted = f"sha256 {named.sha256[:12]}"
    return failure(subject, f"the pointer's {named.label} must exist with {wanted}, got {got}.", fix)


def _released(scene: Scene) -> Iterator[Finding]:
    if scene.release is None:
        return
    for name, service in scene.release.services.items():
        if service.model:
            yield _recorded(scene, f"release {scene.release.number}, model of {name}", service.model)


def _recorded(scene: Scene, subject: str, recorded: ModelVersion) -> Finding:
    bucket = scene.environment.model_bucket
    fix = f"record a new release with python -m wrapper apply {scene.environment.called}"
    try:
        found = model.inspect(scene.aws, bucket=bucket, name=recorded.name, version=recorded.version)
    except ArtifactError as error:
        return warning(subject, error.message, fix)
    if found == recorded:
        return good(subject, f"{recorded.label} is unchanged")
    got = f"sha256 {found.sha256[:12]}" if found else "nothing"
    expected = f"sha256 {recorded.sha256[:12]}"
    return warning(subject, f"{recorded.label} must be in s3://{bucket} with {expected}, got {got}.", fix)
