"""What gunicorn serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")

import django

django.setup(set_prefix=False)

from shoppartners.handler import Handler  # noqa: E402

application = Handler()
