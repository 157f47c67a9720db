"""The committed contract is what the code makes, is valid, says everything, and its examples are real answers."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import yaml
from drf_spectacular.validation import validate_schema

from api import contract
from api.aggregates.dimensions import DIMENSIONS
from api.aggregates.measures import MEASURES
from api.errors import PROBLEM
from api.exports import formats
from api.schema import EXAMPLES, PROBLEM_SCHEMA
from api.serializers.base import paths_of
from api.urls import router
from api.views.aggregate import AggregateViewSet
from conflictdb import vocabularies
from tests.api.walking import ASKED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
RENEW = "`make contract` writes it anew"
TEXT = contract.FILE.read_text(encoding="utf-8")
CONTRACT: dict[str, Any] = yaml.safe_load(TEXT)
OPERATIONS = {operation["operationId"]: operation for path in CONTRACT["paths"].values() for operation in path.values()}
PARAMETERS = [
    pytest.param(name, parameter, id=f"{name}-{parameter['name']}")
    for name, operation in OPERATIONS.items()
    for parameter in operation.get("parameters", [])
]
PREFIXES = [prefix for prefix, view, _ in router.registry if hasattr(view, "retrieve")]
RECORDS = {prefix: view for prefix, view, _ in router.registry if hasattr(view, "orders")}
FILES = {"datasets_csl", "datasets_bibtex", "datasets_package"}  # about one dataset each, in forms of their own
CHANGES = "changes_list"  # what is told hangs on the time of day: no example
TERMS = {vocabulary.slug(): [*vocabulary.values] for vocabulary in vocabularies.ALL}


def test_committed_contract_is_what_the_code_makes() -> None:
    assert contract.contract() == TEXT, RENEW


def test_committed_examples_are_the_answers_on_the_seed_dataset() -> None:
    answers = {operation: contract.written(example) for operation, example in contract.examples().items()}
    assert answers == contract.example_files(), RENEW


def test_contract_needs_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        contract.contract()


def test_contract_is_valid_openapi() -> None:
    assert CONTRACT["openapi"] == "3.1.0"
    validate_schema(CONTRACT)


def test_served_contract_is_the_committed_one(client: Any) -> None:
    served = yaml.safe_load(client.get("/api/v1/schema/").content)
    assert served == CONTRACT


def test_every_operation_is_listed_with_its_words() -> None:
    actions = ("list", "retrieve", "aggregate")
    expected = {f"{prefix}_{name}" for prefix, view, _ in router.registry for name in actions if hasattr(view, name)}
    assert OPERATIONS.keys() == expected | FILES | {CHANGES, "incidents_estimate_retrieve"}
    for operation in OPERATIONS.values():
        assert operation["summary"]
        assert operation["description"]
        (tag,) = operation["tags"]
        assert tag in {each["name"] for each in CONTRACT["tags"] if each["description"]}


@pytest.mark.parametrize(("operation", "parameter"), PARAMETERS)
def test_every_parameter_is_described(operation: str, parameter: dict[str, Any]) -> None:
    assert parameter["description"].strip().endswith((".", ")")), operation
    assert ". ." not in parameter["description"]
    assert parameter["schema"]["type"] in {"string", "boolean", "integer", "number", "array"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_response_is_described(operation: str) -> None:
    responses = OPERATIONS[operation]["responses"]
    statuses = {"200", "304", "400", "406", "414", "429", "431", "500", "503"}
    assert responses.keys() == (
        statuses | {"404"} if operation.endswith("retrieve") or operation in FILES else statuses
    )
    for status, response in responses.items():
        assert response["description"], status
        assert ("content" in response) == (status not in {"304", "414", "431"})  # these come without a body
        for header in response.get("headers", {}).values():
            assert header["description"]


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every property in a schema, however deep, with its path."""
    if isinstance(schema, list):
        for inner in schema:
            yield from properties(inner, path)
    elif isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            yield f"{path}.{name}", inner
        for name, inner in schema.items():
            if name not in {"example", "examples"}:
                yield from properties(inner, f"{path}.{name}")


def test_every_schema_and_every_property_is_described() -> None:
    schemas = CONTRACT["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description", "").strip()] == []
    found = dict(properties(schemas))
    assert len(found) > 150
    assert [path for path, schema in found.items() if not schema.get("description", "").strip()] == []


def enums(schema: Any) -> Iterator[list[Any]]:
    """Find every closed list in a schema."""
    if isinstance(schema, list):
        for inner in schema:
            yield from enums(inner)
    elif isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield schema["enum"]
        for name, inner in schema.items():
            if name not in {"example", "enum"}:
                yield from enums(inner)


@pytest.mark.parametrize("prefix", RECORDS)
def test_closed_lists_of_parameters_are_their_vocabularies(prefix: str) -> None:
    table = RECORDS[prefix].filterset_class
    given = {each["name"]: each["schema"] for each in OPERATIONS[f"{prefix}_list"]["parameters"]}
    checked = 0
    paths = {name: name for name in table.columns} | {name: path for name, (path, _) in table.through.items()}
    for name, path in paths.items():
        column: Any = table.model
        for hop in path.split("__"):
            field = column._meta.get_field(hop)
            column = field.related_model or column
        choices = getattr(getattr(field, "base_field", field), "choices", None)
        if choices:
            codes = [code for code, _ in choices if code != "draft"]
            assert given[name]["enum"] == given[f"{name}__in"]["items"]["enum"] == codes
            assert any(codes == [term for term in terms if term != "draft"] for terms in TERMS.values())
            checked += 1
    others = {"ordering", "count", "format", *table.special}
    assert checked == sum("enum" in schema for name, schema in given.items() if name not in others)


def test_no_answer_has_a_term_that_no_public_record_has() -> None:
    assert [enum for enum in enums(CONTRACT) if "draft" in enum] == []
    assert "draft" not in TEXT


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Make a schema of the contract one that stands by itself."""
    return {**schema, "components": CONTRACT["components"]}


def validate(answer: Any, operation: str, status: str = "200") -> None:
    """Hold an answer against the schema of its operation's response, formats too."""
    content = OPERATIONS[operation]["responses"][status]["content"]
    media = content["application/json" if status == "200" else PROBLEM]
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(resolved(media["schema"]), format_checker=checker).validate(answer)


@pytest.mark.parametrize("operation", contract.REQUESTS)
def test_example_is_a_valid_answer(operation: str) -> None:
    example = json.loads((EXAMPLES / f"{operation}.json").read_text(encoding="utf-8"))
    validate(example["answer"], operation)
    assert OPERATIONS[operation]["responses"]["200"]["content"]["application/json"]["example"] == example["answer"]
    assert f"`{example['request']}`" in OPERATIONS[operation]["description"]


def test_every_operation_but_files_and_the_list_of_vocabularies_has_an_example() -> None:
    assert OPERATIONS.keys() - contract.REQUESTS.keys() == {
        "vocabularies_list",
        CHANGES,
        *FILES,
    }  # it is the whole codebook


def test_aggregates_keep_their_schema(get: Callable[..., Any]) -> None:
    every = ",".join(MEASURES)
    for name, each in DIMENSIONS.items():
        validate(get(f"aggregates/?by={name}&measures={every}"), "aggregates_list")
        if each.unit:
            validate(
                get(f"aggregates/?by={name}&spans=spread&fill=zero&date_from=2020-01-01&date_to=2020-01-31"),
                "aggregates_list",
            )
    validate(get("aggregates/?nonsense=1", 400), "aggregates_list", "400")
    parameters = {each["name"]: each["schema"] for each in OPERATIONS["aggregates_list"]["parameters"]}
    assert parameters == {name: each.schema for name, each in AggregateViewSet.parameters().items()}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_answers_keep_their_schemas(get: Callable[..., Any], prefix: str) -> None:
    answer = get(f"{prefix}/{ASKED.get(prefix, '')}")
    validate(answer, f"{prefix}_list")
    validate(get(f"{prefix}/?nonsense=1", 400), f"{prefix}_list", "400")
    if prefix == "search":
        return  # its hits are records of other lists
    for row in answer["results"][:5]:
        validate(get(f"{prefix}/{row['slug']}/"), f"{prefix}_retrieve")
    validate(get(f"{prefix}/no-such-record/", 404), f"{prefix}_retrieve", "404")
    assert CONTRACT["components"]["schemas"]["Problem"] == PROBLEM_SCHEMA


def test_changes_keep_their_schema(get: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.changes.BEHIND", timedelta())
    answer = get("changes/?page_size=1000")
    assert len(answer["results"]) > 300
    validate(answer, CHANGES)
    validate(get("changes/?nonsense=1", 400), CHANGES, "400")


@pytest.mark.parametrize("prefix", RECORDS)
def test_lists_name_every_format_and_details_json_alone(prefix: str) -> None:
    offered = {each.media_type: each.name for each in formats.formats_of(RECORDS[prefix])}
    content = OPERATIONS[f"{prefix}_list"]["responses"]["200"]["content"]
    assert content.keys() == {"application/json", *offered}
    given = {each["name"]: each["schema"] for each in OPERATIONS[f"{prefix}_list"]["parameters"]}
    assert given["format"]["enum"] == ["json", *offered.values()]
    assert ("geojson" in given["format"]["enum"]) == (prefix == "incidents")
    assert OPERATIONS[f"{prefix}_retrieve"]["responses"]["200"]["content"].keys() == {"application/json"}


@pytest.mark.parametrize("prefix", RECORDS)
def test_parameters_of_contract_and_view_are_the_same(prefix: str) -> None:
    for operation, view in (
        ("list", RECORDS[prefix](detail=False, action="list")),
        ("retrieve", RECORDS[prefix](detail=True, action="retrieve")),
    ):
        parameters = OPERATIONS[f"{prefix}_{operation}"]["parameters"]
        given = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        accepted = view.parameters()
        assert given.keys() == accepted.keys()
        for name, value_type in accepted.items():
            assert {key: value for key, value in given[name].items() if key != "default"} == value_type.schema, name
            if "default" in given[name]:
                assert value_type.parse(str(given[name]["default"])) == given[name]["default"]


@pytest.mark.parametrize("prefix", RECORDS)
def test_fields_of_the_contract_shape_the_answer(get: Callable[..., Any], prefix: str) -> None:
    slug = get(f"{prefix}/?page_size=1&fields=slug")["results"][0]["slug"]
    (fields,) = [each for each in OPERATIONS[f"{prefix}_retrieve"]["parameters"] if each["name"] == "fields"]
    names = fields["schema"]["items"]["enum"]
    shaping = RECORDS[prefix].shaping(is_detail=True)
    reached = set()
    for path in ["", *shaping.paths()]:
        here = [*paths_of(shaping.serializer(expanded=[path] if path else ()))]
        below = [name for name in here if name.startswith(path)]
        assert get(f"{prefix}/{slug}/?fields={','.join(below[:60])}{path and '&expand='}{path}")
        reached |= {*here}
    assert reached <= {*names}
    assert reached | {name for name in names if name.startswith("claims.citations.source.publisher")} >= {*names}
    whole = get(f"{prefix}/{slug}/")
    assert {name for name in names if "." not in name} == whole.keys()
    for name in whole:
        assert get(f"{prefix}/{slug}/?fields={name}") == {name: whole[name]}
