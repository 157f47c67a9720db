"""The committed contract: ``openapi.yaml`` and the real answers shown in it. Tests compare both with the code."""

import json
from typing import Any

from django.conf import settings
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from api.schema import EXAMPLES

FILE = settings.BASE_DIR / "api" / "openapi.yaml"
HOST = "127.0.0.1:8000"
FOUND = "2026-11-22T00:00:00.000000Z"  # when the disagreements of an example were found
# operation → the request whose answer, on the seed dataset, is its example
REQUESTS = {
    "incidents_list": "/api/v1/incidents/?disputed=true",
    "incidents_retrieve": "/api/v1/incidents/2023-us-retaliatory-strikes-in-syria/",
    "incidents_estimate_retrieve": "/api/v1/incidents/2023-us-retaliatory-strikes-in-syria/estimate/"
    "?according_to=syrian-observatory-for-human-rights",
    "claims_list": "/api/v1/claims/?incident=2023-us-retaliatory-strikes-in-syria&kind=toll&measure=killed",
    "claims_retrieve": "/api/v1/claims/eight-members-of-iran-backed-militias-killed/",
    "disagreements_list": "/api/v1/disagreements/?incident=2023-us-retaliatory-strikes-in-syria",
    "disagreements_retrieve": "/api/v1/disagreements/"
    "eight-members-of-iran-backed-militias-or-no-significant-number-killed-by-us-e282d65b/",
    "disagreements_aggregate": "/api/v1/disagreements/aggregate/",
    "actors_list": "/api/v1/actors/?kind=monitor",
    "actors_retrieve": "/api/v1/actors/iran-backed-groups/",
    "sources_list": "/api/v1/sources/?language=en",
    "sources_retrieve": "/api/v1/sources/2023-11-15-us-iran-syria/",
    "conflicts_list": "/api/v1/conflicts/",
    "conflicts_retrieve": "/api/v1/conflicts/gaza-war/",
    "datasets_list": "/api/v1/datasets/",
    "datasets_retrieve": "/api/v1/datasets/conflictdb-seed/",
    "countries_list": "/api/v1/countries/?region=middle_east&page_size=2",
    "countries_retrieve": "/api/v1/countries/syria/",
    "search_list": "/api/v1/search/?q=asad&kinds=actors,incidents,quotes&limit=2&highlight=true",
    "aggregates_list": "/api/v1/aggregates/?by=country,kind&actor=iran-backed-groups&measures=incidents,claims,killed",
    "vocabularies_retrieve": "/api/v1/vocabularies/value-kind/",
}


def examples() -> dict[str, dict[str, Any]]:
    """Ask every example's request of a database that holds the seed dataset."""
    client = Client()
    answers = {}
    for operation, request in REQUESTS.items():
        response = client.get(request, headers={"host": HOST})
        if response.status_code != 200:  # noqa: PLR2004 – an example is an answer, not an error
            message = f"The example of {operation}, {request}, answers {response.status_code}: {response.content!r}"
            raise ValueError(message)
        answers[operation] = {"request": request, "answer": _stable(response.json())}
    return answers


def _stable(answer: Any) -> Any:
    """Even out what differs from run to run though it means the same.

    A cursor is signed with the installation's key; a disagreement is found when its claims are loaded.
    """
    if isinstance(answer, dict) and answer.get("next"):
        answer["next"] = answer["next"].split("cursor=")[0] + "cursor=from-the-page-before"
    for record in [answer, *answer.get("results", [])]:
        if "is_answer" in record:
            record.update(dict.fromkeys(("created_at", "updated_at"), FOUND))
    return answer


def written(example: dict[str, Any]) -> str:
    """Write an example as its file holds it."""
    return json.dumps(example, indent=2, ensure_ascii=False) + "\n"


def example_files() -> dict[str, str]:
    """Read the committed examples."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(EXAMPLES.glob("*.json"))}


def contract() -> str:
    """Make the contract from the code; a warning of the generator is an error."""
    GENERATOR_STATS.reset()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    if GENERATOR_STATS:
        GENERATOR_STATS.emit_summary()
        message = "The contract could not be made without warnings; they stand above."
        raise ValueError(message)
    return OpenApiYamlRenderer().render(schema, renderer_context={}).decode()
