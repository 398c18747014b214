"""The sandbox's access keys, and the secrets that are derived from them."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Keys:
    """The key pair that `sandbox up` has created, in a file that only its owner may read."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    def secret_of(self, key_id: str, session_token: str) -> str:
        """Return the secret of a key id: the sandbox's own, or that of a session, whose id is a role's name.

        "" for any other key.
        """
        return self.secret_access_key if key_id == self.access_key_id or session_token else ""

    @property
    def registry_password(self) -> str:
        """The password of GetAuthorizationToken. It is not the secret key, since image clients store it."""
        return hashlib.sha256(f"registry {self.secret_access_key}".encode()).hexdigest()
