"""One document about an image."""

from dataclasses import dataclass

# What registries know each kind by.
MEDIA_TYPES = {"sbom": "application/vnd.cyclonedx+json", "provenance": "application/vnd.in-toto+json"}
SBOM, PROVENANCE = MEDIA_TYPES


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """`kind` is SBOM or PROVENANCE, `content` the JSON document's bytes."""

    kind: str
    content: bytes

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]
