"""The command lines that python-terraform builds for us."""

from pathlib import Path

from wrapper.terraform.command import FLAG, command_line

TERRAFORM = Path("/bin/terraform")


def test_plan_is_spelt_as_terraform_wants_it() -> None:
    """Flags have no value, booleans are lower case, None leaves an option out."""
    argv = command_line(
        TERRAFORM, "plan", json=FLAG, input=False, detailed_exitcode=FLAG, out="p", destroy=None, lock=False
    )
    assert argv == [
        "/bin/terraform",
        "plan",
        "-json",
        "-input=false",
        "-detailed-exitcode",
        "-out=p",
        "-lock=false",
    ]


def test_apply_takes_the_plan_file_last() -> None:
    """Arguments follow the options."""
    assert command_line(TERRAFORM, "apply", "a b.tfplan", json=FLAG) == [
        "/bin/terraform",
        "apply",
        "-json",
        "a b.tfplan",
    ]


def test_init_takes_the_backend_from_a_file() -> None:
    """The settings' file is named, so its content is not on the command line."""
    argv = command_line(
        TERRAFORM, "init", reconfigure=FLAG, lockfile="readonly", backend_config="b.tfbackend"
    )
    assert argv == [
        "/bin/terraform",
        "init",
        "-reconfigure",
        "-lockfile=readonly",
        "-backend-config=b.tfbackend",
    ]
