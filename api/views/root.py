"""The index at `/api/v1/`."""

from typing import Any

from rest_framework.request import Request
from rest_framework.reverse import reverse
from rest_framework.routers import APIRootView

from api import parameters


class RootView(APIRootView):
    """What this API holds: the address of every list."""

    schema = None  # an index of the contract's own lists

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse every parameter: there is nothing to choose."""
        super().initial(request, *args, **kwargs)
        parameters.read(request, {})

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Name what is no list of records too."""
        response = super().get(request, *args, **kwargs)
        response.data["changes"] = reverse("api:changes", request=request)
        return response
