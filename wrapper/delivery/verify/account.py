"""Whether the account, which no apply of an environment changes, is as the environment file requires."""

from collections.abc import Iterator

from wrapper.delivery.account import copied_to
from wrapper.delivery.verify.finding import Finding, Scene, good, warning


def copies(scene: Scene) -> Iterator[Finding]:
    """Compare the regions for copies of images with those to which the registry replicates."""
    environment = scene.environment
    named, made = sorted(environment.images.replicas), sorted(copied_to(scene.aws, environment))
    if named == made:
        if named:
            yield good("images.replicas", "are the ones that the account's registry copies to")
        return
    yield warning(
        "images.replicas",
        f"should be what the account's registry copies to, got {', '.join(named) or 'none'} in the file and "
        f"{', '.join(made) or 'none'} there.",
        f"python -m wrapper account {environment.called}",
    )
