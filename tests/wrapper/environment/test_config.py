"""`config`: a complete environment, as YAML that means the same and as JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tests.sample import ENVIRONMENTS
from tests.wrapper.environment.clone import Clone
from wrapper.cli import config as cli_config
from wrapper.cli.main import main
from wrapper.environment import load
from wrapper.environment.reference import PAGE

REFERENCE = f"registry.example/films@sha256:{'0' * 64}"
ARN = "arn:aws:ssm:eu-west-1:000000000000:parameter/token"
SIZE = "services.recommender.size"
# An example of everything that a file may contain, so that each is written in its place.
FULL: dict[str, Any] = {
    "review": {"allow": {"data-loss": "Only ‘rehearsed’: nothing is lost # here"}},
    "monitoring": {"emails": ["ops@example.com"]},
    "cluster": {"ec2": {"gpu": {"instance_type": "g5.xlarge", "max": 2}}},
    "jobs": {
        "nightly": {
            "image": {"service": "recommender"},
            "trigger": {"schedule": {"expression": "cron(0 3 * * ? *)"}},
        },
        "told": {
            "image": {"context": "."},
            "trigger": {"event": {"pattern": {"source": ["shop"], "n": [1.5, True, None]}}},
        },
        "given": {"image": {"reference": REFERENCE}, "command": ["a b", "--x", "-", "012"]},
    },
    "services.films": {
        "image": {"reference": REFERENCE},
        "environment": {"ON": "on", "NUMBER": "0x10", "TEXT": "two\nlines \u202e"},
        "secrets": {"TOKEN": ARN},
        "policy": [{"actions": ["xray:PutTraceSegments"], "resources": ["*"]}],
        "route": {"paths": ["/films/*"]},
        "smoke": {"requests": [{"path": "/films/1", "status": 200}]},
        "ulimits": {"nofile": {"soft": 1, "hard": 2}},
        "sidecars": {
            "log": {"image": REFERENCE, "firelens": "fluentbit", "health_check": {"command": ["CMD"]}}
        },
        "logs": {"firelens": {"Name": "stdout"}},
    },
}


@pytest.fixture
def asked(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `config` for the clone's dev."""
    monkeypatch.setattr(cli_config, "ROOT", clone.root)

    def ask(*words: str, changes: dict[str, Any] | None = None) -> Result:
        clone.write(changes or {})
        return CliRunner().invoke(main, ["config", "dev", *words])

    return ask


def settings(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("changes", [{}, FULL], ids=["shipped", "full"])
def test_output_is_a_file_that_means_the_same(clone: Clone, asked: Any, changes: dict[str, Any]) -> None:
    """Its output can replace the environment file, without any default left."""
    told = asked(changes=changes)
    before = clone.load()
    clone.write_text(told.stdout)
    assert clone.load() == before
    again = settings(CliRunner().invoke(main, ["config", "dev", "--json"]))
    assert {each["source"] for each in again.values()} == {"file"}


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_shipped_environments_are_told_in_full(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This needs no credentials, and starts nothing."""
    monkeypatch.setattr(cli_config, "ROOT", ENVIRONMENTS.parent)
    told = CliRunner().invoke(main, ["config", name])
    assert told.exit_code == 0
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / f"{name}.yaml").write_text(told.stdout)
    (tmp_path / "Dockerfile").write_text("FROM scratch AS serve\n")
    assert load(name, directory=tmp_path / "environments") == load(name, directory=ENVIRONMENTS)


def test_source_is_the_line_the_option_or_the_default(clone: Clone, asked: Any) -> None:
    """An option is the source of all that it sets, and of nothing else."""
    found = settings(asked("--json", "--set", f"{SIZE}={{cpu: 512}}", "--set", "alb.internal=true"))
    assert found["project"] == {
        "value": "recommender",
        "source": "file",
        "line": 1,
        "description": "Prefix of names, as in recommender-dev; at most 24 characters with the environment.",
    }
    assert (found[f"{SIZE}.cpu"]["value"], found[f"{SIZE}.cpu"]["source"]) == (512, "--set")
    assert (found[f"{SIZE}.memory"]["value"], found[f"{SIZE}.memory"]["source"]) == (1024, "default")
    assert (found["alb.internal"]["source"], found["alb.internal"]["line"]) == ("--set", None)
    lines = (clone.environments / "dev.yaml").read_text().splitlines()
    asked_for = found["services.recommender.smoke.requests.1.path"]
    assert "/?uid={nobody}" in lines[asked_for["line"] - 1]
    assert found["network.availability_zones"]["value"] == ["eu-west-1a", "eu-west-1b"]
    assert all(each["description"] for each in found.values())


def test_comments_say_where_from_and_what_for(asked: Any) -> None:
    """Blocks have a sentence, keys also have their source, and choices are listed."""
    lines = asked("--set", "services.recommender.environment.WORKERS='2'").stdout.splitlines()
    assert lines[1].split("#")[0].strip() == "target: sandbox"
    assert lines[1].endswith("[sandbox | aws] Where it runs: an emulator on this machine, or AWS.")
    (workers,) = [line for line in lines if "WORKERS" in line]
    assert workers.split() == ["WORKERS:", "'2'", "#", "--set"]
    assert {line.index("  # ") for line in lines if "  # " in line and len(line.split("  # ")[0]) <= 48} == {
        48
    }


def test_page_shows_the_real_output() -> None:
    """The example in docs/environments.md is what `config staging` prints."""
    told = CliRunner().invoke(main, ["config", "staging"]).stdout.splitlines()
    _, _, page = PAGE.read_text("utf-8").partition("## All keys and their values\n")
    example = page.split("```")[3].strip().splitlines()
    assert len(example) == 3
    assert set(example) <= set(told)


def test_a_wrong_file_is_told_as_everywhere(asked: Any) -> None:
    """It prints every problem and exits with 3, as JSON if requested."""
    changes = {"region": "Ireland", f"{SIZE}.cpu": "lots"}
    for words in ((), ("--json",)):
        failed = asked(*words, "--set", "sandbox.port=0", changes=changes)
        assert failed.exception.exit_code == 3
        assert len(failed.exception.problems) == 3
    assert json.loads(failed.stdout)["exit_code"] == 3


@pytest.mark.parametrize(("forced", "is_dim"), [("1", True), ("", False)])
def test_defaults_are_dim_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, asked: Any, forced: str, is_dim: bool
) -> None:
    """A file gets no colours, and values from the environment file are never dim."""
    monkeypatch.setenv("FORCE_COLOR", forced)
    monkeypatch.setenv("TERM", "xterm")
    project, _, region, *_ = asked().stdout.splitlines()
    assert region.startswith("\x1b[2mregion") is is_dim
    assert project.startswith("project")


def test_yaml_of_others_reads_it_too(asked: Any) -> None:
    """Text that YAML 1.1 would read as another type is quoted."""
    told = yaml.safe_load(asked(changes=FULL).stdout)
    assert told["services"]["films"]["environment"] == FULL["services.films"]["environment"]
    assert told["account_id"] == "000000000000"
