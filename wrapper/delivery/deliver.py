"""The steps of every delivery, in order, without details.

1. verify      all that it needs and does not create exists        reads only
2. lock        one command at a time changes an environment       an object in the state bucket
3. protect     keep the images of releases from expiring           tags in ECR
4. foundation  render, plan, confirm, apply the saved plan        repositories, model bucket: adds what is new
5. choose      what will run: published, copied, looked up         pushes only what is missing
6. app         render, plan, confirm, apply the saved plan        network, load balancer, services
7. wait        this deployment, these targets, before a deadline  reads only
8. smoke       the requested image and model answer               reads only
9. record      what runs becomes a release, if it is good          an object in the state bucket, a tag in ECR
10. remove     what nothing uses any more in the foundation        a repository, the model bucket

What step 10 destroys is reviewed before step 4, so that a refusal comes before anything is touched.
Unless a service's strategy is rolling, step 6 puts a new version beside the old one. Between steps 7 and 8
`canary` tests it without requests and then lets it in; `standing` reads from AWS how far that is.
If step 7 or 8 fails, `recovery` rolls back to the last good release, as the environment's `rollback` says.
A rollback is steps 2, 3 and 5 to 9. Its step 5 checks what the release needs, not what the environment file
says now, and a failed rollback has nothing to roll back to.
"""

from collections.abc import Callable
from dataclasses import replace

from wrapper.delivery import recovery
from wrapper.delivery.applied import Applied
from wrapper.delivery.deferred_removals import Phases, agree_to_removals, apply_removals, foundation_phases
from wrapper.delivery.plans import NO_CHANGES, apply_last, apply_stack
from wrapper.delivery.roll_out import Candidate, roll_out
from wrapper.delivery.site import APP, FOUNDATION, Site, ensure_state_bucket
from wrapper.delivery.steps import protect_releases
from wrapper.delivery.verify import refuse_what_cannot_run
from wrapper.errors import RolloutError

Choose = Callable[[Site], Candidate]


def deliver(
    site: Site, choose: Choose, *, operation: str, foundation: bool = True, is_rollback: bool = False
) -> Applied:
    """Deploy what `choose` returns and verify it; the verdict may be bad, see `Applied.ok`.

    `operation` is what the lock says. Without `foundation` that stack is not changed: a saved plan has its
    own, and a rollback needs none.
    """
    if not is_rollback:
        refuse_what_cannot_run(site)
        ensure_state_bucket(site)
    with site.lock(operation):
        protect_releases(site)
        before, phases = NO_CHANGES, Phases(first="")
        if foundation:
            phases = agree_to_removals(site, foundation_phases(site))
            before = apply_stack(site, FOUNDATION, phases.first, beside=[APP])
        candidate = choose(site)
        try:
            applied = roll_out(site, candidate, before=before)
        except RolloutError:
            if not is_rollback:
                recovery.recover(site)
            raise
        if applied.ok:
            gone = apply_removals(site, phases) + apply_last(site, candidate.plans)
            return replace(applied, changes=applied.changes + gone.summary.total)
        if not is_rollback:
            recovery.recover(site)
    return applied
