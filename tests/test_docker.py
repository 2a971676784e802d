"""The image and the compose file are read, and held against the settings and the reference.

No engine runs here: that the lines install what they say is tried by hand (docs/decisions/0031).
"""

import ast
import re
import shlex
from pathlib import Path

import yaml
from django.conf import settings
from django.utils.module_loading import import_string

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {"web", "worker", "models", "beat", "follower", "migrate"}
# Asked for by the compose file alone: what the servers beside us are told.
OF_SERVERS = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "TORCH_INDEX"}
# Libraries read them, not our settings; the supervisor sets the same.
OF_LIBRARIES = {"POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS"}
OF_PYTHON = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "DJANGO_SETTINGS_MODULE"}


def instructions() -> list[tuple[str, str]]:
    """(instruction, rest) of each line of the Dockerfile, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def env_of_image() -> dict[str, str]:
    pairs = [shlex.split(rest) for word, rest in instructions() if word == "ENV"]
    return dict(pair.split("=", 1) for words in pairs for pair in words)


def names_of_settings() -> set[str]:
    tree = ast.parse((ROOT / "cba_site" / "settings.py").read_text())
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.args]
    read = {c.args[0].value for c in calls if ast.unparse(c.func).startswith("env")}
    return read | {"CBA_HOME", "PORT"}


def asked_for() -> set[str]:
    """Every name that the compose file takes from .env."""
    return set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))


def test_the_services_are_the_processes_of_up():
    assert set(SERVICES) == {*OURS, "postgres", "valkey"}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["valkey"]["image"].startswith("valkey/valkey:9")
    assert {SERVICES[name]["image"] for name in OURS} == {"customer-behaviour-analysis"}
    for worker, queue in (("worker", "celery"), ("models", "models")):
        words = SERVICES[worker]["command"]
        assert (words[2], words[5], words[-2:]) == ("cba_site", "1", ["--queues", queue])
    assert "beat" in SERVICES["beat"]["command"]
    assert SERVICES["follower"]["command"][3:] == ["follow_streams"]
    assert SERVICES["migrate"]["command"][3:] == ["migrate", "--no-input"]


def test_every_name_of_the_environment_is_a_setting_and_documented():
    known = names_of_settings()
    given = {name for service in OURS for name in SERVICES[service]["environment"]}
    image = set(env_of_image()) - OF_LIBRARIES - OF_PYTHON
    pip = {name for name in image if name.startswith("PIP_")}
    assert (given | image) - pip - known == set()
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_KEY", "ERASURE_KEY"} <= given
    reference = (ROOT / "docs" / "reference.md").read_text()
    example = (ROOT / ".env.example").read_text()
    settings_table = reference.split("## Settings")[1].split("\n## ")[0]
    assert [name for name in given | image - pip if f"`{name}`" not in settings_table] == []
    assert [name for name in asked_for() if f"{name}=" not in example] == []
    assert asked_for() - OF_SERVERS - known == set()


def test_all_our_processes_share_one_home_and_one_environment():
    home = env_of_image()["CBA_HOME"]
    for name in OURS:
        assert SERVICES[name]["environment"] == SERVICES["web"]["environment"]
        assert SERVICES[name]["volumes"] == [f"home:{home}"]
    volumes = {v.split(":")[0] for service in SERVICES.values() for v in service["volumes"]}
    assert volumes == set(COMPOSE["volumes"])


def test_the_web_waits_for_migrations_and_says_by_readyz_that_it_is_ready():
    for name in OURS - {"migrate"}:
        assert SERVICES[name]["depends_on"] == {
            "postgres": {"condition": "service_healthy"},
            "valkey": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    assert "/readyz" in SERVICES["web"]["healthcheck"]["test"][-1]
    compile(SERVICES["web"]["healthcheck"]["test"][-1], "healthcheck", "exec")
    assert "127.0.0.1" in SERVICES["web"]["environment"]["ALLOWED_HOSTS"]
    for name in ("postgres", "valkey", "web", "worker", "models"):
        assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES["migrate"]["restart"] == "no"


def test_the_image_is_built_in_two_stages_and_runs_as_nobody_special():
    lines = instructions()
    stages = [rest for word, rest in lines if word == "FROM"]
    assert stages == ["python:3.11-slim-bookworm AS build", "python:3.11-slim-bookworm"]
    users = [rest for word, rest in lines if word == "USER"]
    made = [rest for word, rest in lines if word == "RUN" and "useradd" in rest]
    assert users == ["cba"]
    assert len(made) == 1
    assert [rest for word, rest in lines if word == "ARG"] == ["TORCH_INDEX="]
    installs = [rest for word, rest in lines if word == "RUN" and "pip install" in rest]
    assert "$TORCH_INDEX" in installs[0]
    assert installs[1].endswith("-r requirements.txt")
    assert re.search(r"^torch==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    order = [word for word, rest in lines]
    assert order.index("USER") < order.index("CMD")
    assert any("collectstatic" in rest for word, rest in lines if word == "RUN")


def test_the_image_starts_a_web_server_that_is_there():
    (command,) = (rest for word, rest in instructions() if word == "CMD")
    words = ast.literal_eval(command)
    assert words[0] == "gunicorn"
    assert callable(import_string("cba_site.wsgi.application"))
    assert words[1] == "cba_site.wsgi"
    assert callable(import_string(words[-1].removeprefix("python:") + ".post_worker_init"))
    assert "0.0.0.0:8000" in words  # noqa: S104  (what a container publishes)


def test_the_image_leaves_out_what_belongs_to_one_checkout():
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".cba", ".env", "node_modules"} <= set(left_out)
