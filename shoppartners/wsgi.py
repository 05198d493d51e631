import os

from django.core.wsgi import get_wsgi_application

from requests_app.integrity.checks import log_warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shoppartners.settings")
application = get_wsgi_application()
log_warnings()
