"""Ask a version that gets no requests yet and one that does the same, and judge how the answers differ."""

from collections.abc import Sequence

from wrapper import model, smoke
from wrapper.console import Console
from wrapper.delivery.site import Site
from wrapper.environment import LiveAnswers, Service
from wrapper.environment.release import ModelVersion
from wrapper.environment.verification import USER
from wrapper.errors import ArtifactError
from wrapper.model.diff.limits import beyond
from wrapper.model.diff.live import Live, compare_live
from wrapper.review import views
from wrapper.smoke import Check, Material, Way
from wrapper.terraform.outputs import ServiceOutput


def ways(site: Site, output: ServiceOutput) -> tuple[Way, Way]:
    """Return how the version is asked that gets all requests, and how the newest one, which gets none."""
    url = site.public_url(output.url)
    return Way(url=url), Way(url=url, headers={"X-Slot": output.header})


def compared(
    site: Site,
    name: str,
    service: Service,
    old: Way,
    new: Way,
    *,
    material: Material,
    version: ModelVersion | None,
) -> Live | None:
    """Compare the answers on two ways to a service; None if none of its questions has one to compare.

    `material` is what its smoke test needs, `version` the model whose users are asked for, if it names none.
    """
    questions = smoke.asked(service, material, _users(site, name, service, version))
    if not questions:
        return None
    with site.command.console.step(f"Compare the answers of {name}") as step:
        asked = smoke.pairs(old, new, service=service, questions=questions, progress=step.progress)
        live = compare_live(asked)
        step.result(views.live_summary(live))
    return live


def check(console: Console, name: str, live: Live, limits: LiveAnswers) -> Check:
    """Judge how the answers differ, and warn of what is allowed and much."""
    found = beyond(live.measures, block=limits.block, warn=limits.warn)
    if found.block or found.warn:
        console.note(views.live(live))
    if found.warn:
        console.warn(f"{name}: its answers change: {'; '.join(found.warn)}.")
    detail = "; ".join(found.block) or views.live_summary(live)
    return Check(name="answers-change", ok=not found.block, detail=detail)


def _users(site: Site, name: str, service: Service, version: ModelVersion | None) -> Sequence[str]:
    """Return whom a request for {uid} is sent for; none, with a warning, if the model can't be read."""
    limits = service.smoke.answers_change or LiveAnswers()
    is_personal = any(USER in each.path for each in service.smoke.requests)
    if version is None or service.smoke.canary or not is_personal:
        return ()
    bucket = site.command.environment.model_bucket
    try:
        return model.some_users(site.aws, bucket=bucket, version=version, count=limits.users)
    except ArtifactError as error:
        site.command.console.warn(f"{name}: its answers are compared for one user: {error.message}")
        return ()
