"""Rules about the code itself, read from its syntax trees. Each rule is shown a bad line first: it can fail."""

import ast
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models.enums import Choices
from django.urls import URLPattern, get_resolver

from scripts import files

pytestmark = pytest.mark.once

ROOT = settings.BASE_DIR
APPS = ("accounts", "partners", "requests_app", "shoppartners")
WRITES = {"bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "update", "update_or_create"}
TRANSITION_CALLERS = {"services", "automatic", "change"}
WORDS_FOR_READERS = {"description", "empty_label", "help_text", "label", "short_description", "verbose_name"}

# Who signs in nowhere may open these. Everything else is private by LoginRequiredMiddleware.
PUBLIC = {
    "home",
    "healthz",
    "readyz",
    "metrics",
    "set_language",
    "accounts:unsubscribe",
    "favicon.ico",
    "robots",
    "help",
    "privacy",
    "referrals",
    "terms",
    "partners:directory",
    "partners:compare",
    "partners:profile",
    "partners:amount",
    "partners:signup",
    "seller:signup",
    "seller:confirm_contact",
    "invitations:invitation",
    "invitations:signup",
    "company:sign_in",
    "company:oidc_callback",
    "company:saml_acs",
    "company:saml_finish",
    "company:saml_metadata",
    "account_signup",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_login_code",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "admin:login",
}


def modules():
    """Give every Python file of the product as a path from the root."""
    paths = (path for app in APPS for path in (ROOT / app).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in paths if "migrations" not in path.parts)


@cache
def tree_of(path):
    return ast.parse((ROOT / path).read_text())


def faults_of(rule, paths):
    """Give "file:line: what" for each fault that `rule(path, tree)` finds."""
    return [f"{path}:{line}: {what}" for path in paths for line, what in rule(path, tree_of(path))]


def imports(tree):
    """Give (line, dotted name) of all that is imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def other_clocks(path, tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if name in {"timezone.now", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}:
                yield node.lineno, name
        if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield node.lineno, node.arg
    yield from ((line, name) for line, name in imports(tree) if name.endswith("functions.Now"))


def transition_calls(path, tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in transitions():
            receiver = node.func.value
            if not (isinstance(receiver, ast.Name) and receiver.id in {"connection", "conn", "file", "util"}):
                yield node.lineno, f"calls the transition {node.func.attr}"


def view_manners(path, tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            receiver = ast.unparse(node.func.value)
            if not re.fullmatch(r"\w*form|(request\.)?session", receiver):
                yield node.lineno, f"writes: {receiver}.{node.func.attr}"
        if isinstance(node, ast.Constant) and node.value in statuses():
            yield node.lineno, f"names the status {node.value!r}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id.endswith("Status"):
            yield node.lineno, f"names the status {ast.unparse(node)}"


def unmarked_words(path, tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in WORDS_FOR_READERS and is_words(node.value):
            yield node.value.lineno, f"{node.arg}={ast.unparse(node.value)}"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            told = node.args[1:2] if called.startswith("messages.") else node.args[:1]
            if re.fullmatch(r"messages\.\w+|(\w+\.)?ValidationError", called) and any(map(is_words, told)):
                yield node.lineno, ast.unparse(node)


def is_words(node):
    plain = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    return plain and bool(re.search(r"[A-Za-z]{2}", ast.unparse(node)))


@cache
def transitions():
    methods = (getattr(model, name, None) for model in apps.get_models() for name in dir(model) if name.islower())
    return {method.__name__ for method in methods if hasattr(method, "_django_fsm")}


@cache
def statuses():
    machines = (vars(import_module(f"{app}.workflow")).values() for app in ("partners", "requests_app"))
    choices = (value for values in machines for value in values if isinstance(value, type(Choices)))
    return {value for kind in choices if kind.__name__.endswith("Status") for value in kind.values}


def is_view(path):
    return "views" in path.with_suffix("").parts


@pytest.mark.parametrize(
    ("rule", "path", "line"),
    [
        (other_clocks, "partners/x.py", "timezone.now()"),
        (other_clocks, "partners/x.py", "default=datetime.now"),
        (other_clocks, "partners/x.py", "f(auto_now_add=True)"),
        (other_clocks, "partners/x.py", "from django.db.models.functions import Now"),
        (transition_calls, "requests_app/x.py", "share.accept(at=now)"),
        (transition_calls, "requests_app/x.py", "self.partner.suspend(at=now)"),
        (view_manners, "requests_app/views.py", "Share.objects.filter(pk=1).update(x=1)"),
        (view_manners, "requests_app/views.py", "share.save()"),
        (view_manners, "requests_app/views.py", "if share.status == 'accepted': pass"),
        (view_manners, "requests_app/views.py", "ShareStatus.ACCEPTED"),
        (unmarked_words, "requests_app/forms.py", "CharField(label='Budget')"),
        (unmarked_words, "requests_app/forms.py", "raise forms.ValidationError('Too much')"),
        (unmarked_words, "requests_app/forms.py", "messages.success(request, f'{name} closed')"),
    ],
)
def test_rule_finds_what_it_is_for(rule, path, line):
    assert list(rule(Path(path), ast.parse(line))) != []


def test_all_code_asks_one_clock():
    assert faults_of(other_clocks, [path for path in modules() if path != Path("accounts/clock.py")]) == []


def test_only_services_call_transitions():
    assert {"accept", "authorise", "close", "suspend"} <= transitions()
    callers = [path for path in modules() if path.stem not in TRANSITION_CALLERS]
    assert faults_of(transition_calls, callers) == []


def test_views_neither_write_nor_name_a_status():
    assert {"reviewing", "suspended"} <= statuses()
    views = [path for path in modules() if is_view(path)]
    assert Path("requests_app/pages/views.py") in views
    assert faults_of(view_manners, views) == []


def test_words_that_people_read_are_marked_for_translation():
    for_developers = {"management", "styleguide.py"}
    assert faults_of(unmarked_words, [path for path in modules() if not for_developers & set(path.parts)]) == []


def views_of(patterns, names=""):
    """Give (full name, view) of every URL."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{names}{pattern.name or pattern.pattern}", pattern.callback
        else:
            space = f"{names}{pattern.namespace}:" if pattern.namespace else names
            yield from views_of(pattern.url_patterns, space)


JOINS = re.compile(r"""["'](, |: |; )["']\.join\(|f["'][^"']*\{[^}]*\}(, |: | \()\{""")
BETWEEN = re.compile(r"[,:;]? ")
READ_BY_OPERATORS = re.compile(
    r"management/|integrity/|migrations/|shoppartners/|demo/seed|event_chain|failed_tasks|offers\.py"
)
NOT_READ = re.compile(r"accounts/(search|mails)\.py|demo/stories")  # words that are compared, headers, codes


def added_words(path, tree):
    """Find text that is joined on by a space, comma or colon: `text += " " + more`, `text + ", " + more`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign | ast.BinOp) and isinstance(node.op, ast.Add):
            sides = [node.value] if isinstance(node, ast.AugAssign) else [node.left, node.right]
            if any(BETWEEN.match(begin_of(side)) for side in sides):
                yield node.lineno, "joins words by a sign of English"


def begin_of(node):
    """Give the literal text that an expression begins with, "" if it begins with none."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def test_words_are_joined_as_the_language_joins_them():
    """`accounts.formats` does: Chinese has other commas, colons and brackets. What operators read is English."""
    paths = (path for app in APPS for path in (ROOT / app).rglob("*.py"))
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in paths
        if not READ_BY_OPERATORS.search(str(path.relative_to(ROOT)))
        for line in path.read_text().splitlines()
        if JOINS.search(line) and "_change_reason" not in line  # names of fields, stored
    ]

    assert JOINS.search('", ".join(names)')
    assert JOINS.search('f"{name}: {why}."')
    assert JOINS.search('f"{name} ({note})"')
    assert found == []


@pytest.mark.parametrize(
    "line", ['text += " " + more', 'text += f" {more}"', "text += ': ' + more", 'a + " " + b', 'a + ", " + b']
)
def test_words_are_not_joined_on_by_a_sign_either(line):
    read = [path for path in modules() if not re.search(f"{READ_BY_OPERATORS.pattern}|{NOT_READ.pattern}", str(path))]

    assert list(added_words(Path("x.py"), ast.parse(line)))
    assert faults_of(added_words, read) == []


def test_page_is_private_unless_the_list_says_it_is_public():
    public = {name for name, view in views_of(get_resolver().url_patterns) if not getattr(view, "login_required", True)}

    assert public == PUBLIC


def texts():
    """Give (name, text) of every tracked file that is a text."""
    for name in files.tracked():
        try:
            yield name, (ROOT / name).read_text()
        except UnicodeDecodeError:  # a picture
            continue


def test_files_of_an_archive_without_git_are_those_that_git_lists():
    listed = files.tracked("--cached", "--others", "--exclude-standard")

    assert set(files.walked(ROOT)) - {".git"} >= set(listed) > {"README.md", "docs/status.md"}


def test_files_are_found_where_git_says_nothing_of_them(monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nonexistent")  # it answers as for a repository that is another user's

    assert files.tracked() == sorted(files.walked(ROOT))


def test_files_of_an_archive_leave_out_what_a_run_makes(tmp_path):
    (tmp_path / ".gitignore").write_text("var/\nlocale/*/LC_MESSAGES/*.mo\n*.pyc\n")
    for name in ("var/log", "locale/de/LC_MESSAGES/django.mo", "locale/de/LC_MESSAGES/django.po", "a/b.pyc", "a/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert set(files.walked(tmp_path)) == {".gitignore", "locale/de/LC_MESSAGES/django.po", "a/b.py"}


def test_no_file_names_a_package_registry():
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb." + "debian.org"]
    registry = re.compile("|".join(map(re.escape, hosts)))
    found = [name for name, text in texts() if registry.search(text)]

    assert registry.search("https://files.python" + "hosted.org/")
    assert found == []


def test_platform_is_named_in_the_settings_alone():
    # Where messages are masked it is one of the networks on which people have a name.
    masking = "requests_app/conversation/masking/"
    allowed = re.compile(rf"^(docs/|tests/|README|CHANGELOG|shoppartners/settings\.py$|{masking})")
    found = [name for name, text in texts() if "tiktok" in text.lower() and not allowed.match(name)]

    assert found == []


def pins(lock):
    return set(
        re.findall(r"^([a-z0-9._-]+(?:\[[a-z,]+\])?==\S+)", (ROOT / "requirements" / lock).read_text(), re.MULTILINE)
    )


def test_development_runs_the_versions_of_production():
    extras = {"sentry-sdk", "django-anymail", "requests", "certifi", "urllib3", "charset-normalizer", "idna"}
    differing = {pin for pin in pins("production.txt") - pins("dev.txt") if pin.partition("==")[0] not in extras}

    assert len(pins("production.txt")) > 30
    assert differing == set()
