"""The errors outside a request, one class per cause.

ServiceError
├── SettingsError     an environment variable is wrong
├── ArtifactError     the model is damaged, empty or of another format; trying again does not help
│   └── DamagedError  the same, found only when a request needed the damaged part
└── StoreError        the model could not be read
    ├── MissingError      it does not exist, or this task may not read it; trying again does not help
    ├── UnavailableError  slow, throttled or down; worth another try
    └── DiskError         the local disk is full or cannot be written
"""


class ServiceError(Exception):
    """A message for people; `code` is the word for programs, in log lines and answers."""

    code = "failed"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(ServiceError):
    code = "invalid_settings"


class ArtifactError(ServiceError):
    code = "invalid_model"


class DamagedError(ArtifactError):
    pass


class StoreError(ServiceError):
    code = "store_failed"


class MissingError(StoreError):
    code = "model_not_found"


class UnavailableError(StoreError):
    code = "store_unavailable"


class DiskError(StoreError):
    code = "disk_failed"
