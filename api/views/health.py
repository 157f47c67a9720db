"""Whether the process lives, and whether it can answer: for supervisors and load balancers."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

LOG = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 once the database answers and holds the dataset's tables, 503 until then."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('conflictdb_incident') IS NOT NULL")
            (has_tables,) = cursor.fetchone()
    except DatabaseError as error:
        LOG.warning("The database does not answer: %s", error)  # names hosts and users: not for everybody to read
        return JsonResponse({"status": "waiting", "detail": "The database does not answer."}, status=503)
    if not has_tables:
        return JsonResponse({"status": "waiting", "detail": "The database is not migrated yet."}, status=503)
    return JsonResponse({"status": "ready"})
