"""How gunicorn serves: ``gunicorn -c python:conflictdb.serving conflictdb.wsgi`` in production, and what `run` shares.

Options on gunicorn's command line overrule it.
"""

import os

workers = int(os.environ.get("WEB_CONCURRENCY") or 2 * (os.cpu_count() or 1) + 1)
preload_app = True  # what is wrong with the settings shows before a worker is forked, and the workers share the code
control_socket_disable = True  # gunicorn would open it in the home folder, which a service need not have
limit_request_line = 8_190  # bytes, gunicorn's largest: a list of a hundred slugs is an address too
accesslog = "-"
