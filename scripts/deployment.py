"""Writes what a machine needs to run the site: `python -m scripts.deployment ENVIRONMENT INTO [FOLDER]`.

systemd's units, nginx's configuration and the command `shoppartners` come from the templates in deploy/machine, which
lie there as they will lie in INTO: `/` for the machine itself. They run the product in FOLDER, which may be a link that
leads to one release after the other, and is this tree by itself. What is missing or wrong in the environment file is
printed, a line each, and then nothing is written.
"""

import difflib
import ipaddress
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.http.request import validate_host
from django.template import Context, Engine

from shoppartners.facts import SHORT_KEY
from shoppartners.http_limits import PERMISSIONS_POLICY

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "deploy" / "machine"
RULES = ROOT / "deploy" / "nginx"  # as they are, for containers too
PLACE_OF_RULES = "etc/nginx/shoppartners"
UNITS = "etc/systemd/system"
SERVICE = f"{UNITS}/service.inc"  # what every service's unit has
COMMAND = "usr/local/bin/shoppartners"
OWN = {"CERTIFICATES", "LOAD_BALANCERS", "BACKUPS", "KEEP_BACKUP_DAYS"}  # of the files written here, not of the site
PLAIN_SITE = re.compile(r"https://[\w.-]+(:\d+)?/?", re.ASCII)
PLAIN_PATH = re.compile(r"/[\w./-]+")  # needs no quotes, in whatever file it stands
HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - from the units, by ProtectHome=, PrivateTmp=
A_KEY = "`openssl rand -hex 32` prints one"


def read(text):
    """Return the variables of an environment file, and what is wrong with its lines.

    systemd, Docker and `shoppartners` have to read the same. So a value is all that follows the "=", without
    quotes and backslashes, which they read differently.
    """
    found, problems = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
            problems.append(f"line {number}: this is not NAME=value")
        elif name in found:
            problems.append(f"line {number}: {name} is there a second time")
        elif value != value.strip() or re.search(r"""^["']|\\|["']$""", value):
            problems.append(f"line {number}: {name} has quotes, a backslash, or spaces at an end; write the bare value")
        found.setdefault(name, value)
    return found, problems


def documented():
    """Return the names of all variables: docs/operations.md lists them."""
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def wrong_with(variables):
    """Yield what is missing or wrong, a sentence each, naming the variable."""
    yield from _misspelt(variables)
    for rule in (_keys, _addresses, _mails, _proxy, _kind, _files):
        yield from rule(lambda name: variables.get(name, ""))


def _misspelt(variables):
    known = sorted(documented() | OWN)
    for name in variables.keys() - set(known):
        if name.startswith("OTEL_"):  # OpenTelemetry reads them itself
            continue
        if near := difflib.get_close_matches(name, known, n=1, cutoff=0.8):
            yield f"{name} is no variable of the site: is {near[0]} meant?"


def _keys(value):
    for name in ("SECRET_KEY", "AUDIT_KEY"):
        if len(value(name)) < SHORT_KEY:
            yield f"{name} has to be a random text of {SHORT_KEY} characters or more: {A_KEY}"
    if value("SECRET_KEY") and value("SECRET_KEY") == value("AUDIT_KEY"):
        yield f"AUDIT_KEY is the same as SECRET_KEY: {A_KEY}"


def _addresses(value):
    if urlsplit(value("DATABASE_URL")).scheme not in {"postgres", "postgresql"}:
        yield "DATABASE_URL has to name a PostgreSQL: postgres://user:password@host/name"
    site = urlsplit(value("SITE_URL"))
    if not PLAIN_SITE.fullmatch(value("SITE_URL")):
        yield "SITE_URL has to be https:// and the name of the site, without a path: https://partners.example.com"
    elif not validate_host(site.hostname, _listed(value("ALLOWED_HOSTS"))):
        yield f"ALLOWED_HOSTS has to name the host of SITE_URL: {site.hostname}"


def _mails(value):
    if not (value("MAIL_URL") or value("MAIL_BACKEND")):
        yield "MAIL_URL is not set: smtp+tls://user:password@host:587, or consolemail:// to write mails into the log"
    for name in ("DEFAULT_FROM_EMAIL", "SUPPORT_EMAIL"):
        if "@" not in value(name):
            yield f"{name} has to be an email address"


def _proxy(value):
    for name in ("BEHIND_PROXY", "TRUSTED_PROXY_COUNT"):  # nginx gives one address, a load balancer before it or not
        if value(name) != "1":
            yield f"{name} has to be 1: the site stands behind the nginx that is written here"
    for balancer in _listed(value("LOAD_BALANCERS")):
        try:
            ipaddress.ip_network(balancer)
        except ValueError:
            yield f"LOAD_BALANCERS has to list addresses or networks, with commas: {balancer} is none"


def _kind(value):
    for name in ("DEBUG", "DEMO"):
        if value(name) not in {"", "0"}:
            yield f"{name} is not for a site in production: remove it"
    if value("HTTPS") not in {"", "1"}:
        yield "HTTPS has to be 1, which it is by itself: remove it"


def _files(value):
    folder = value("CERTIFICATES")
    if not PLAIN_PATH.fullmatch(folder):
        yield "CERTIFICATES has to be the folder of fullchain.pem and privkey.pem, as /etc/shoppartners/certificates"
    else:
        missing = [path for path in (f"{folder}/fullchain.pem", f"{folder}/privkey.pem") if not Path(path).exists()]
        yield from (f"CERTIFICATES: {path} is missing" for path in missing)
    if value("BACKUPS"):
        yield from _place("BACKUPS", value("BACKUPS"))
        if len(Path(value("BACKUPS")).parts) < 3:
            yield "BACKUPS has to be a folder of its own, as /var/backups/shoppartners"
    for name in ("KEEP_BACKUP_DAYS", "HSTS_SECONDS"):
        if value(name) and not value(name).isdecimal():
            yield f"{name} has to be a number"


def _place(name, path):
    if not PLAIN_PATH.fullmatch(path) or ".." in Path(path).parts:
        yield f"{name} has to be a whole path of letters, digits and . _ - / without .."
    for hidden in HIDDEN:
        if Path(path).is_relative_to(hidden):
            yield f"{name} is in {hidden}, of which the site's units see nothing: let it be elsewhere"


def _listed(text):
    return [part.strip() for part in text.split(",") if part.strip()]


def _listens(variables):
    """Return where gunicorn would listen without systemd (gunicorn.conf.py): there nginx answers /metrics."""
    return f"{variables.get('HOST') or '127.0.0.1'}:{variables.get('PORT') or '8000'}"


def written(variables, environment, *, folder=ROOT):
    """Return {path: text} of all that is written, for the environment file of this path and the product in `folder`."""
    engine = Engine(dirs=[str(TEMPLATES)], autoescape=False)
    context = Context(
        {
            "environment": environment,
            "folder": folder,
            "programs": f"{folder}/.venv/bin",
            "static": f"{folder}/staticfiles",
            "service": SERVICE,
            "site_url": variables["SITE_URL"].rstrip("/"),
            "certificates": variables["CERTIFICATES"],
            "balancers": _listed(variables.get("LOAD_BALANCERS", "")),
            "backups": variables.get("BACKUPS") or "/var/backups/shoppartners",
            "keep_backup_days": variables.get("KEEP_BACKUP_DAYS") or "30",
            "hsts_seconds": int(variables.get("HSTS_SECONDS") or 31_536_000),
            "permissions_policy": PERMISSIONS_POLICY,
            "metrics": variables.get("METRICS_TOKEN") and _listens(variables),
        }
    )
    names = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.is_file())
    texts = {name: engine.get_template(name).render(context) for name in names if name != SERVICE}
    return texts | {f"{PLACE_OF_RULES}/{rules.name}": rules.read_text() for rules in RULES.glob("*.conf")}


def write(texts, into):
    """Write them below this folder, and print what is new or changed. Everybody may read them: no secret is in them."""
    for name, text in sorted(texts.items()):
        path = into / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote {path}")
        path.chmod(0o755 if name == COMMAND else 0o644)


def main(environment, into, folder=ROOT):
    """Return what is wrong, a line each; nothing is written then."""
    path = Path(environment).resolve()
    if not PLAIN_PATH.fullmatch(str(path)):
        return [f"{path} has to be a path of letters, digits and . _ - / alone, as /etc/shoppartners/environment is"]
    try:
        mode, (variables, problems) = path.stat().st_mode, read(path.read_text())
    except OSError as error:
        return [f"{path}: {error.strerror}"]
    if mode & 0o007:
        problems.append(f"everybody may read it, and it holds passwords: chmod 640 {path}")
    if problems := [*problems, *wrong_with(variables)]:
        return [f"{path}: {problem}" for problem in problems]
    if problems := list(_place("FOLDER", str(folder))):
        return problems
    write(written(variables, path, folder=folder), Path(into))
    return []


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit("python -m scripts.deployment ENVIRONMENT INTO [FOLDER]")
    sys.exit("\n".join(main(*sys.argv[1:])) or None)
