"""Models: verified on disk, immutable in the bucket, trained once per input."""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from service.train import arguments, layout
from wrapper import model
from wrapper.aws.client import Aws
from wrapper.aws.objects import upload_once
from wrapper.environment import Columns, Model
from wrapper.errors import ArtifactError
from wrapper.model import artifact, store, training

FILES: Mapping[str, bytes] = {"items.bin": b"\x01\x02", "titles.json": b'["Heat"]'}
# A trainer with the real one's interface: it writes an artifact, or fails as its ratings say.
TRAINER = """
import argparse, hashlib, json, pathlib, sys
parser = argparse.ArgumentParser()
data = parser.add_mutually_exclusive_group(required=True)
data.add_argument("--ratings", type=pathlib.Path)
data.add_argument("--sample", action="store_true")
parser.add_argument("--keys")
for name in ("--out", "--name", "--version"):
    parser.add_argument(name, required=True)
options = parser.parse_args()
print("reading ratings", file=sys.stderr)
content = options.ratings.read_bytes() if options.ratings else b"sample"
if content == b"bad":
    sys.exit(f"{options.ratings}:3: rating must be a number, got 'x'")
if content == b"killed":
    sys.exit(7)
out = pathlib.Path(options.out)
out.mkdir(parents=True)
(out / "items.bin").write_bytes(content)
pin = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
manifest = {"name": options.name, "version": options.version, "files": {"items.bin": pin}}
(out / "manifest.json").write_text(json.dumps(manifest))
"""


def quiet(_: str) -> None:
    """A console without progress."""


def write_artifact(folder: Path, *, name: str = "films", version: str = "1", note: str = "") -> Path:
    pins = {
        file: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for file, data in FILES.items()
    }
    folder.mkdir(parents=True)
    for file, data in FILES.items():
        (folder / file).write_bytes(data)
    manifest = {"name": name, "version": version, "note": note, "files": pins}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid artifact, films/1."""
    return write_artifact(tmp_path / "artifact")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with a trainer and a ratings file."""
    package = tmp_path / "clone" / "service" / "train"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(TRAINER)
    (tmp_path / "clone" / "ratings.csv").write_bytes(b"1,2,3")
    return tmp_path / "clone"


@pytest.fixture
def bucket(aws: Aws) -> str:
    name = f"models-{uuid.uuid4().hex[:12]}"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def version_of(clone: Path) -> str:
    return training.derived_version(None, ratings="ratings.csv", root=clone)


def test_identity_is_the_manifests_sha256(folder: Path) -> None:
    """A model is identified by its label and the sha256 of its manifest's bytes."""
    identity = artifact.read(folder).identity
    assert identity.label == "films/1"
    assert identity.sha256 == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def test_read_refuses_a_folder_without_manifest(tmp_path: Path) -> None:
    """The message names the folder, and the command that publishes it as it is."""
    with pytest.raises(ArtifactError, match=r"with a manifest\.json, got none") as caught:
        artifact.read(tmp_path)
    assert str(caught.value.fix).endswith("python -m wrapper model publish ENV PATH --name NAME")


def test_read_refuses_a_changed_file(folder: Path) -> None:
    """A file with the right size and other bytes is named with both hashes."""
    (folder / "items.bin").write_bytes(b"\x01\x03")
    with pytest.raises(ArtifactError, match=r"items\.bin must have sha256 [0-9a-f]{64}, got [0-9a-f]{64}"):
        artifact.read(folder)


def test_read_names_every_problem(folder: Path) -> None:
    """A missing and a short file are in one message."""
    (folder / "items.bin").unlink()
    (folder / "titles.json").write_bytes(b"[]")
    with pytest.raises(ArtifactError) as caught:
        artifact.read(folder)
    assert "items.bin is missing." in caught.value.message
    assert "titles.json must have 8 bytes, got 2." in caught.value.message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "../1"}, "version"),
        ({"name": ""}, "name"),
        ({"files": {}}, "files"),
        ({"files": {"../x": {"sha256": "0" * 64, "bytes": 1}}}, "files"),
        ({"files": {"x": {"sha256": "0", "bytes": 1}}}, "files.x.sha256"),
    ],
)
def test_parse_refuses_a_bad_manifest(folder: Path, change: Mapping[str, object], said: str) -> None:
    """A name outside the model's prefix, and a file without a pin, are refused by their field."""
    manifest = json.loads((folder / "manifest.json").read_text()) | change
    with pytest.raises(ArtifactError, match=f"m is not a model's manifest\n  {said}"):
        artifact.parse(json.dumps(manifest).encode(), where="m")


def test_parse_refuses_what_is_not_json() -> None:
    """Half a manifest is not a manifest."""
    with pytest.raises(ArtifactError, match="m is not a model's manifest\n  content: Invalid JSON"):
        artifact.parse(b'{"name": ', where="m")


@pytest.mark.parametrize("uri", ["s3://bucket", "s3:///prefix", "https://bucket/prefix"])
def test_split_uri_refuses_what_names_no_prefix(uri: str) -> None:
    """A source must name a bucket and a prefix."""
    with pytest.raises(ArtifactError, match="s3://BUCKET/PREFIX, got"):
        store.split_uri(uri)


def test_train_command_names_the_ratings() -> None:
    """Its arguments are the file, the folder and the identity."""
    command = training.train_command(ratings="r.csv", out=Path("out"), name="films", version="1")
    assert command[1:] == [
        *("-m", "service.train", "--ratings", "r.csv"),
        *("--out", "out", "--name", "films", "--version", "1", "--keys", "model.columns"),
    ]


def test_train_command_says_how_ratings_are_read() -> None:
    """The environment's columns become the trainer's options, and its messages name their keys."""
    columns = Columns(user="who", item="2", header=False, encoding="latin-1")
    command = training.train_command(
        ratings="r.csv", out=Path("out"), name="films", version="1", columns=columns
    )
    asked = arguments.parse(command[3:], {})
    assert asked.columns == layout.Columns(
        user="who", item="2", header=False, encoding="iso8859-1", keys="model.columns"
    )


def test_train_command_without_ratings_takes_the_sample() -> None:
    """Without a ratings file it uses the generated sample."""
    assert "--sample" in training.train_command(ratings=None, out=Path("out"), name="films", version="1")


def test_derived_version_is_stable(clone: Path) -> None:
    """The same ratings and trainer give the same 12 hex digits."""
    assert version_of(clone) == version_of(clone)
    assert len(version_of(clone)) == 12


@pytest.mark.parametrize(
    "file", ["ratings.csv", "movies.csv", "service/train/__main__.py", "service/artifact.py"]
)
def test_derived_version_changes_with_its_inputs(clone: Path, file: str) -> None:
    """Other ratings, other titles or another trainer give another version."""
    before = version_of(clone)
    (clone / file).write_bytes(b"changed")
    assert version_of(clone) != before


def test_derived_version_changes_with_a_library(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release of a library may round differently; a missing one counts, too."""
    before = version_of(clone)
    monkeypatch.setattr(training, "LIBRARIES", ("implicit", "numpy", "no-such-library"))
    assert version_of(clone) != before


def test_derived_version_changes_with_the_files_name(clone: Path) -> None:
    """The manifest contains the name of the ratings file."""
    (clone / "other.csv").write_bytes((clone / "ratings.csv").read_bytes())
    assert training.derived_version(None, ratings="other.csv", root=clone) != version_of(clone)


def test_derived_version_ignores_other_files(clone: Path) -> None:
    """Files that the trainer doesn't read don't count."""
    before = version_of(clone)
    (clone / "service" / "app.py").write_bytes(b"changed")
    assert version_of(clone) == before


def test_derived_version_changes_with_the_columns(clone: Path) -> None:
    """Other columns of the same file give another model."""
    by_name = Columns(user="who")
    other = training.derived_version(None, ratings="ratings.csv", root=clone, columns=by_name)
    assert other != version_of(clone)


def test_derived_version_refuses_missing_ratings(clone: Path) -> None:
    """The message names a ratings file that was deleted."""
    with pytest.raises(ArtifactError, match=r"model\.ratings must be a file, got 'gone\.csv'"):
        training.derived_version(None, ratings="gone.csv", root=clone)


def test_predict_without_aws_knows_the_version(clone: Path) -> None:
    """Before any sandbox runs, a plan knows the version, but no sha256."""
    declared = Model(name="films", ratings="ratings.csv")
    predicted = model.predict(None, bucket="none", model=declared, root=clone)
    assert (predicted.version, predicted.sha256) == (version_of(clone), "")


def test_train_tells_the_trainers_own_reason(clone: Path, tmp_path: Path) -> None:
    """The trainer's message about bad data is shown: file, line, reason."""
    (clone / "ratings.csv").write_bytes(b"bad")
    with pytest.raises(ArtifactError, match=r"ratings\.csv:3: rating must be a number, got 'x'$"):
        run_trainer(clone, tmp_path / "out", quiet)


def test_train_tells_a_crash_with_its_last_lines(clone: Path, tmp_path: Path) -> None:
    """If a trainer ends in another way, its exit code and last lines are shown."""
    (clone / "ratings.csv").write_bytes(b"killed")
    with pytest.raises(ArtifactError, match="failed with exit code 7\n  reading ratings"):
        run_trainer(clone, tmp_path / "out", quiet)


def test_train_reports_progress(clone: Path, tmp_path: Path) -> None:
    """Every line of the trainer is shown as progress."""
    lines: list[str] = []
    run_trainer(clone, tmp_path / "out", lines.append)
    assert lines == ["reading ratings"]


def run_trainer(clone: Path, out: Path, progress: Callable[[str], None]) -> None:
    aws = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")
    training.train(
        aws, ratings="ratings.csv", out=out, name="films", version="1", root=clone, progress=progress
    )


@pytest.mark.slow
def test_publish_puts_every_file(aws: Aws, bucket: str, folder: Path) -> None:
    """After publishing, the bucket has the manifest and each file, byte for byte."""
    published = model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    assert store.find(aws, bucket=bucket, name="films", version="1") == published
    body = aws.s3.get_object(Bucket=bucket, Key="models/films/1/items.bin")["Body"].read()
    assert body == FILES["items.bin"]


@pytest.mark.slow
def test_publish_twice_changes_nothing(aws: Aws, bucket: str, folder: Path) -> None:
    """The same model is not uploaded again."""
    first = model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    lines: list[str] = []
    assert model.publish(aws, bucket=bucket, source=folder, progress=lines.append) == first
    assert lines == ["films/1 is already published"]


@pytest.mark.slow
def test_publish_refuses_to_change_a_version(aws: Aws, bucket: str, folder: Path, tmp_path: Path) -> None:
    """Other content under the same label is refused."""
    model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    other = write_artifact(tmp_path / "other", note="another")
    with pytest.raises(ArtifactError, match="is immutable: it is published with sha256"):
        model.publish(aws, bucket=bucket, source=other, progress=quiet)


@pytest.mark.slow
def test_upload_loses_against_a_faster_publisher(aws: Aws, bucket: str, folder: Path, tmp_path: Path) -> None:
    """The first manifest wins, even if both began while there was none."""
    other = artifact.read(write_artifact(tmp_path / "other", note="another"))
    model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    with pytest.raises(ArtifactError, match="immutable"):
        store.upload(aws, bucket=bucket, artifact=other, progress=quiet)


@pytest.mark.slow
def test_nothing_of_a_model_that_is_there_is_written_over(aws: Aws, bucket: str, folder: Path) -> None:
    """A task may be reading it: the later publisher overwrites nothing, and the manifest refuses it."""
    model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    key = "models/films/1/items.bin"
    aws.s3.put_object(Bucket=bucket, Key=key, Body=b"another")
    with pytest.raises(ArtifactError, match="is damaged"):
        store.upload(aws, bucket=bucket, artifact=artifact.read(folder), progress=quiet)
    assert aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"another"


@pytest.mark.slow
def test_a_large_file_is_written_where_nothing_is(aws: Aws, bucket: str, tmp_path: Path) -> None:
    """It is uploaded in parts: the condition is in the request that completes them."""
    path = tmp_path / "large"
    path.write_bytes(bytes(9 * 2**20))
    sent = []
    aws.s3.meta.events.register(
        "before-call.s3.CompleteMultipartUpload",
        lambda params, **_: sent.append(params["headers"].get("If-None-Match")),
    )
    assert upload_once(aws, bucket, "models/films/1/large", path, metadata={})
    assert sent == ["*"]


@pytest.mark.slow
def test_upload_goes_on_where_it_was_cut(aws: Aws, bucket: str, folder: Path) -> None:
    """Without a manifest there is no model; files that were uploaded before are kept."""
    key = "models/films/1/items.bin"
    pin = hashlib.sha256(FILES["items.bin"]).hexdigest()
    aws.s3.put_object(Bucket=bucket, Key=key, Body=FILES["items.bin"], Metadata={"sha256": pin})
    before = aws.s3.head_object(Bucket=bucket, Key=key)["LastModified"]
    assert store.find(aws, bucket=bucket, name="films", version="1") is None
    model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    assert store.find(aws, bucket=bucket, name="films", version="1")
    assert aws.s3.head_object(Bucket=bucket, Key=key)["LastModified"] == before


@pytest.mark.slow
def test_upload_replaces_a_file_of_another_attempt(aws: Aws, bucket: str, folder: Path) -> None:
    """A file from an upload of other content is uploaded again."""
    key = "models/films/1/items.bin"
    aws.s3.put_object(Bucket=bucket, Key=key, Body=b"xx", Metadata={"sha256": "0" * 64})
    model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    assert aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == FILES["items.bin"]


@pytest.mark.slow
def test_publish_copies_from_another_prefix(aws: Aws, bucket: str, folder: Path) -> None:
    """A source under s3:// is downloaded, verified and uploaded to its place."""
    for file in folder.iterdir():
        aws.s3.upload_file(str(file), bucket, f"incoming/{file.name}")
    published = model.publish(aws, bucket=bucket, source=f"s3://{bucket}/incoming", progress=quiet)
    assert published == artifact.read(folder).identity


@pytest.mark.slow
def test_publish_refuses_a_damaged_prefix(aws: Aws, bucket: str, folder: Path) -> None:
    """The message names the file that is missing under s3://, and nothing is published."""
    aws.s3.upload_file(str(folder / "manifest.json"), bucket, "incoming/manifest.json")
    with pytest.raises(ArtifactError, match=r"items\.bin is missing"):
        model.publish(aws, bucket=bucket, source=f"s3://{bucket}/incoming", progress=quiet)
    assert store.find(aws, bucket=bucket, name="films", version="1") is None


@pytest.mark.slow
def test_publish_refuses_an_empty_prefix(aws: Aws, bucket: str) -> None:
    """The message names the prefix without a manifest."""
    with pytest.raises(ArtifactError, match=r"must hold a manifest\.json, got none"):
        model.publish(aws, bucket=bucket, source=f"s3://{bucket}/nothing", progress=quiet)


@pytest.mark.slow
def test_find_refuses_a_model_that_lost_a_file(aws: Aws, bucket: str, folder: Path) -> None:
    """A file that was deleted by hand is found before a task needs it."""
    model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    aws.s3.delete_object(Bucket=bucket, Key="models/films/1/items.bin")
    with pytest.raises(ArtifactError, match=r"is damaged: items\.bin"):
        store.find(aws, bucket=bucket, name="films", version="1")


@pytest.mark.slow
def test_find_refuses_another_model_under_the_name(aws: Aws, bucket: str, folder: Path) -> None:
    """A folder that was renamed in the bucket is not that version."""
    manifest = (folder / "manifest.json").read_bytes()
    aws.s3.put_object(Bucket=bucket, Key="models/films/2/manifest.json", Body=manifest)
    with pytest.raises(ArtifactError, match="must hold films/2, got films/1"):
        store.find(aws, bucket=bucket, name="films", version="2")


@pytest.fixture
def keras(tmp_path: Path) -> Path:
    """A folder as TensorFlow saves one, with a folder in it."""
    folder = tmp_path / "saved"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(b"weights")
    return folder


def test_any_file_is_published_by_a_name(aws: Aws, bucket: str, tmp_path: Path) -> None:
    """Its content is not read: the manifest has size and sha256, and it has a name and a version."""
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04K\x01.")
    published = model.publish(
        aws, bucket=bucket, source=tmp_path / "model.pkl", name="iris", version="2", progress=quiet
    )
    assert published.label == "iris/2"
    assert store.find(aws, bucket=bucket, name="iris", version="2") == published
    content = aws.s3.get_object(Bucket=bucket, Key="models/iris/2/manifest.json")["Body"].read()
    pins = {"model.pkl": {"sha256": hashlib.sha256(b"\x80\x04K\x01.").hexdigest(), "bytes": 5}}
    assert json.loads(content)["files"] == pins
    assert not (tmp_path / "manifest.json").exists()


def test_any_folder_is_published_whole(aws: Aws, bucket: str, keras: Path, tmp_path: Path) -> None:
    """Files in folders keep their paths, in the bucket and in a copy of it."""
    published = model.publish(aws, bucket=bucket, source=keras, name="tf", progress=quiet)
    key = f"models/{published.label}/variables/variables.data-00000-of-00001"
    assert aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"weights"
    store.download(aws, source=f"s3://{bucket}/models/{published.label}", folder=tmp_path, progress=quiet)
    assert artifact.read(tmp_path).identity == published


def test_version_follows_from_the_files(keras: Path, tmp_path: Path) -> None:
    """The same files give the same version, in any folder; another byte gives another one."""
    first = artifact.pack(keras, name="tf", version=None).identity
    keras.rename(tmp_path / "elsewhere")
    assert artifact.pack(tmp_path / "elsewhere", name="tf", version=None).identity == first
    (tmp_path / "elsewhere" / "saved_model.pb").write_bytes(b"Graph")
    assert artifact.pack(tmp_path / "elsewhere", name="tf", version=None).identity.version != first.version


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda path: None, "is missing"),
        (lambda path: path.mkdir(), "must hold at least 1 file, got none"),
        (
            lambda path: path.mkdir() or (path / "manifest.json").mkdir() or (path / "a\tb").touch(),
            "printable",
        ),
        (
            lambda path: path.mkdir() or (path / "best").symlink_to("/"),
            "must hold files and folders, got a link",
        ),
        (
            lambda path: path.mkdir() or (path / "gone").symlink_to("nowhere"),
            "gone must be readable, got: No such file or directory",
        ),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, prepare: Callable[[Path], object], message: str) -> None:
    """It is missing or empty, has a name that no key can have, or contains a link."""
    prepare(tmp_path / "model")
    with pytest.raises(ArtifactError, match=message):
        artifact.pack(tmp_path / "model", name="iris", version="1")


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a//b", "a/./b", ""])
def test_manifest_leads_nowhere_but_below_its_folder(path: str) -> None:
    """Somebody else's manifest can't write files outside its folder."""
    pin = {"sha256": "0" * 64, "bytes": 1}
    content = json.dumps({"name": "a", "version": "1", "files": {path: pin}}).encode()
    with pytest.raises(ArtifactError, match="must be a printable path below the folder"):
        artifact.parse(content, where="m")


def test_trained_model_keeps_its_own_name(aws: Aws, bucket: str, folder: Path) -> None:
    """A folder with a manifest keeps the name in it, whatever it should be called."""
    with pytest.raises(ArtifactError, match="must be iris/1, got films/1"):
        model.publish(aws, bucket=bucket, source=folder, name="iris", progress=quiet)


def test_ensure_publishes_a_file_by_its_content(aws: Aws, bucket: str, clone: Path) -> None:
    """Without a version, the source's bytes give the version: another file is another one; nothing trains."""
    (clone / "model.onnx").write_bytes(b"one")
    declared = Model(name="iris", source="model.onnx")
    expected = model.predict(aws, bucket=bucket, model=declared, root=clone)
    first = model.ensure(aws, bucket=bucket, model=declared, root=clone, progress=quiet)
    assert first.label == expected.label
    (clone / "model.onnx").write_bytes(b"two")
    second = model.ensure(aws, bucket=bucket, model=declared, root=clone, progress=quiet)
    assert second.version != first.version
    assert set(model.versions(aws, bucket=bucket, name="iris")) == {first, second}


@pytest.mark.slow
def test_publish_into_a_missing_bucket_is_told_by_s3(aws: Aws, folder: Path) -> None:
    """The transfer library wraps S3's error; the message has S3's own words."""
    with pytest.raises(ArtifactError, match="s3 PutObject failed with NoSuchBucket"):
        model.publish(aws, bucket="no-such-bucket-at-all", source=folder, progress=quiet)


@pytest.mark.slow
def test_find_without_a_bucket_is_none(aws: Aws) -> None:
    """Before the foundation is applied, nothing is published."""
    assert store.find(aws, bucket="no-such-bucket-at-all", name="films", version="1") is None


@pytest.mark.slow
def test_ensure_trains_what_is_absent(aws: Aws, bucket: str, clone: Path) -> None:
    """A model with ratings is trained and published under its derived version."""
    declared = Model(name="films", ratings="ratings.csv")
    trained = model.ensure(aws, bucket=bucket, model=declared, root=clone, progress=quiet)
    assert trained.version == version_of(clone)
    assert model.predict(aws, bucket=bucket, model=declared, root=clone) == trained


@pytest.mark.slow
def test_ensure_twice_trains_once(aws: Aws, bucket: str, clone: Path) -> None:
    """A published version is not trained again."""
    declared = Model(name="films", ratings="ratings.csv")
    model.ensure(aws, bucket=bucket, model=declared, root=clone, progress=quiet)
    lines: list[str] = []
    model.ensure(aws, bucket=bucket, model=declared, root=clone, progress=lines.append)
    assert lines == [f"films/{version_of(clone)} is already published"]


@pytest.mark.slow
def test_ensure_publishes_the_source(aws: Aws, bucket: str, folder: Path, tmp_path: Path) -> None:
    """A declared version that isn't published yet comes from its source."""
    declared = Model(name="films", version="1", source=str(folder))
    published = model.ensure(aws, bucket=bucket, model=declared, root=tmp_path, progress=quiet)
    assert published == artifact.read(folder).identity


@pytest.mark.slow
def test_ensure_refuses_a_source_of_another_version(
    aws: Aws, bucket: str, folder: Path, tmp_path: Path
) -> None:
    """The source must be the version that the environment declares."""
    declared = Model(name="films", version="2", source=str(folder))
    with pytest.raises(ArtifactError, match=r"model\.source must be films/2, got films/1"):
        model.ensure(aws, bucket=bucket, model=declared, root=tmp_path, progress=quiet)


@pytest.mark.slow
def test_ensure_of_an_unpublished_version_says_how_to_publish(aws: Aws, bucket: str, tmp_path: Path) -> None:
    """The message has the command that publishes the version."""
    declared = Model(name="films", version="9")
    with pytest.raises(ArtifactError, match="films/9") as caught:
        model.ensure(aws, bucket=bucket, model=declared, root=tmp_path, progress=quiet)
    assert "model publish" in str(caught.value.fix)


@pytest.mark.slow
def test_versions_are_those_with_a_manifest(aws: Aws, bucket: str, folder: Path) -> None:
    """An incomplete upload is not a version."""
    model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    aws.s3.put_object(Bucket=bucket, Key="models/films/2/items.bin", Body=b"")
    assert [found.version for found in model.versions(aws, bucket=bucket, name="films")] == ["1"]


FOLLOWED = Model(name="films", follow=True)


@pytest.mark.slow
def test_first_apply_of_a_follower_writes_the_pointer(aws: Aws, bucket: str, clone: Path) -> None:
    """The first model is trained here; from then on the pointer decides, whatever is in the clone."""
    assert model.pointed(aws, bucket=bucket, name="films") is None
    first = model.ensure(aws, bucket=bucket, model=FOLLOWED, root=clone, progress=quiet)
    assert model.pointed(aws, bucket=bucket, name="films") == first
    (clone / "service" / "train" / "new.py").touch()
    assert model.ensure(aws, bucket=bucket, model=FOLLOWED, root=clone, progress=quiet) == first
    assert model.predict(aws, bucket=bucket, model=FOLLOWED, root=clone) == first


@pytest.mark.slow
def test_pointer_can_be_moved_to_what_is_published_only(
    aws: Aws, bucket: str, folder: Path, clone: Path
) -> None:
    """For another version the message has the published ones, and the pointer is unchanged."""
    one = model.publish(aws, bucket=bucket, source=folder, progress=quiet)
    assert model.repoint(aws, bucket=bucket, name="films", version="1") == one
    with pytest.raises(ArtifactError, match="must have films/2 to point to it, but has only: 1"):
        model.repoint(aws, bucket=bucket, name="films", version="2")
    assert model.ensure(aws, bucket=bucket, model=FOLLOWED, root=clone, progress=quiet) == one


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "must hold a version and its manifest_sha256, got"),
        (json.dumps({"version": "9", "manifest_sha256": "a" * 64}).encode(), "must name a published version"),
    ],
)
def test_bad_pointer_is_told_before_a_task_starts(
    aws: Aws, bucket: str, clone: Path, content: bytes, said: str
) -> None:
    """A new task would end at once; the fix is the command that writes a valid pointer."""
    aws.s3.put_object(Bucket=bucket, Key="models/films/current.json", Body=content)
    with pytest.raises(ArtifactError, match=said) as refused:
        model.ensure(aws, bucket=bucket, model=FOLLOWED, root=clone, progress=quiet)
    assert refused.value.fix == "python -m wrapper model point ENV films/VERSION"
