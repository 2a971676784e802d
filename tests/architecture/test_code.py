"""The walls, held by machine."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.capabilities import Capability

ROOT = Path(settings.BASE_DIR)
LONGEST_FUNCTION, LONGEST_MODULE = 40, 300
OURS = [*settings.APPS, "analytics", "cba_site"]
SOURCES = [p for app in OURS for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts]

# No login: sign-in and what belongs to it, health, and the description of the API.
PUBLIC = ("accounts/", "unsubscribe/", "healthz", "readyz", "api/schema/", "api/docs/")

WEB_PROCESS = """
import sys, django
django.setup()
import cba_site.wsgi
from django.urls import get_resolver
def walk(patterns):
    for p in patterns:
        walk(p.url_patterns) if hasattr(p, "url_patterns") else p.callback
walk(get_resolver().url_patterns)
print([m for m in ("sklearn", "torch", "scipy") if m in sys.modules])
"""


def test_the_web_process_loads_no_learner():
    done = subprocess.run(
        [sys.executable, "-c", WEB_PROCESS], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr[-500:]


def test_a_module_and_a_function_stay_readable():
    long = [
        f"{path.relative_to(ROOT)}: {len(path.read_text().splitlines())} lines"
        for path in SOURCES
        if len(path.read_text().splitlines()) > LONGEST_MODULE
    ]
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.name}: {length} lines")
    assert long == []


def routes(resolver: URLResolver, before: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += routes(entry, path)
        else:
            found.append((path, entry))
    return found


def capability_of(callback) -> object:
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", callback)
    return getattr(view, "capability", None)


def test_every_route_names_a_capability_or_is_public():
    named = {}
    for path, route in routes(get_resolver()):
        if not path.startswith(PUBLIC):
            named[path] = capability_of(route.callback)
    lacking = [path for path, capability in named.items() if capability is None]
    assert lacking == []
    for capability in named.values():
        values = capability.values() if isinstance(capability, dict) else [capability]
        assert all(isinstance(value, Capability) for value in values)


def test_foreign_keys_point_down_and_name_no_way_back():
    order = {app: number for number, app in enumerate(settings.APPS)}
    wrong = []
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in order or model._meta.model_name.endswith("event"):
            continue
        for field in model._meta.get_fields():
            if not (field.is_relation and field.concrete and field.related_model):
                continue
            target = field.related_model._meta.app_label
            if field.name in ("groups", "user_permissions"):
                continue
            if field.remote_field.related_name != "+":
                wrong.append(f"{model._meta.label}.{field.name} has a way back")
            if target in order and order[target] > order[label]:
                wrong.append(f"{model._meta.label}.{field.name} points up")
    assert wrong == []


def test_the_database_driver_is_psycopg2():
    assert connection.Database.__name__ == "psycopg2"


def test_the_layers_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1500:]


@pytest.mark.django_db
def test_no_migration_is_missing():
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_docs_name_every_plugin_setting_command_and_capability():
    docs = "\n".join(p.read_text() for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    docs += (ROOT / ".env.example").read_text()
    plugins = [
        path.stem
        for folder in (
            "kinds",
            "rules",
            "connectors",
            "builders",
            "algorithms",
            "predictors",
            "recommenders",
        )
        for path in ROOT.glob(f"*/{folder}/[a-z]*.py")
        if "ImportKind)" in path.read_text()
        or "(Connector)" in path.read_text()
        or "Builder)" in path.read_text()
        or "Algorithm)" in path.read_text()
        or "(Predictor)" in path.read_text()
        or "Recommender)" in path.read_text()
        or "CleaningRule)" in path.read_text()
    ]
    commands = [path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")]
    text = (ROOT / "cba_site" / "settings.py").read_text()
    calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    names = [c.args[0].value for c in calls if ast.unparse(c.func).startswith("env") and c.args]
    wanted = [*plugins, *commands, *names, *Capability.values]
    assert [name for name in wanted if name not in docs] == []
