"""The sandbox's secret: what signs a call, and what is shown of it."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Keys:
    """The pair that `up` has made, kept in a file that only its owner reads."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    def secret_of(self, key_id: str, session_token: str) -> str:
        """Return what a key signs with: the sandbox's own, and every session's, which is called like a role.

        Nothing for any other key.
        """
        return self.secret_access_key if key_id == self.access_key_id or session_token else ""

    @property
    def registry_password(self) -> str:
        """What GetAuthorizationToken hands out: image clients keep it in files, so it is no key."""
        return hashlib.sha256(f"registry {self.secret_access_key}".encode()).hexdigest()
