"""The contract and the two pages that show it. What they need beyond the site's own policy is allowed here only."""

from typing import Any, ClassVar

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request


class KeptGenerator(SchemaGenerator):
    """Makes the contract once a process: it depends on the code alone, and making it takes most of a second."""

    kept: ClassVar[dict[str, Any]] = {}

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 – inherited
        """Answer with the contract made before, if there is one."""
        if not KeptGenerator.kept:
            KeptGenerator.kept = super().get_schema(request, public)
        return KeptGenerator.kept


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 contract of this API, as YAML or JSON."""

    throttle_classes = ()
    generator_class = KeptGenerator


@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI, which styles its elements inline; its script is a file of its own."""

    throttle_classes = ()
    url_name = "api:schema"
    template_name = "api/swagger.html"


@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]}), name="dispatch")
class RedocView(SpectacularRedocView):
    """Redoc, which styles its elements inline and searches in a worker of its own making."""

    throttle_classes = ()
    url_name = "api:schema"
    template_name = "api/redoc.html"
