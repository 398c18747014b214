"""The story of drift: refresh both stacks, ask what runs, look up who did it."""

from collections.abc import Iterator
from datetime import datetime

from wrapper import releases as history
from wrapper.delivery import tfvars
from wrapper.delivery.prediction import stand_in_tfvars
from wrapper.delivery.site import APP, FOUNDATION, Ground, Job, require
from wrapper.ecs.pauses import paused
from wrapper.verbs.drift import culprit
from wrapper.verbs.drift.outside import Change, changes
from wrapper.verbs.drift.report import Drift
from wrapper.verbs.drift.running import differences


def drift(job: Job) -> Drift:
    """Compare what is there with what the last apply left. Takes no lock, writes no state.

    Raises PreconditionError if nothing was ever applied.
    """
    ground = require(job)
    environment = job.environment
    with job.console.step("Compare what runs") as step:
        running = list(differences(ground))
        step.result(f"{len(running)} differences")
    found = [
        *_changed(ground, FOUNDATION, tfvars.render_foundation(environment)),
        # A refresh reads the state: what an image or a model would be makes no difference.
        *_changed(ground, APP, stand_in_tfvars(environment)),
    ]
    last = history.newest(ground.aws, bucket=environment.state_bucket) if found else None
    since = datetime.fromisoformat(last.at) if last else None
    told, notes = culprit.named(ground.aws, found, since=since)
    return Drift(environment=environment.name, changes=told, running=running, notes=notes)


def _changed(ground: Ground, stack: str, rendered: str) -> Iterator[Change]:
    services = ground.job.environment.services
    with ground.job.console.step(f"Refresh {stack}") as step:
        ground.terraform.init(stack, tfvars=rendered, backend=ground.backend(stack))
        document = ground.terraform.refresh(stack, progress=step.progress)
        scaling = {name: service.scaling for name, service in services.items()}
        resting = paused(ground.aws, bucket=ground.job.environment.state_bucket)
        found = list(changes(document, stack=stack, scaling=scaling, paused=resting)) if document else []
        step.result(f"{len(found)} changed outside Terraform")
    yield from found
