"""Where providers come from, and what terraform's process inherits."""

from pathlib import Path

import pytest

from wrapper.errors import PreconditionError
from wrapper.terraform.configuration import choose_source, process_variables, write_configuration
from wrapper.terraform.mirror import Provider, locked_providers, serves

PLATFORM = "linux_amd64"
THING = Provider(address="registry.terraform.io/acme/thing", version="1.2.3")

LOCK_FILE = """
provider "registry.terraform.io/acme/thing" {
  version     = "1.2.3"
  constraints = "~> 1.2"
  hashes = [
    "h1:abc",
  ]
}

provider "registry.terraform.io/acme/other" {
  version = "0.1.0"
}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def mirror(folder: Path, *, version: str = "1.2.3") -> Path:
    (folder / THING.address / version / PLATFORM).mkdir(parents=True)
    return folder


def choose(home: Path, **variables: str) -> tuple[str, str | None, bool]:
    environment = {"HOME": str(home), "XDG_DATA_DIRS": str(home / "share"), **variables}
    source = choose_source([THING], platform=PLATFORM, environment=environment)
    return source.description, source.text, source.cache


def test_lock_files_name_the_providers(tmp_path: Path) -> None:
    """Every stack's lock file is read for addresses and exact versions."""
    for stack in ("a", "b"):
        (tmp_path / stack).mkdir()
        (tmp_path / stack / ".terraform.lock.hcl").write_text(LOCK_FILE)
    assert [provider.label for provider in locked_providers(tmp_path)] == [
        "acme/other 0.1.0",
        "acme/thing 1.2.3",
    ]


def test_without_any_mirror_the_registry_is_used_with_shared_downloads(home: Path) -> None:
    """Without a mirror of the provider, Terraform keeps its own configuration."""
    assert choose(home) == ("the registry (network)", None, True)


def test_the_users_own_download_folder_is_left_alone(home: Path) -> None:
    """TF_PLUGIN_CACHE_DIR or plugin_cache_dir of the user replaces ours."""
    assert choose(home, TF_PLUGIN_CACHE_DIR="/somewhere")[2] is False
    (home / ".terraformrc").write_text('plugin_cache_dir = "/somewhere"\n')
    assert choose(home)[2] is False


@pytest.mark.parametrize(
    "folder", [".terraform.d/plugins", ".local/share/terraform/plugins", "share/terraform/plugins"]
)
def test_an_implied_mirror_is_found(home: Path, folder: str) -> None:
    """Terraform's implied folders have the provider; the registry has every other one."""
    path = mirror(home / folder)
    description, text, _ = choose(home)
    assert description == f"acme/thing 1.2.3 from {path}"
    assert text is not None
    assert f'path    = "{path}"' in text
    assert 'exclude = ["registry.terraform.io/acme/thing"]' in text


def test_a_mirror_with_another_version_is_passed_over(home: Path) -> None:
    """A mirror without the locked version must not keep Terraform from the registry."""
    mirror(home / ".terraform.d/plugins", version="1.2.2")
    assert choose(home)[0] == "the registry (network)"


def test_a_packed_mirror_serves(tmp_path: Path) -> None:
    """`terraform providers mirror` writes zip files."""
    folder = tmp_path / THING.address
    folder.mkdir(parents=True)
    (folder / "terraform-provider-thing_1.2.3_linux_amd64.zip").touch()
    assert serves(tmp_path, THING, PLATFORM)
    assert not serves(tmp_path, THING, "darwin_arm64")


def test_the_users_provider_installation_is_respected(home: Path) -> None:
    """The user's own mirror settings win over what we find."""
    mirror(home / ".terraform.d/plugins")
    (home / ".terraformrc").write_text("provider_installation {\n  direct {}\n}\n")
    assert choose(home) == (f"as {home}/.terraformrc says", None, False)


def test_our_variable_wins_over_everything(home: Path, tmp_path: Path) -> None:
    """WRAPPER_TERRAFORM_MIRROR wins over the user's configuration."""
    (home / ".terraformrc").write_text("provider_installation {\n  direct {}\n}\n")
    path = mirror(tmp_path / "mirror")
    assert choose(home, WRAPPER_TERRAFORM_MIRROR=str(path))[0] == f"acme/thing 1.2.3 from {path}"


def test_a_variable_that_names_no_mirror_is_refused(home: Path, tmp_path: Path) -> None:
    """The message names what is missing and the value."""
    with pytest.raises(PreconditionError, match=r"acme/thing 1\.2\.3 for linux_amd64, got /nowhere"):
        choose(home, WRAPPER_TERRAFORM_MIRROR="/nowhere")


def test_the_configuration_file_is_written_to_the_work_folder(home: Path, tmp_path: Path) -> None:
    """TF_CLI_CONFIG_FILE is the path of our file, which names the mirror."""
    mirror(home / ".terraform.d/plugins")
    source = choose_source([THING], platform=PLATFORM, environment={"HOME": str(home)})
    variables = write_configuration(source, tmp_path / "work")
    assert Path(variables["TF_CLI_CONFIG_FILE"]).read_text() == source.text


def test_inherited_settings_do_not_change_what_is_planned(tmp_path: Path) -> None:
    """Arguments, variables and workspaces of the user's shell are dropped; the rest is inherited."""
    inherited = {
        "PATH": "/bin",
        "TF_CLI_ARGS_plan": "-target=x",
        "TF_VAR_region": "mars",
        "TF_WORKSPACE": "other",
        "TF_LOG": "debug",
    }
    variables = process_variables(inherited, {"AWS_REGION": "eu-west-1"})
    assert variables == {
        "PATH": "/bin",
        "TF_LOG": "debug",
        "AWS_REGION": "eu-west-1",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "GOGC": "400",
    }


def test_memory_is_spent_for_time_unless_the_user_says_how_much() -> None:
    """Terraform and its provider are Go programs; a user with little memory may set GOGC."""
    assert process_variables({}, {})["GOGC"] == "400"
    assert process_variables({"GOGC": "100"}, {})["GOGC"] == "100"


def test_a_missing_configuration_file_is_not_passed_on(tmp_path: Path) -> None:
    """Terraform would print a warning about it at every command."""
    variables = process_variables({"TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}, {})
    assert "TF_CLI_CONFIG_FILE" not in variables
