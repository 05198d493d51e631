"""What gunicorn serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")

import django

django.setup(set_prefix=False)

from requests_app.integrity.checks import log_warnings  # noqa: E402
from shoppartners.handler import Handler  # noqa: E402

application = Handler()
log_warnings()
