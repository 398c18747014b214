"""The stacks' inputs: every declared variable, every value as it is, in terraform fmt's layout."""

import base64
import json
import os
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment as Templates
from jinja2 import StrictUndefined, UndefinedError

from tests.sample import ENVIRONMENTS
from tests.wrapper import hcl
from wrapper.delivery import tfvars
from wrapper.delivery.contents import Contents, stand_in
from wrapper.delivery.sources import sources
from wrapper.environment import Environment, GitHub, load
from wrapper.environment.release import JobRelease, ModelVersion, ServiceRelease
from wrapper.terraform.outputs import Bucket

CLONE = Path(__file__).parents[2]
STACKS = CLONE / "terraform" / "stacks"
MODULES = CLONE / "terraform" / "modules"
NAMES = sorted(path.stem for path in ENVIRONMENTS.glob("*.yaml"))
BUCKET = Bucket(arn="arn:aws:s3:::models", name="models")
MODEL = ModelVersion(name="movielens", version="1", sha256="0" * 64)

JOBS = """jobs={
  created: {image: {context: .}, size: {cpu: 256, memory: 512}, environment: {A: x}, command: [--all],
    trigger: {object_created: {prefix: ratings/, suffix: .csv, variable: RATINGS_URI}},
    permissions: {read: [ratings/], write: [models/films/, "s3://else/where/"]}},
  nightly: {image: {service: recommender}, size: {cpu: 256, memory: 512},
    trigger: {schedule: {expression: "cron(0 3 * * ? *)", timezone: Europe/Berlin}}},
  told: {image: {service: recommender}, size: {cpu: 256, memory: 512},
    trigger: {event: {pattern: {source: [shop]}, variables: {WHO: $.detail.who}}}},
  by-hand: {image: {service: recommender}, size: {cpu: 256, memory: 512}}}"""

EXISTING = (
    "alb={existing: {load_balancer_arn: a, listener_arn: b, security_group_id: c, url: d}}",
    "cluster={existing: {cluster_name: company}}",
    "models={existing: {bucket: company-models}}",
    "services.recommender.image.existing={repository_name: company/recommender}",
)

needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None,
    reason="terraform is not on PATH: nothing can say how it reads the text",
)


def release(model: ModelVersion | None = MODEL) -> ServiceRelease:
    image = f"registry.example/films@sha256:{'0' * 64}"
    return ServiceRelease(image=image, repository_arn=None, model=model, desired_count=2)


def environment(name: str = "dev", *overrides: str) -> Environment:
    return load(name, directory=ENVIRONMENTS, overrides=overrides)


def rendered(environment: Environment, stack: str) -> str:
    if stack == "foundation":
        return tfvars.render_foundation(environment)
    if stack == "github":
        return tfvars.render_github(environment, GitHub(repository="example/shop"))
    releases = dict.fromkeys(environment.services, release())
    jobs = {name: JobRelease(image=release().image, repository_arn=None) for name in environment.jobs}
    contents = Contents(images={}, releases=releases, jobs=jobs, model_bucket=BUCKET)
    return tfvars.render_app(environment, contents)


def terraform(*arguments: str, folder: Path, text: str = "") -> str:
    # The user's own CLI configuration may be missing or print warnings, so it is not read.
    process = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def evaluated(expression: str, *, folder: Path) -> Any:
    """Let Terraform evaluate an expression in a folder with variables and terraform.tfvars."""
    # The console prints HCL with quotes; Base64 needs none.
    answer = terraform("console", folder=folder, text=f"base64encode(jsonencode({expression}))\n")
    return json.loads(base64.b64decode(answer))


@pytest.mark.parametrize("stack", ["foundation", "app"])
@pytest.mark.parametrize("name", NAMES)
def test_rendered_names_are_the_declared_variables(name: str, stack: str) -> None:
    """Each stack gets all of its variables and no others."""
    text = rendered(environment(name), stack) + tfvars.render_import_ids(["/ecs/shop-dev/web"])
    if stack == "foundation":
        text += tfvars.render_deferred_removals(
            repositories=["films"], models=True
        ) + tfvars.render_pending_repositories(["films"])
    assert sorted(hcl.values(text)) == sorted(hcl.variables(STACKS / stack))


def declared(stack: str) -> dict[str, Any]:
    """Return the types of a stack's variables, with those of the modules for an `any`."""
    types = dict(hcl.variables(STACKS / stack))
    if stack == "app":
        types |= {"services": ("map", service_type()), "jobs": ("map", job_type())}
    return types


def service_type() -> dict[str, Any]:
    """Return the type of a service: what the modules take, and what the stack itself reads."""
    task, group = (hcl.variables(MODULES / name) for name in ("ecs_service", "target_group"))
    [(_, route)] = [hcl.variables(MODULES / "routes")["routes"]]
    alarms = hcl.variables(MODULES / "alarms")["alarms"]
    own = {"name": "string", "version": "string", "sha256": "string", "follow": "bool"}
    rollout = dict(task["rollout"])
    _, slot = rollout.pop("slots").type
    whole = {
        "desired_count": slot["desired_count"].type,
        "limits": slot["limits"].type,
        "scaling": task["scaling"],
        "size": task["size"],
        "capacity": task["platform"]["capacity"].type,
        "protocol": group["protocol"],
        "health": task["health"] | group["health"],
        "rollout": rollout | group["rollout"],
        "route": route,
        "alarms": alarms | {"rollback": hcl.Attribute("bool", optional=True)},
        "model": {
            **{key: hcl.Attribute(type_, optional=False) for key, type_ in own.items()},
            "files": hcl.Attribute(
                {key: hcl.Attribute("string", optional=False) for key in ("image", "path")}, True
            ),
        },
    }
    made = ("told", "readable_objects", "mounts")  # by the stack
    given = {key: task["container"][key] for key in task["container"] if key not in made}
    return given | {key: hcl.Attribute(type_, optional=False) for key, type_ in whole.items()}


def job_type() -> dict[str, Any]:
    """Return the type of a job: what the modules take."""
    task, alarms = hcl.variables(MODULES / "job"), hcl.variables(MODULES / "job_alarms")["alarms"]
    whole = {"size": task["size"], "triggers": task["triggers"], "alarms": alarms}
    given = {
        key: task["container"][key] for key in task["container"] if key not in ("told", "read_only_root")
    }
    return given | {key: hcl.Attribute(type_, optional=False) for key, type_ in whole.items()}


@pytest.mark.parametrize("stack", ["foundation", "app"])
@pytest.mark.parametrize("name", NAMES)
def test_rendered_attributes_are_declared(name: str, stack: str) -> None:
    """A misspelt attribute at any depth would be dropped silently by Terraform."""
    types = declared(stack)
    text = rendered(environment(name), stack)
    if stack == "foundation":
        text += tfvars.render_deferred_removals(repositories=["films"], models=True)
        text += tfvars.render_pending_repositories(["films"])
    values = hcl.values(text)
    assert not [fault for key, value in values.items() for fault in hcl.mismatches(value, types[key], key)]


def test_every_declared_attribute_of_a_service_is_rendered() -> None:
    """A key that the template lacks would always keep the module's default."""
    service = service_type()
    given = hcl.values(rendered(environment(), "app"))["services"]["recommender"]
    assert sorted(given) == sorted(service)
    # Slots exist only with a second version, and some keys only for a variant.
    assert sorted([*service, "slots", "variant"]) == known("services.tf", "_no_service")
    for block in ("size", "scaling", "health", "rollout", "route", "logs", "alarms", "model", "capacity"):
        assert sorted(given[block]) == sorted(service[block].type)


@pytest.mark.parametrize("stack", ["foundation", "app"])
def test_every_declared_attribute_of_a_job_is_rendered(stack: str) -> None:
    """Jobs of each kind together use all of the stack's keys, and no others."""
    types = declared(stack)
    values = hcl.values(rendered(environment("dev", JOBS), stack))
    assert not [fault for key, value in values.items() for fault in hcl.mismatches(value, types[key], key)]
    if stack == "app":
        _, job = types["jobs"]
        triggers = [trigger for each in values["jobs"].values() for trigger in each["triggers"]]
        assert all(sorted(each) == sorted(job) for each in values["jobs"].values())
        assert sorted(job) == known("jobs.tf", "_no_job")
        assert {key for each in triggers for key in each} == set(job["triggers"].type[1])


def known(file: str, local: str) -> list[str]:
    """Return the keys that the stack app allows for a service or a job."""
    [block] = re.findall(rf"^  {local} = {{\n(.*?)^  }}", (STACKS / "app" / file).read_text(), re.M | re.S)
    return re.findall(r"^    (\w+) +=", block, re.MULTILINE)


@pytest.mark.parametrize(
    "block", ["health", "rollout", "size", "scaling", "route", "logs", "alarms", "capacity"]
)
def test_blocks_of_a_service_are_passed_on_whole(block: str) -> None:
    """The template names no key inside a block, so a new one needs no change."""
    template = Path(tfvars.__file__).with_name("templates").joinpath("app.tfvars.j2").read_text("utf-8")
    assert f"    {block} = {{{{ service.{block} | hcl(4" in template
    assert f"service.{block}." not in template


def test_jobs_permissions_are_those_of_a_bucket() -> None:
    """A prefix alone is one of the model bucket."""
    job = hcl.values(rendered(environment("dev", JOBS), "app"))["jobs"]["created"]
    assert job["permissions"]["write"] == [
        {"bucket_arn": "arn:aws:s3:::models", "prefix": "models/films/"},
        {"bucket_arn": "arn:aws:s3:::else", "prefix": "where/"},
    ]


def test_foundation_gets_built_jobs_only() -> None:
    """A job with a service's image has no repository; one that waits for objects enables the events."""
    values = hcl.values(rendered(environment("dev", JOBS), "foundation"))
    assert (values["jobs"], values["model_events"]) == ({"created": {}}, True)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"sizes": {}}, "x.sizes is not declared"),
        ({"size": {"cpu": 1.0, "memroy": 2.0}}, "x.size.memroy is not declared"),
        ({"size": {}}, "x.size.cpu is missing"),
        ({"size": {"cpu": "1"}}, "x.size.cpu is no number"),
    ],
)
def test_comparison_sees_what_terraform_would_not(tmp_path: Path, value: object, fault: str) -> None:
    """It finds a misspelt, a missing and a mistyped attribute."""
    declared = (
        'variable "x" {\n  type = object({\n    size = optional(object({ cpu = number }), {})\n  })\n}\n'
    )
    (tmp_path / "variables.tf").write_text(declared)
    assert list(hcl.mismatches(value, hcl.variables(tmp_path)["x"], "x")) == [fault]


@pytest.mark.parametrize("stack", ["foundation", "app", "github"])
def test_what_exists_is_told_by_its_names(stack: str) -> None:
    """All inputs of the stacks for it are given, and no others for a load balancer."""
    given = environment("dev", *EXISTING)
    types, values = declared(stack), hcl.values(rendered(given, stack))
    assert not [fault for key, value in values.items() for fault in hcl.mismatches(value, types[key], key)]
    if stack == "app":
        assert list(values["alb"]) == ["existing"]
        assert values["cluster"]["existing"] == {"cluster_name": "company"}
    elif stack == "github":
        assert values["existing"] == {
            "bucket": "company-models",
            "cluster_name": "company",
            "listener_arn": "b",
            "repository_names": ["company/recommender"],
        }
    else:
        assert values["models"] == {"existing": {"bucket": "company-models"}}
        assert values["services"]["recommender"]["existing"]["repository_name"] == "company/recommender"


def test_header_names_the_file_to_edit() -> None:
    """A reader of the rendered file learns where to change it."""
    for stack in ("foundation", "app"):
        assert rendered(environment(), stack).startswith(
            "# Rendered from environments/dev.yaml; edit that.\n"
        )


def test_foundation_gets_built_services_only() -> None:
    """A service with an image by reference has no repository of ours."""
    given = f"services.recommender.image={{reference: registry.example/films@sha256:{'0' * 64}}}"
    assert hcl.values(rendered(environment("dev", given), "foundation"))["services"] == {}


def test_app_gets_what_the_release_says() -> None:
    """Image, model and count are those of the release, not of the environment."""
    service = hcl.values(rendered(environment(), "app"))["services"]["recommender"]
    assert service["image"] == release().image
    declared = {"name": "movielens", "version": "1", "sha256": "0" * 64, "follow": False, "files": None}
    assert service["model"] == declared
    assert service["desired_count"] == 2


def test_follower_is_pinned_to_no_version() -> None:
    """The pointer may change, and the plan is still empty."""
    follows = environment("dev", "services.recommender.model.follow=true")
    service = hcl.values(rendered(follows, "app"))["services"]["recommender"]
    declared = {"name": "movielens", "version": None, "sha256": None, "follow": True, "files": None}
    assert service["model"] == declared


@pytest.mark.parametrize(
    ("architecture", "fetcher"), [("x86_64", "model-files"), ("arm64", "model-files-arm64")]
)
def test_files_of_a_model_come_by_an_image_of_the_same_processors(architecture: str, fetcher: str) -> None:
    """The image that fetches them has the architecture of the service's, in a repository of its own."""
    declared = environment(
        "dev",
        "services.recommender.model.mount=/mnt/models",
        f"services.recommender.image.architecture={architecture}",
    )
    assert set(hcl.values(rendered(declared, "foundation"))["jobs"]) == {fetcher}
    assert sources(declared)[fetcher].target == "serve"
    there = stand_in(declared)
    given = hcl.values(tfvars.render_app(declared, there))["services"]["recommender"]["model"]
    assert given["files"] == {"image": there.jobs[fetcher].image, "path": "/mnt/models"}
    assert f"/{fetcher}@sha256:" in given["files"]["image"]


def test_service_without_a_model_gets_none() -> None:
    """The model is null, not a block of empty strings."""
    text = tfvars.render_app(
        environment(), Contents(images={}, releases={"recommender": release(None)}, model_bucket=BUCKET)
    )
    assert hcl.values(text)["services"]["recommender"]["model"] is None


def test_service_without_a_release_is_refused() -> None:
    """Nothing is rendered for a service whose image is unknown."""
    with pytest.raises(KeyError, match="recommender"):
        tfvars.render_app(environment(), Contents(images={}, releases={}, model_bucket=BUCKET))


def test_sandbox_follows_the_target() -> None:
    """One flag says that the stacks are applied to the emulator."""
    assert [hcl.values(rendered(environment(name), "app"))["sandbox"] for name in ("dev", "prod")] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (1.5, "1.5"),
        ("films", '"films"'),
        ('say "hi"', r'"say \"hi\""'),
        ("C:\\x", r'"C:\\x"'),
        ("a\nb\tc\rd", r'"a\nb\tc\rd"'),
        ("${var.x} %{if}", '"$${var.x} %%{if}"'),
        ("$${", '"$$${"'),
        ("$5 %d {}", '"$5 %d {}"'),
        ("Amélie 電影 🎬", '"Amélie 電影 🎬"'),
        ("\x00\x1b\u2028\u202e\U000e0001", r'"\u0000\u001b\u2028\u202e\U000e0001"'),
        ((), "[]"),
        (("a", None), '["a", null]'),
        ({}, "{}"),
        ({"A": "1", "LONG": "${x}"}, '{\n  "A"    = "1"\n  "LONG" = "$${x}"\n}'),
        ({"${key}": {"a": ()}}, '{\n  "$${key}" = {\n    "a" = []\n  }\n}'),
    ],
)
def test_values_are_written_as_hcl(value: object, text: str) -> None:
    """No template begins in a text, no quote ends it, and nothing in it is invisible."""
    assert tfvars.hcl(value) == text


def test_other_types_are_refused() -> None:
    """A value that HCL does not have is a mistake in a template's caller."""
    with pytest.raises(TypeError, match="set has no HCL form"):
        tfvars.hcl({"a"})


def test_missing_variable_is_named() -> None:
    """A misspelt name in a template is an error with that name."""
    templates = Templates(undefined=StrictUndefined, autoescape=False)  # HCL, not HTML
    templates.filters["hcl"] = tfvars.hcl
    with pytest.raises(UndefinedError, match="'nmae' is undefined"):
        templates.from_string("{{ nmae | hcl }}").render()


@needs_terraform
def test_rendered_text_is_formatted(tmp_path: Path) -> None:
    """The text equals the output of `terraform fmt`, with maps and lists both full and empty."""
    full = environment(
        "dev",
        "services.recommender.environment={A: x, A_LONG_NAME: '${y}'}",
        "services.recommender.command=[python, -m, service]",
    )
    jobs = environment("dev", JOBS)
    for name, one in {"full": full, "jobs": jobs, **{name: environment(name) for name in NAMES}}.items():
        for stack in ("foundation", "app"):
            (tmp_path / f"{name}-{stack}.tfvars").write_text(rendered(one, stack), encoding="utf-8")
    terraform("fmt", "-check", "-diff", folder=tmp_path)


@needs_terraform
# Each smaller example would start Terraform again.
@settings(
    max_examples=10,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(
    texts=[
        "${",
        "%{",
        "$${",
        "%%{",
        "$$${",
        "\\${",
        '"',
        "\u0301",
        "\x00",
        "\ufeff",
        "\U0001f3ac",
        "${a}%{b}",
    ]
)
# Unassigned characters may compose in a later Unicode, and Terraform's version may differ from Python's.
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cn"])), min_size=100, max_size=300))
def test_text_comes_through_terraform_as_it_was(tmp_path: Path, texts: list[str]) -> None:
    """Terraform reads every string back, composed (NFC) as it composes all strings."""
    (tmp_path / "variables.tf").write_text('variable "texts" {\n  type = list(string)\n}\n')
    (tmp_path / "terraform.tfvars").write_text(f"texts = {tfvars.hcl(texts)}\n", encoding="utf-8")
    assert evaluated("var.texts", folder=tmp_path) == [unicodedata.normalize("NFC", text) for text in texts]


@needs_terraform
@pytest.mark.parametrize("name", NAMES)
def test_values_are_read_as_terraform_reads_them(tmp_path: Path, name: str) -> None:
    """The reader that compares names reads the same as Terraform."""
    text = rendered(environment(name), "app")
    read = hcl.values(text)
    (tmp_path / "variables.tf").write_text("".join(f'variable "{key}" {{}}\n' for key in read))
    (tmp_path / "terraform.tfvars").write_text(text, encoding="utf-8")
    everything = ", ".join(f"{key} = var.{key}" for key in read)
    assert evaluated(f"{{ {everything} }}", folder=tmp_path) == read
