"""The content security policy of answers: django-csp's, written once for all that ask for nothing else."""

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

OF_ITS_OWN = ("_csp_config", "_csp_update", "_csp_replace", "_csp_exempt")  # as django-csp marks answers


class PolicyMiddleware(CSPMiddleware):
    """Puts the settings' policy on answers. django-csp writes it anew each time: a tenth of what Django costs a list."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header; where an answer has a policy of its own, or may be a page for debugging, as django-csp does."""
        if settings.DEBUG or any(getattr(response, name, None) for name in OF_ITS_OWN):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _policy())
        return response


@cache
def _policy() -> str:
    return build_policy()
