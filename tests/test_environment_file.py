"""The environment file of a machine: what `make deployment` takes and refuses, and in which words."""

import pytest
from django.conf import settings

from scripts import deployment

pytestmark = pytest.mark.once

VARIABLES = {
    "SECRET_KEY": "0123456789abcdef" * 4,
    "AUDIT_KEY": "fedcba9876543210" * 4,
    "DATABASE_URL": "postgres://shoppartners@//var/run/postgresql/shoppartners",
    "ALLOWED_HOSTS": "partners.example.com",
    "SITE_URL": "https://partners.example.com",
    "MAIL_URL": "smtp+tls://user:pass$word@mail.example.com:587",
    "DEFAULT_FROM_EMAIL": "Shop Partners <hello@partners.example.com>",
    "SUPPORT_EMAIL": "help@partners.example.com",
    "BEHIND_PROXY": "1",
    "TRUSTED_PROXY_COUNT": "1",
    "CERTIFICATES": "/etc/shoppartners/certificates",
}


@pytest.fixture
def certificates(tmp_path):
    for name in ("fullchain.pem", "privkey.pem"):
        (tmp_path / name).touch()
    return str(tmp_path)


def test_example_and_these_variables_lack_nothing(certificates):
    example, problems = deployment.read((settings.BASE_DIR / "deploy/environment").read_text())
    filled = example | VARIABLES | {"CERTIFICATES": certificates}

    assert problems == []
    assert set(VARIABLES) <= set(example) <= deployment.documented() | deployment.OWN
    assert list(deployment.wrong_with(filled)) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY has to be a random text of 32 characters"),
        ("AUDIT_KEY", "0123456789abcdef" * 4, "AUDIT_KEY is the same as SECRET_KEY"),
        ("DATABASE_URL", "", "DATABASE_URL has to name a PostgreSQL"),
        ("DATABASE_URL", "sqlite:////var/lib/x", "DATABASE_URL has to name a PostgreSQL"),
        ("SITE_URL", "http://partners.example.com", "SITE_URL has to be https://"),
        ("SITE_URL", "https://partners.example.com/shop", "SITE_URL has to be https://"),
        ("SITE_URL", "https://partners.example.com;x", "SITE_URL has to be https://"),
        ("ALLOWED_HOSTS", "other.example", "ALLOWED_HOSTS has to name the host of SITE_URL: partners.example.com"),
        ("MAIL_URL", "", "MAIL_URL is not set"),
        ("DEFAULT_FROM_EMAIL", "", "DEFAULT_FROM_EMAIL has to be an email address"),
        ("SUPPORT_EMAIL", "nobody", "SUPPORT_EMAIL has to be an email address"),
        ("BEHIND_PROXY", "0", "BEHIND_PROXY has to be 1"),
        ("TRUSTED_PROXY_COUNT", "2", "TRUSTED_PROXY_COUNT has to be 1"),
        ("LOAD_BALANCERS", "10.0.0.0/8, balancer", "balancer is none"),
        ("DEMO", "1", "DEMO is not for a site in production"),
        ("HTTPS", "0", "HTTPS has to be 1"),
        ("CERTIFICATES", "here", "CERTIFICATES has to be the folder"),
        ("CERTIFICATES", "/nowhere", "CERTIFICATES: /nowhere/fullchain.pem is missing"),
        ("BACKUPS", "/var/my backups", "BACKUPS has to be a whole path"),
        ("BACKUPS", "/var/../etc/backups", "BACKUPS has to be a whole path"),
        ("BACKUPS", "/", "BACKUPS has to be"),
        ("BACKUPS", "/var/", "BACKUPS has to be a folder of its own"),
        ("BACKUPS", "/root/backups", "BACKUPS is in /root, of which the site's units see nothing"),
        ("BACKUPS", "/run/user/0/backups", "BACKUPS is in /run/user, of which"),
        ("KEEP_BACKUP_DAYS", "a month", "KEEP_BACKUP_DAYS has to be a number"),
        ("KEEP_CONTACT_MONTH", "12", "is KEEP_CONTACT_MONTHS meant?"),
    ],
)
def test_wrong_variable_is_named(name, value, told, certificates):
    problems = list(deployment.wrong_with(VARIABLES | {"CERTIFICATES": certificates, name: value}))

    assert [told in problem for problem in problems][:1] == [True]
    assert not any("\n" in problem for problem in problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "0123456789abcdef" * 2),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "5"),
        ("ALLOWED_HOSTS", "other.example, Partners.example.com"),
        ("ALLOWED_HOSTS", ".example.com"),
        ("BACKUPS", "/homes/backups"),
    ],
)
def test_variable_that_the_site_takes_is_taken(name, value, certificates):
    assert list(deployment.wrong_with(VARIABLES | {"CERTIFICATES": certificates, name: value})) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("export A=1", "line 1: this is not NAME=value"),
        ('A="1"', "line 1: A has quotes"),
        ("A=1\\", "line 1: A has quotes, a backslash"),
        ("A= 1", "line 1: A has quotes, a backslash, or spaces"),
        ("A=1\nA=2", "line 2: A is there a second time"),
    ],
)
def test_line_that_programs_would_read_differently_is_named(line, told):
    assert [problem.startswith(told) for problem in deployment.read(line)[1]] == [True]


def test_nothing_is_written_where_something_is_wrong(tmp_path):
    environment = tmp_path / "environment"
    environment.write_text("SECRET_KEY=short\n")
    environment.chmod(0o644)

    problems = deployment.main(environment, tmp_path / "machine")

    assert problems[0] == f"{environment}: everybody may read it, and it holds passwords: chmod 640 {environment}"
    assert all(problem.startswith(f"{environment}: ") for problem in problems)
    assert list(tmp_path.iterdir()) == [environment]
    assert deployment.main(tmp_path / "none", tmp_path) == [f"{tmp_path}/none: No such file or directory"]


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("/root/shoppartners", "FOLDER is in /root, of which the site's units see nothing: let it be elsewhere"),
        ("current", "FOLDER has to be a whole path of letters, digits and . _ - / without .."),
    ],
)
def test_folder_that_the_units_would_not_see_is_refused(folder, told, certificates, tmp_path):
    environment = tmp_path / "environment"
    lines = (VARIABLES | {"CERTIFICATES": certificates}).items()
    environment.write_text("".join(f"{name}={value}\n" for name, value in lines))
    environment.chmod(0o640)

    assert deployment.main(environment, tmp_path / "machine", folder) == [told]
    assert deployment.main(environment, tmp_path / "machine", "/srv/shoppartners/current") == []
