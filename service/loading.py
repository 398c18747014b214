"""Load the model: once if it is pinned, and again whenever the pointer names another if it is followed."""

import asyncio
import hashlib
import random
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from service.artifact_format import MANIFEST, SERVED, Name, Sha256, parse_manifest
from service.errors import ArtifactError, ServiceError, StoreError
from service.log import logger
from service.model import Model
from service.settings import Settings
from service.store import Store, open_store
from service.transfer import joined

POINTER = "current.json"


class Pointer(BaseModel):
    """models/<name>/current.json: the version that following servers must serve."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Name
    manifest_sha256: Sha256


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The version that the pointer names, if it is not served, and why."""

    version: str
    code: str
    message: str


@dataclass
class Current:
    """What is served now. Only the event loop's thread writes; assigning `model` switches the model.

    `loaded_at` is in seconds since 1970.
    """

    model: Model | None = None
    refusal: Refusal | None = None
    loads: dict[str, int] = field(default_factory=lambda: {"loaded": 0, "refused": 0, "failed": 0})
    loaded_at: float = 0.0


def load(store: Store, folder: str = "", *, sha256: str | None = None) -> Model:
    """Read, verify and map the model in a store's folder.

    `sha256` is the expected one of its manifest, if known. Raises ArtifactError for a model that is damaged
    or another one, and StoreError for one that cannot be read.
    """
    content = store.read(joined(folder, MANIFEST))
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise ArtifactError(f"{MANIFEST} must have the sha256 {sha256}, got {found}.")
    manifest = parse_manifest(content)
    files = store.fetch(folder, {name: manifest.files[name] for name in SERVED})
    return Model(manifest=manifest, sha256=found, files=files)


def read_pointer(store: Store) -> Pointer:
    """Read the pointer. Raises ArtifactError if it is malformed, and StoreError if it cannot be read."""
    content = store.read(POINTER)
    try:
        return Pointer.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in problem["loc"]) or "content"
        raise ArtifactError(f"{POINTER}: {path} is wrong: {problem['msg']}.") from None


def load_pointed(store: Store, pointer: Pointer) -> Model:
    """Load the version that the pointer names; raises as `load` does, also for another version's manifest."""
    model = load(store, pointer.version, sha256=pointer.manifest_sha256)
    if model.manifest.version != pointer.version:
        raise ArtifactError(f"{MANIFEST}: version must be {pointer.version}, got {model.manifest.version}.")
    return model


def load_first(settings: Settings) -> Model:
    """Load the pinned model, or the one that the pointer names now. Raises as `load` does."""
    started = time.monotonic()
    store = open_store(settings.model_uri, settings.store)
    if settings.model_mode == "pinned":
        model = load(store, sha256=settings.model_sha256)
    else:
        pointer = read_pointer(store)
        model = load_pointed(store, pointer)
    _log_loaded(model, time.monotonic() - started)
    return model


async def supply(settings: Settings, current: Current, first: Future[Model], pool: Executor) -> None:
    """Serve the first model as soon as it is loaded; in the mode `follow`, then what the pointer names."""
    install(current, await asyncio.wrap_future(first))
    if settings.model_mode == "follow":
        await follow(settings, current, pool, open_store(settings.model_uri, settings.store))


async def follow(settings: Settings, current: Current, pool: Executor, store: Store) -> None:
    """Read the pointer every `poll_seconds` and switch the model when it names another; never returns.

    `pool` does the reading: a download and its hashes must not delay a request. A model that cannot be read
    is tried again at the next poll. After any other error the model is refused, and not tried again until
    the pointer changes. Meanwhile the model in `current` is served.
    """
    loop = asyncio.get_running_loop()
    refused: Pointer | None = None
    while True:
        # Jitter, so that the tasks do not poll, download and switch at the same moment.
        await asyncio.sleep(settings.poll_seconds * random.uniform(0.8, 1.2))
        wanted: Pointer | None = None
        try:
            wanted = await loop.run_in_executor(pool, read_pointer, store)
            if wanted == refused:
                continue
            if current.model is None or wanted.manifest_sha256 != current.model.sha256:
                started = time.monotonic()
                model = await loop.run_in_executor(pool, load_pointed, store, wanted)
                install(current, model)
                _log_loaded(model, time.monotonic() - started)
            current.refusal = refused = None
        except StoreError as error:
            refused = None
            _refuse(current, wanted, error, "failed")
        except Exception as error:  # Whatever a load raises, the old model must continue to answer.
            refused = wanted
            _refuse(current, wanted, error, "refused")


def install(current: Current, model: Model) -> None:
    """Serve this model from the next request on; the old one is unmapped when its last answer is sent."""
    current.model = model
    current.loaded_at = time.time()
    current.loads["loaded"] += 1


def _refuse(current: Current, wanted: Pointer | None, error: Exception, outcome: str) -> None:
    code, bug = (error.code, None) if isinstance(error, ServiceError) else ("bug", error)
    refusal = Refusal(
        version=wanted.version if wanted else POINTER, code=code, message=str(error) or type(error).__name__
    )
    current.loads[outcome] += 1
    # The same error at every poll is one line, not one every ten seconds.
    if refusal != current.refusal:
        kept = current.model.label if current.model else None
        fields = {"version": refusal.version, "error": code, "message": refusal.message, "serving": kept}
        logger.error("model_refused", exc_info=bug, extra={"fields": fields})
    current.refusal = refusal


def _log_loaded(model: Model, seconds: float) -> None:
    fields = {"model": model.label, "model_sha256": model.sha256, "seconds": round(seconds, 3)}
    logger.info("model_loaded", extra={"fields": fields})
