"""The attestations of an image: its bill of materials (CycloneDX) and its provenance (SLSA).

Neither is signed: they are as trustworthy as the bucket and the registry that store them.
"""

from wrapper.image.attestation.attached import attach
from wrapper.image.attestation.build import Build, attest
from wrapper.image.attestation.document import PROVENANCE, SBOM, Attestation
from wrapper.image.attestation.store import copy, find, save

__all__ = ["PROVENANCE", "SBOM", "Attestation", "Build", "attach", "attest", "copy", "find", "save"]
