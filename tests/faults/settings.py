"""The real settings for the processes that are killed, without what takes their tests time: hashed files and passwords.

DATABASE_URL and the rest come from tests.faults.site.
"""

from shoppartners.settings import *  # noqa: F403
from shoppartners.settings import BASE_DIR, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT = BASE_DIR / "static"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {  # what is broken on purpose need not be told
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"nowhere": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["nowhere"]},
}
STATICFILES_DIRS = []  # the root is the folder itself
