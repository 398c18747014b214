from pathlib import PurePosixPath

import pytest

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile import Stage, read

CONTEXT = [
    PurePosixPath(name) for name in ("Dockerfile", "run.py", "service/__init__.py", "service/train/fit.py")
]


def stage(text: str, target: str | None = None) -> Stage:
    return read(text, name="Dockerfile", target=target, context=CONTEXT)


def files(text: str, target: str | None = None) -> dict[str, str]:
    found = stage(text + '\nCMD ["x"]', target).files
    return {str(place): str(source) for place, source in found.items()}


def refused(text: str, target: str | None = None) -> str:
    with pytest.raises(ArtifactError) as caught:
        stage(text, target)
    return caught.value.message


def test_exec_form() -> None:
    """Entrypoint and command are the words of the Dockerfile."""
    read_stage = stage('FROM x\nENTRYPOINT ["python", "-m", "service"]\nCMD ["--quiet"]')
    assert (read_stage.entrypoint, read_stage.command) == (("python", "-m", "service"), ("--quiet",))


def test_shell_form_runs_in_a_shell() -> None:
    """A command that isn't a list runs in a shell, as in Docker."""
    assert stage("FROM x\nCMD python -m service").command == ("/bin/sh", "-c", "python -m service")


def test_list_with_single_quotes_is_the_shell_form() -> None:
    """Only JSON is the exec form, as in Docker."""
    assert stage("FROM x\nCMD ['a']").command == ("/bin/sh", "-c", "['a']")


def test_settings_of_a_stage() -> None:
    """Environment, labels, working folder and stop signal are kept; variables are replaced."""
    text = 'FROM x\nARG HOME_FOLDER=/app\nENV A=1 B="two words"\nENV C $A\nLABEL v=$A\n'
    read_stage = stage(text + 'WORKDIR $HOME_FOLDER\nSTOPSIGNAL SIGINT\nCMD ["x"]')
    assert read_stage.environment == {"A": "1", "B": "two words", "C": "1"}
    assert read_stage.labels == {"v": "1"}
    assert (str(read_stage.working_folder), read_stage.stop_signal) == ("/app", "SIGINT")


def test_relative_working_folder_goes_on_from_the_last() -> None:
    """A second WORKDIR without a slash is below the first."""
    assert str(stage('FROM x\nWORKDIR /a\nWORKDIR b/../c\nCMD ["x"]').working_folder) == "/a/c"


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ("COPY run.py /app/", {"/app/run.py": "run.py"}),
        ("COPY run.py /app/main.py", {"/app/main.py": "run.py"}),
        ("COPY run.py .", {"/app/run.py": "run.py"}),
        ("COPY ./run.py ./", {"/app/run.py": "run.py"}),
        ('COPY ["run.py", "/app/"]', {"/app/run.py": "run.py"}),
        ("COPY *.py /app/", {"/app/run.py": "run.py"}),
        ("COPY --chown=1000:1000 --chmod=755 run.py /app/", {"/app/run.py": "run.py"}),
        ("ADD run.py /app/", {"/app/run.py": "run.py"}),
        (
            "COPY service ./service",
            {
                "/app/service/__init__.py": "service/__init__.py",
                "/app/service/train/fit.py": "service/train/fit.py",
            },
        ),
        ("COPY service/train /t", {"/t/fit.py": "service/train/fit.py"}),
        ("COPY service/train run.py /t/", {"/t/fit.py": "service/train/fit.py", "/t/run.py": "run.py"}),
    ],
)
def test_copied_files(copy: str, expected: dict[str, str]) -> None:
    """Files are copied to where Docker puts them."""
    assert files(f"FROM x\nWORKDIR /app\n{copy}") == expected


def test_whole_context() -> None:
    """A dot copies all that isn't ignored."""
    assert files("FROM x\nCOPY . /app") == {f"/app/{path}": str(path) for path in CONTEXT}


def test_copy_from_a_stage_that_copied_from_the_context() -> None:
    """Files that go through an earlier stage keep their origin in the context."""
    build = "FROM x AS build\nWORKDIR /src\nCOPY service ./service\nRUN compile\n"
    assert files(f"{build}FROM x\nCOPY --from=build /src/service/train /t") == {
        "/t/fit.py": "service/train/fit.py"
    }


def test_copy_from_a_stage_by_number() -> None:
    """A stage without a name has a number."""
    assert files("FROM x\nCOPY run.py /a/\nFROM x\nCOPY --from=0 /a/run.py /b/") == {"/b/run.py": "run.py"}


def test_copy_of_what_a_stage_made() -> None:
    """Files made by RUN are not in the context, so they are not in a process image."""
    assert files("FROM x AS build\nRUN make /venv\nFROM x\nCOPY --from=build /venv /venv") == {}


def test_copy_from_another_image() -> None:
    """Files from another image are not in a process image either."""
    assert files("FROM x\nCOPY --from=images.example.com/tool:1 /tool /bin/") == {}


def test_stage_on_top_of_another() -> None:
    """A stage inherits from the stage that it begins with."""
    base = 'FROM x AS base\nWORKDIR /app\nENV A=1\nCOPY run.py .\nCMD ["a"]\n'
    text = f"{base}FROM base AS serve\nCOPY service service"
    assert files(text)["/app/run.py"] == "run.py"
    assert stage(text).command == ("a",)


def test_new_entrypoint_drops_the_inherited_command() -> None:
    """As in Docker, a new entrypoint removes the inherited command."""
    assert stage('FROM x AS base\nCMD ["a"]\nFROM base\nENTRYPOINT ["b"]').command == ()


def test_target_stage() -> None:
    """The target is chosen by name, whatever its case; the last stage is the default."""
    text = 'FROM x AS serve\nCMD ["serve"]\nFROM x AS train\nCMD ["train"]'
    assert stage(text, "Serve").command == ("serve",)
    assert stage(text).command == ("train",)


def test_comments_and_continued_lines() -> None:
    """Comments are skipped, also inside a line that continues."""
    text = '# syntax of ours\nFROM x\n# why\nENV A=1 \\\n    # more\n    B=2\nCMD ["x"]'
    assert stage(text).environment == {"A": "1", "B": "2"}


def test_unknown_target() -> None:
    """The error names the existing stages."""
    assert refused('FROM x AS serve\nCMD ["x"]', "sevre") == (
        "image.target must name a stage of Dockerfile (serve), got sevre."
    )


def test_nothing_to_run() -> None:
    """A stage that runs nothing of its own is refused."""
    assert refused("FROM x AS serve") == (
        "Dockerfile must say what stage serve runs, got neither ENTRYPOINT nor CMD."
    )


def test_missing_source() -> None:
    """The message has a file that is not in the context, or ignored, and its line."""
    assert refused("FROM x\n\nCOPY nothing.py .") == (
        "Dockerfile:3: nothing.py is missing in the build context, or is ignored."
    )


def test_download() -> None:
    """A process image downloads nothing."""
    assert refused("FROM x\nADD https://example.test/a.tar /a") == (
        "Dockerfile:2: ADD must copy files of the build context, got https://example.test/a.tar /a."
    )


def test_file_without_a_stage() -> None:
    """A Dockerfile without FROM is refused."""
    assert refused("ARG A=1") == "Dockerfile must have a FROM line, got none."


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("COPY", "COPY must have a source and a destination, got nothing."),
        ("COPY run.py", "COPY must have a source and a destination, got run.py."),
        ("COPY []", "COPY must have a source and a destination, got []."),
        ("COPY --from=x", "COPY must have a source and a destination, got --from=x."),
        ("ADD  ", "ADD must have a source and a destination, got nothing."),
        ("FROM", "FROM must name an image or a stage."),
        ("ADD run.tar.gz /a/", "ADD must not unpack an archive, got run.tar.gz /a/."),
        (
            "COPY --parents run.py /a/",
            "COPY must not have --parents, which needs a build, got --parents run.py /a/.",
        ),
        ("RUN <<EOF\nx", "the heredoc must end with a line that is EOF, got none."),
    ],
)
def test_incomplete_line(line: str, told: str) -> None:
    """The message has its number."""
    assert refused(f"FROM x\n\n{line}\n") == f"Dockerfile:3: {told}"


@pytest.mark.parametrize(
    "run",
    [
        "RUN <<EOF\nCOPY nothing .\nCMD no\nEOF",
        "RUN <<-EOF\n\tCMD no\n\tEOF",
        "RUN <<'EOF' cat\nCMD no\n\tEOF\nEOF",
        "run --mount=type=cache,target=/c <<EOF sh && \\\n  true\nCMD no \\\nEOF",
        "RUN cat <<A <<B\nCMD no\nA\nCMD no\nB",
        "ONBUILD RUN <<EOF\nCMD no\nEOF",
        "RUN echo 'no <<EOF here' $((1<<2)) <<<EOF",
    ],
)
def test_heredoc_is_part_of_its_instruction(run: str) -> None:
    """Its lines are no instructions, and those after it keep their numbers."""
    text = f'FROM x\n{run}\nCMD ["yes"]\n'
    assert stage(text).command == ("yes",)
    number = text.count("\n") + 1
    assert refused(f"{text}COPY nothing .").startswith(
        f"Dockerfile:{number}: nothing is missing in the build"
    )


def test_empty_list_takes_the_command_back() -> None:
    """As in Docker, an empty ENTRYPOINT removes it; a list of other things is in shell form."""
    assert stage('FROM x\nENTRYPOINT ["a"]\nENTRYPOINT []\nCMD ["b"]').entrypoint == ()
    assert stage("FROM x\nCMD [1, 2]").command == ("/bin/sh", "-c", "[1, 2]")
