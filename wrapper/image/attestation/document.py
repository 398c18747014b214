"""One document about an image."""

import json
from dataclasses import dataclass

# What registries know each kind by.
MEDIA_TYPES = {"sbom": "application/vnd.cyclonedx+json", "provenance": "application/vnd.in-toto+json"}
SBOM, PROVENANCE = MEDIA_TYPES
# By what a document says that it is of its kind.
_MARKS = {SBOM: ("bomFormat", "CycloneDX"), PROVENANCE: ("_type", "https://in-toto.io/Statement/v1")}


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """`kind` is SBOM or PROVENANCE, `content` the JSON document's bytes."""

    kind: str
    content: bytes

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]

    @property
    def is_whole(self) -> bool:
        """Say whether it can be read, and is of its kind."""
        try:
            document = json.loads(self.content)
        except (ValueError, RecursionError):
            return False
        key, value = _MARKS[self.kind]
        return isinstance(document, dict) and document.get(key) == value
