"""What gunicorn serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")

import django

django.setup(set_prefix=False)

import structlog  # noqa: E402

from requests_app.integrity.checks import log_warnings  # noqa: E402
from shoppartners.handler import Handler  # noqa: E402
from shoppartners.release import VERSION  # noqa: E402

structlog.get_logger("shoppartners").info("web_started", version=VERSION)
application = Handler()
log_warnings()
