"""What gunicorn serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")

from shoppartners.plain_errors import ended_plainly

NOT_LOADED = 4  # gunicorn's status for an application that no further try will load

with ended_plainly(NOT_LOADED):
    import django

    django.setup(set_prefix=False)

    from shoppartners import traces

    traces.begin()

import structlog  # noqa: E402

from shoppartners.checks import log_warnings  # noqa: E402
from shoppartners.handler import Handler  # noqa: E402
from shoppartners.release import VERSION  # noqa: E402

logger = structlog.get_logger(__name__)
logger.info("web_started", version=VERSION)
application = Handler()
log_warnings()
