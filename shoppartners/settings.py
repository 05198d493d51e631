"""All settings, from the environment alone. docs/operations.md lists every variable."""

import importlib.resources
from pathlib import Path

import structlog
from django.utils.csp import CSP

from shoppartners import masking
from shoppartners.environment import Env
from shoppartners.release import VERSION

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# What kind of site this is. DEMO alone permits the demo's tools and plain HTTP on 127.0.0.1.
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # earlier keys: what they signed stays valid
# Signs each request's events (requests_app.event_chain). A separate key stays when SECRET_KEY changes.
AUDIT_KEY = env.str("AUDIT_KEY", default=SECRET_KEY)
AUDIT_KEY_FALLBACKS = env.list("AUDIT_KEY_FALLBACKS", default=[])  # earlier keys, whose signatures stay valid
PLATFORM_NAME = env.str("PLATFORM_NAME", default="TikTok Shop")
SITE_URL = env.site_url("SITE_URL", default="http://127.0.0.1:8000")  # mails link here, never to the Host header
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
# Whom pages and mails name to write to for help (accounts.support).
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="support@example.com" if DEMO else "").strip()
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
DEMO_CLOCK_FILE = VAR_DIR / "demo_clock"

# Database
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'shoppartners.sqlite3'}")}
ON_POSTGRESQL = DATABASES["default"]["ENGINE"].endswith("postgresql")
if ON_POSTGRESQL:
    from shoppartners.postgresql.options import with_pool, with_replica

    _pool = {"min_size": env.int("DB_POOL_MIN", default=1), "max_size": env.int("DB_POOL_MAX", default=12)}
    DATABASES["default"] = with_pool(DATABASES["default"], **_pool)
    # Where pages that only show may read (shoppartners.replica).
    if env.str("REPLICA_URL", default=""):
        DATABASES |= with_replica(DATABASES["default"], env.db_url("REPLICA_URL"), **_pool)
        DATABASE_ROUTERS = ["shoppartners.replica.Router"]
else:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # writers wait for each other instead of failing at the first write
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
# Seconds that one statement of a page, or of a page of the admin, may take on PostgreSQL; 0 sets no limit.
PAGE_STATEMENT_SECONDS = env.int("PAGE_STATEMENT_SECONDS", default=2)
ADMIN_STATEMENT_SECONDS = env.int("ADMIN_STATEMENT_SECONDS", default=10)
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # email is unique by a constraint on its lower case
    "models.W040",  # SQLite ignores the covering part of the matching index
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Applications
INSTALLED_APPS = [
    "requests_app",
    "partners",
    "accounts",
    "shoppartners.apps.ProjectConfig",
    "shoppartners.apps.StaffAdminConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "shoppartners.static.OurStaticFilesConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_fsm",
    "django_htmx",
    "django_structlog",
    "health_check",
    "heroicons",
    "simple_history",
]
if ON_POSTGRESQL:
    INSTALLED_APPS.append("procrastinate.contrib.django")

MIDDLEWARE = [
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shoppartners.http_limits.HttpLimitsMiddleware",
    "shoppartners.statement_limits.StatementLimitMiddleware",  # before all that asks the database
    "django.middleware.security.SecurityMiddleware",
    "shoppartners.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # its files get the headers of the middleware above
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "requests_app.company.sessions.CompanySessionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "shoppartners.logs.RequestMiddleware",
    "accounts.middleware.OneMomentMiddleware",
    "accounts.middleware.AccountActsMiddleware",  # the last: it sees the answer to an error, and undoes what led to it
]
if "replica" in DATABASES:
    MIDDLEWARE.insert(
        MIDDLEWARE.index("accounts.middleware.OneMomentMiddleware"), "shoppartners.replica.ReplicaMiddleware"
    )
MAINTENANCE = env.bool("MAINTENANCE", default=False)
if MAINTENANCE:  # after the middleware for the language, before any that needs the database
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.middleware.locale.LocaleMiddleware") + 1,
        "shoppartners.maintenance.MaintenanceMiddleware",
    )
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # with it /metrics answers, without one to nobody
WORKER_METRICS_PORT = env.int("WORKER_METRICS_PORT", default=0)  # where the worker answers it; 0 for nowhere
WORKER_METRICS_HOST = env.str("HOST", default="127.0.0.1")
if METRICS_TOKEN:  # before all that may refuse a request, so that it is counted
    MIDDLEWARE.insert(
        MIDDLEWARE.index("shoppartners.http_limits.HttpLimitsMiddleware"), "shoppartners.metrics.page.MetricsMiddleware"
    )
ROOT_URLCONF = "shoppartners.urls"
WSGI_APPLICATION = "shoppartners.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "shoppartners.template_loader.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "requests_app.pages.frame.frame",
            ],
        },
    }
]
FORM_RENDERER = "accounts.fields.FormRenderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [  # none demands kinds of characters
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "django.contrib.auth.password_validation.MinimumLengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "accounts.passwords.SiteWordsValidator",
        "accounts.passwords.OwnWordsValidator",
    )
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.allauth_forms.LoginForm",
    "reauthenticate": "accounts.allauth_forms.ReauthenticateForm",
    "change_password": "accounts.allauth_forms.ChangePasswordForm",
    "reset_password": "accounts.allauth_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.allauth_forms.ResetPasswordKeyForm",
    "add_email": "accounts.allauth_forms.AddEmailForm",
}
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60  # seconds
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional" if DEMO else "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before an address is added, removed or made primary
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of changes of password, address or second factor
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
ACCOUNT_RATE_LIMITS = {  # allauth's own numbers, written out; what is not named here has allauth's number too
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",  # the key is the account's address
    "company_sign_in": "30/m/ip",  # ours
    "company_provider": "120/m/key",  # ours: how often one provider is asked for a token, by whomever
    "read_amount": "300/m/ip",  # ours: a page asks after each pause in typing, and offices share an address
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Shop Partners"
MFA_TOTP_TOLERANCE = 1  # one step late; accounts.app_codes refuses one step early, and a second use
MFA_FORMS = {
    "authenticate": "accounts.allauth_forms.AuthenticateForm",
    "reauthenticate": "accounts.allauth_forms.ReauthenticateCodeForm",
    "add_webauthn": "accounts.allauth_forms.AddWebAuthnForm",
    "authenticate_webauthn": "accounts.allauth_forms.AuthenticateWebAuthnForm",
    "login_webauthn": "accounts.allauth_forms.LoginWebAuthnForm",
    "reauthenticate_webauthn": "accounts.allauth_forms.ReauthenticateWebAuthnForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
# Companies' own providers (requests_app.company): rows of the database, chosen by the domain of an address.
SOCIALACCOUNT_ADAPTER = "requests_app.company.adapter.CompanyAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_AUTO_SIGNUP = SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
COMPANY_SIGN_IN_URL = "company:sign_in"
COMPANY_SIGN_IN_HOURS = env.int("COMPANY_SIGN_IN_HOURS", default=12)  # then the company's provider is asked again
PRIVATE_PROVIDERS = DEMO or DEBUG  # whether a provider may stand at a private address and speak plain HTTP
ASKER_OF_READER = "requests_app.pages.memberships.asker_of"  # whom the directory's reader can ask (partners.asking)
CURRENCY_OF_READER = (
    "requests_app.pages.memberships.currency_of"  # (request) -> code; the directory itself knows no shops
)
NAMES_AROUND_PERSON = "requests_app.pages.memberships.names_around"  # (user) -> names, for passwords; as above
REQUESTS_PER_HOUR = env.int("REQUESTS_PER_HOUR", default=20)  # submissions of one person
APPLICATION_DAYS = env.int("APPLICATION_DAYS", default=5)  # within which applicants are promised an answer
KEEP_CONTACT_MONTHS = env.int("KEEP_CONTACT_MONTHS", default=24)  # contact details and free text of a closed request
STAFF_NEED_SECOND_FACTOR = not DEMO

# Rate limits are stored here, so in production all processes share it. With Django's default of 300 entries, somebody
# who tries many addresses could push out the counts of others.
CACHES = {
    "default": {"max_entries": 10_000}
    | env.cache_url("CACHE_URL", default="dbcache://cache_table" if ON_POSTGRESQL else "locmemcache://")
}
if ON_POSTGRESQL and CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache":
    CACHES["default"]["BACKEND"] = "shoppartners.cache.DatabaseCache"  # SQLite has one writer at a time

# Language, time, numbers
LANGUAGE_CODE = "en"
LANGUAGES = [  # each with its name in the language itself
    ("en", "English"),
    ("id", "Bahasa Indonesia"),
    ("de", "Deutsch"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 31_536_000  # for signed-in people the account stores the language
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True

# Static files
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap/css", str(importlib.resources.files("bootstrap") / "css")),
    ("bootstrap/js", str(importlib.resources.files("bootstrap") / "js")),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "ico", "woff2", "gz", "br"]

# Mail: MAIL_URL chooses the transport; a demo writes every mail to a folder that /demo/mail/ shows.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Shop Partners <no-reply@localhost>")
DEMO_MAIL_DIR = VAR_DIR / "demo_mail"
_mail = env.email_url("MAIL_URL", default="consolemail://")
MAILS_TO_FOLDER = DEMO and "MAIL_URL" not in env.ENVIRON
if MAILS_TO_FOLDER:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(DEMO_MAIL_DIR)},
        }
    }
elif "MAIL_BACKEND" in env.ENVIRON:  # a provider's API, by django-anymail
    MAILERS = {"default": {"BACKEND": env.str("MAIL_BACKEND"), "OPTIONS": env.json("MAIL_OPTIONS", default={})}}
elif _mail["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
    MAILERS = {
        "default": {
            "BACKEND": "accounts.smtp.EmailBackend",
            "OPTIONS": {
                "host": _mail["EMAIL_HOST"],
                "port": _mail["EMAIL_PORT"],
                "username": _mail["EMAIL_HOST_USER"],
                "password": _mail["EMAIL_HOST_PASSWORD"],
                "use_tls": _mail.get("EMAIL_USE_TLS", False),
                "use_ssl": _mail.get("EMAIL_USE_SSL", False),
                "timeout": 20,
            },
        }
    }
else:
    MAILERS = {"default": {"BACKEND": _mail["EMAIL_BACKEND"]}}
MAIL_SENDERS = env.int("MAIL_SENDERS", default=4)  # mails at once in one round; on SQLite one

# Tasks: on PostgreSQL queued in the transaction of the change; on SQLite run in this process after the commit.
TASKS = {
    "default": {
        "BACKEND": "shoppartners.task_backends.ProcrastinateBackend"
        if ON_POSTGRESQL
        else "shoppartners.task_backends.OnCommitBackend"
    }
}
TIMER_THREADS = env.int("TIMER_THREADS", default=3)  # acts at once in one round of the timers; on SQLite one
PROCRASTINATE_ON_APP_READY = "shoppartners.worker.register"
ON_WORKER_BEGUN = "shoppartners.worker.begin"

# Safety
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
HTTPS = env.bool("HTTPS", default=not (DEMO or DEBUG))
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
if HTTPS:  # browsers accept cookies with this prefix only from this host and over HTTPS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # unless “Keep me signed in” was ticked; passkeys and sign-ups do not offer it
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# Logs: one line of JSON an event; never a form's values, nor a token in a URL (shoppartners.masking).
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.stdlib.add_log_level,
                structlog.processors.ExceptionRenderer(masking.format_error),
                masking.mask,
            ],
        }
    },
    "filters": {"one_line": {"()": masking.OneLine}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["one_line"]}},
    "loggers": {"procrastinate.blueprints": {"level": "WARNING"}, "procrastinate.periodic": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_log_level,
        structlog.processors.ExceptionRenderer(masking.format_error),
        masking.mask,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
if env.str("SENTRY_DSN", default=""):
    import sentry_sdk

    sentry_sdk.init(
        dsn=env.str("SENTRY_DSN"),
        release=VERSION,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",  # forms hold contact details
        before_send=masking.scrub,
    )
TRACES_TO = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")  # shoppartners.traces
