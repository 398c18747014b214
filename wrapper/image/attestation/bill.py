"""The bill of materials of an image: its locked packages and its base, as CycloneDX 1.6.

The contents of the base are not listed: only its own bill of materials can do that.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wrapper.environment import Image as Source

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<marker>[^\\]+?))?\s*\\?$"
)
_LONGEST = 1 << 22  # bytes; real lock files are shorter
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


class Package(NamedTuple):
    """A locked Python package."""

    name: str
    version: str


def packages(lock: Path, source: Source) -> list[Package]:
    """Return the packages that a lock file pins for the image's platform; none if it is no lock file."""
    from packaging.markers import Marker  # not at each command's start

    if not lock.is_file() or lock.stat().st_size > _LONGEST:
        return []
    platform = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"}
    platform["platform_machine"] = _MACHINES[source.architecture]
    found = (_PINNED.match(line) for line in lock.read_text("utf-8", errors="replace").splitlines())
    return [
        Package(each["name"], each["version"])
        for each in found
        if each and (not each["marker"] or Marker(each["marker"]).evaluate(platform))
    ]


def bill(found: Sequence[Package], bases: Sequence[str], *, repository_url: str, digest: str) -> bytes:
    """Return the JSON document for the image `repository_url@digest`."""
    # This import is slow, and few commands build an image.
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    name = repository_url.partition("/")[2]
    url = PackageURL(
        "oci", None, name.rpartition("/")[2], digest, qualifiers={"repository_url": repository_url}
    )
    image = Component(type=ComponentType.CONTAINER, name=name, version=digest, purl=url, bom_ref=str(url))
    parts = [_base(base) for base in bases]
    for package in sorted(set(found)):
        of_pypi = PackageURL("pypi", None, package.name.lower(), package.version)
        parts.append(
            Component(name=package.name, version=package.version, purl=of_pypi, bom_ref=str(of_pypi))
        )
    bom = Bom(components=parts)
    bom.metadata.component = image
    bom.register_dependency(image, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2).encode()


def _base(reference: str) -> "Component":
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    tagged, _, digest = reference.partition("@")
    name, _, tag = tagged.rpartition(":") if ":" in tagged.rpartition("/")[2] else (tagged, "", "latest")
    qualifiers = {"tag": tag} if digest else {}
    url = PackageURL("docker", None, name, digest or tag, qualifiers=qualifiers)
    return Component(
        type=ComponentType.CONTAINER, name=name, version=digest or tag, purl=url, bom_ref=str(url)
    )
