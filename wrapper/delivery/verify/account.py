"""Whether the account, which no apply of an environment touches, is as the environment file wants it."""

from collections.abc import Iterator

from wrapper.delivery.account import copied_to
from wrapper.delivery.verify.finding import Finding, Scene, good, warning


def copies(scene: Scene) -> Iterator[Finding]:
    """Compare the regions that get copies of images with those that the registry copies to."""
    environment = scene.environment
    named, made = sorted(environment.images.replicas), sorted(copied_to(scene.aws, environment))
    if named == made:
        if named:
            yield good("images.replicas", "are copied to, as the account's registry is set up")
        return
    yield warning(
        "images.replicas",
        f"should be what the account's registry copies to, got {', '.join(named) or 'none'} in the file and "
        f"{', '.join(made) or 'none'} there.",
        f"python -m wrapper account {environment.called}",
    )
