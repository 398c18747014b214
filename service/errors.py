"""What can fail outside a request, one class per cause.

ServiceError
├── SettingsError     an environment variable is wrong
├── ArtifactError     the model is damaged, empty or of another format; trying again does not help
│   └── DamagedError  … and that showed only when an answer was made of it
└── StoreError        the model could not be read
    ├── MissingError      it is not there, or this task may not read it; trying again does not help
    ├── UnavailableError  slow, throttled or down; worth another try
    └── DiskError         the local disk is full or refuses to be written
"""


class ServiceError(Exception):
    """Say what happened; `code` is the word a log line carries."""

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
