"""The WSGI application that is served."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conflictdb.settings")
application = get_wsgi_application()

from conflictdb.timeout import limit_statements  # noqa: E402 – needs the settings, which are read by now

limit_statements()  # this module is imported by servers only
