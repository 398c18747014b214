"""What `init` reads from a folder: its service's port, and a path for the health check."""

from pathlib import Path

import pytest

from wrapper.verbs.init.folder import Look, look

FASTAPI = 'app = FastAPI()\n@app.post("/predict")\ndef predict(): ...\n'
FLASK = 'app = Flask(__name__)\n@app.route("/predict", methods=["POST"])\ndef predict(): ...\n'


def found(folder: Path, dockerfile: str, **sources: str) -> Look:
    (folder / "Dockerfile").write_text(f"FROM python:3.13-slim\n{dockerfile}\n")
    for name, text in sources.items():
        (folder / name.replace("_", ".")).write_text(text)
    return look(folder)


@pytest.mark.parametrize(
    ("dockerfile", "source", "port"),
    [
        ('CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8081"]\nEXPOSE 80', "", 8081),
        ("CMD uvicorn app:app --host=0.0.0.0 --port=8082", "", 8082),
        ("CMD exec gunicorn --bind :9000 --workers 1 app:app", "", 9000),
        ('CMD ["gunicorn", "-b", "0.0.0.0:9001", "app:app"]', "", 9001),
        ("ENV GUNICORN_CMD_ARGS='--bind=0.0.0.0:9002 --workers=2'\nCMD gunicorn app:app", "", 9002),
        ('ENTRYPOINT ["streamlit", "run"]\nCMD ["a.py", "--server.port=8600"]', "", 8600),
        ('CMD ["serve", "--grpc-port", "9500", "--metrics-port=9600", "--http-port", "9700"]', "", 9700),
        ("EXPOSE 8080/tcp 8081\nCMD python app.py", "port=5005", 8080),
        ("EXPOSE 53/udp\nENV APP_PORT=7070\nCMD python app.py", "", 7070),
        ("EXPOSE 8080\nCMD uvicorn app:app --port $PORT", "", 8080),
        ("CMD uvicorn app:app --host 0.0.0.0 --port ${PORT:-8080}", "", 8000),
        ("CMD gunicorn app:app", "", 8000),
        ("CMD flask run --host 0.0.0.0", "", 5000),
        ("CMD mlserver start .", "", 8080),
        ("CMD python app.py", 'uvicorn.run(app, host="0.0.0.0", port=8085)', 8085),
        ("CMD python app.py", 'port = int(os.environ.get("PORT", "8086"))', 8086),
        ("CMD python app.py", 'serve(os.environ["PORT"])', 8000),
        ("CMD python app.py", 'ThreadingHTTPServer(("", 8087), Handler)', 8087),
        ("CMD python app.py", "port = 8001\nother_port = 8002", 8001),
        ("CMD python app.py", "", None),
        ('CMD "', "", None),
    ],
)
def test_port(tmp_path: Path, dockerfile: str, source: str, port: int | None) -> None:
    """The command's port comes before EXPOSE, which comes before that of the sources."""
    told = found(tmp_path, dockerfile, app_py=source).port
    assert (told and told.number) == port


def test_port_of_other_languages(tmp_path: Path) -> None:
    """Node's and Go's spelling are read; two files that differ give no port."""
    assert found(tmp_path, "CMD node server.js", server_js="app.listen(3000)").port.number == 3000  # type: ignore[union-attr]
    (tmp_path / "server.js").unlink()
    go = 'http.ListenAndServe(":3001", nil)'
    assert found(tmp_path, "CMD ./server", main_go=go).port.number == 3001  # type: ignore[union-attr]
    assert found(tmp_path, "CMD ./server", other_go='port := 1\nListenAndServe(":3002", nil)').port is None


@pytest.mark.parametrize(
    ("source", "path", "status"),
    [
        ('@app.get("/")\n@app.get("/healthz")', "/healthz", 200),
        ('if self.path == "/ping":', "/ping", 200),
        ("#* @get /health\nfunction() {}", "/health", 200),
        ('app = FastAPI()\n@app.get("/")\ndef root(): ...', "/", 200),
        (FASTAPI, "/openapi.json", 200),
        (FLASK, "/predict", 405),
        (FLASK + '@app.route("/up")\n', "/up", 200),
        ("class H(BaseHTTPRequestHandler):\n    def do_GET(self): ...", "/", 200),
        (f'{FASTAPI}router = APIRouter(prefix="/api")\n@router.get("/health")\n', "/openapi.json", 200),
    ],
)
def test_health(tmp_path: Path, source: str, path: str, status: int) -> None:
    """It is a route named for health, or another one that proves the service is up; never a prefixed one."""
    health = found(tmp_path, "EXPOSE 80\nCMD python app.py", app_py=source).health
    assert health is not None
    assert (health.path, health.status) == (path, status)


def test_health_check_of_the_dockerfile_counts_most(tmp_path: Path) -> None:
    """The Dockerfile's author chose it; a later HEALTHCHECK NONE removes it."""
    line = "HEALTHCHECK --interval=5s CMD curl -f http://localhost:8080/live || exit 1"
    told = found(tmp_path, f"{line}\nCMD python app.py", app_py='@app.get("/health")').health
    assert told is not None
    assert told.path == "/live"
    told = found(tmp_path, f"{line}\nHEALTHCHECK NONE\nCMD python app.py").health
    assert told is not None
    assert told.path == "/health"


@pytest.mark.parametrize(
    "source", ["", 'app = FastAPI(openapi_url=None)\n@app.post("/predict")', 'requests.get("/x")']
)
def test_nothing_is_made_up(tmp_path: Path, source: str) -> None:
    """A path that does not exist would make a whole roll-out fail."""
    assert found(tmp_path, "CMD python app.py", app_py=source).health is None


def test_tests_and_ignored_files_tell_nothing(tmp_path: Path) -> None:
    """Only files of the image are read."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_app.py").write_text('client.get("/health")')
    (tmp_path / "old.py").write_text('"/health"')
    (tmp_path / ".dockerignore").write_text("old.py\n")
    assert found(tmp_path, "CMD python app.py").health is None


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("CMD uvicorn app:app", "listens on 127.0.0.1"),
        ("CMD gunicorn -b localhost:8000 app:app", "listens on 127.0.0.1"),
        ("EXPOSE 80", "neither CMD nor ENTRYPOINT"),
        ("CMD uvicorn app:app --host 0.0.0.0", ""),
        ("ENV UVICORN_HOST=0.0.0.0\nCMD uvicorn app:app", ""),
        ("CMD gunicorn app:app", ""),
    ],
)
def test_what_cannot_answer_is_told(tmp_path: Path, dockerfile: str, said: str) -> None:
    """A common mistake takes minutes to find, and one line to report."""
    problems = found(tmp_path, dockerfile).problems
    assert said in "".join(problems)
    assert bool(problems) == bool(said)
