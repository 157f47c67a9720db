"""What the contract says beyond what it reads off views, filters and serializers: shape, addresses, errors and examples."""

import inspect
import json
from pathlib import Path
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api.aggregates.comparison import NAMES
from api.errors import PROBLEM
from api.exports import formats
from api.filters.base import Filter
from api.filters.columns import HIDDEN_TERMS
from api.paging import LENS_SCHEMA
from api.search.highlights import searched
from api.serializers.incident import IncidentSerializer
from api.views.base import lens_parameters

EXAMPLES = Path(__file__).resolve().parent / "examples"
SLUG = {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Kind of problem: `urn:conflictdb:problem:invalid-parameters`, "
            "`urn:conflictdb:problem:took-too-long`, `urn:conflictdb:problem:too-many-files`, "
            "or `about:blank` for one that its status tells.",
        },
        "title": {"type": "string", "description": "The kind of problem in words."},
        "status": {"type": "integer", "description": "The HTTP status, again."},
        "detail": {"type": "string", "description": "What went wrong this time."},
        "errors": {
            "type": "array",
            "description": "Each parameter at fault.",
            "items": {
                "type": "object",
                "required": ["parameter", "detail", "nearest"],
                "properties": {
                    "parameter": {"type": "string", "description": "Name of the parameter as it was given."},
                    "detail": {"type": "string", "description": "What is wrong with it."},
                    "nearest": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Valid names or values that look most like what was given.",
                    },
                },
            },
        },
    },
}
RETRY = {
    "Retry-After": {
        "description": "Seconds to wait before the next request.",
        "schema": {"type": "integer", "minimum": 0},
    }
}
RESPONSES: dict[str, dict[str, Any]] = {
    "400": {"description": "A parameter is unknown, given twice, empty or malformed. Nothing is ignored or guessed."},
    "404": {"description": "There is no public record at this address."},
    "406": {"description": "None of the media types asked for can be served."},
    "429": {"description": "Too many requests from this address.", "headers": RETRY},
    "500": {"description": "A fault of this installation; it is written to its log."},
    "503": {
        "description": "The database does not answer at the moment, or was stopped at the limit of time that one answer "
        "may take: then the detail says what to narrow. For files also: the server sends as many as it lets at once.",
        "headers": RETRY,
    },
}
WHERE_FROM = {
    "Conflictdb-Revision": {
        "description": "Revision of the dataset that a whole file was read at; with files only.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "Link": {
        "description": 'With files only: the licences of its rows (`rel="license"`), and the datasets that they are from '
        '(`rel="describedby"`), whose pages say how they are to be cited.',
        "schema": {"type": "string"},
    },
    "Content-Disposition": {"description": "Name for the file; with files only.", "schema": {"type": "string"}},
}
TOTALS = {
    "Conflictdb-Totals": {
        "description": "With files only: `totals`, `spanning` and `left_out` as JSON.",
        "schema": {"type": "string"},
    }
}
NOT_MODIFIED = {
    "304": {
        "description": "The answer that you hold, by `If-None-Match` its `ETag` or by `If-Modified-Since` its very "
        "`Last-Modified`, is what you would get. The answer has no body."
    }
}
# The server in front of the application answers these, without a word.
TOO_LONG = {
    "414": {"description": "The address is longer than 65,534 bytes. The answer has no body."},
    "431": {"description": "More than 100 headers, or about 400 kB before the body. The answer has no body."},
}


class RecordSchema(AutoSchema):
    """Describes a view; adds the parameters that every reading of records takes."""

    def get_override_parameters(self) -> list[Any]:
        """Add what shapes an answer, and tell what the slug in the address is."""
        view: Any = self.view
        if not hasattr(view, "orders"):  # it reads no records
            return []
        noun = view.queryset.model._meta.verbose_name
        slug = OpenApiParameter("slug", SLUG, OpenApiParameter.PATH, description=f"The slug of the {noun}.")
        shapes = [
            OpenApiParameter(name, each.schema, style="form", explode=False, description=text)
            for name, (each, _, text) in view.shaping(is_detail=bool(view.detail)).parameters().items()
        ]
        forms = [
            OpenApiParameter(name, each.schema, description=text)
            for name, (each, _, text) in formats.parameters(type(view)).items()
        ]
        if view.action == "aggregate":
            return forms
        if view.action not in {"list", "retrieve", "estimate"}:
            return []
        if view.detail:
            told = {name: view.filterset_class.filters[name] for name in lens_parameters(type(view))}
            shape = [] if view.action == "estimate" else shapes
            return [slug, *shape, *(_parameter(name, each) for name, each in told.items())]
        return forms + shapes

    def _get_response_for_code(self, *arguments: Any, **options: Any) -> Any:
        """Describe the formats that hold whole files beside the pages of JSON."""
        response = super()._get_response_for_code(*arguments, **options)
        for each in formats.FORMATS.values():
            if each.media_type in response.get("content", {}):
                response["content"][each.media_type] = {"schema": {"description": each.description, **each.schema}}
                response.setdefault("headers", self._headers())
        return response

    def _headers(self) -> dict[str, Any]:
        """Describe the headers of files: those of terms are from no dataset, and only aggregates have totals."""
        if not hasattr(self.view, "filterset_class"):
            return {"Content-Disposition": WHERE_FROM["Content-Disposition"]}
        return WHERE_FROM | ({} if hasattr(self.view, "orders") else TOTALS)

    def get_description(self, *_: Any) -> str:
        """Say what the records are: how they are read is the same for all."""
        view: Any = self.view
        return inspect.getdoc(type(view)) or "" if hasattr(view, "filterset_class") else super().get_description()

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:  # noqa: FBT001, FBT002 – as above
        """Add what rows of lists have besides where ``highlight=true`` asks for it."""
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        view: Any = self.view
        if hasattr(view, "filterset_class") and type(serializer) is view.serializer_class:
            texts = searched(view.queryset.model)
            schema["properties"] |= {"highlights": highlights_of(texts)} if texts else {}
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:  # noqa: FBT001, FBT002 – inherited
        """Leave out the terms that no public record has."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        for code in HIDDEN_TERMS:
            if code in schema.get("enum", ()):
                schema["enum"].remove(code)
                lines = schema["description"].split("\n")
                schema["description"] = "\n".join(line for line in lines if f"`{code}`" not in line)
        return schema


def highlights_of(texts: list[str]) -> dict[str, Any]:
    """Describe the highlights of a record with these texts."""
    return {
        "type": "object",
        "description": "Only in lists, with `highlight=true`: the record's texts as HTML, escaped, with each word that `q` "
        "asked for between `<mark>` and `</mark>`; of long ones the pieces where they stand, joined by ` … `.",
        "properties": {
            text: {
                "type": ["string", "null"],
                "description": f"`{text}` with marks; null where it holds none of the words.",
            }
            for text in texts
        },
    }


def _parameter(name: str, each: Filter) -> OpenApiParameter:
    """Describe a filter's parameter where no list's backend does."""
    listed: dict[str, Any] = {"style": "form", "explode": False} if each.type.schema["type"] == "array" else {}
    return OpenApiParameter(name, each.type.schema, description=each.description, **listed)


def describe_lens(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what answers hold only under a lens, or where it is asked for."""
    column = IncidentSerializer(is_lensed=True).fields["is_spoken_of"]
    shown = {"type": "boolean", "readOnly": True, "description": str(column.help_text)}
    for name in ("Incident", "IncidentDetail"):
        result["components"]["schemas"][name]["properties"]["is_spoken_of"] = shown
    detail = result["components"]["schemas"]["IncidentDetail"]["properties"]
    detail["lens"] = LENS_SCHEMA
    result["components"]["schemas"]["PaginatedIncidentList"]["properties"]["lens"] = LENS_SCHEMA
    result["components"]["schemas"]["AggregateAnswer"]["properties"] |= {
        "lens": LENS_SCHEMA,
        "lenses": {
            "type": "object",
            "description": "With `compare` only: the lenses compared, each by the name that rows and totals know it by.",
            "properties": {
                name: {**LENS_SCHEMA, "description": "A lens, in the request's own words."} for name in NAMES
            },
            "additionalProperties": False,
        },
    }
    detail["estimate"] = {
        "allOf": [{"$ref": "#/components/schemas/Estimate"}],
        "description": "With `explain=true` only: the figures, explained.",
    }
    return result


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the problem documents that every operation may answer with."""
    schemas = result["components"]["schemas"]
    schemas["Problem"] = PROBLEM_SCHEMA
    schemas["BlankEnum"]["description"] = "The empty string, where no term is given."
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, response in RESPONSES.items():
                if status != "404" or "{" in path:
                    operation["responses"][status] = {**response, "content": content}
            operation["responses"] |= NOT_MODIFIED | TOO_LONG
            operation["responses"]["200"]["description"] = "What was asked for."
    return result


def show_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the real answers kept under ``api/examples/``, one file an operation, and the slugs that they were asked by."""
    slugs = {}  # by how addresses begin before them
    for path, operations in result["paths"].items():
        begun, slug, _rest = path.partition("{slug}")
        for operation in operations.values():
            file = EXAMPLES / f"{operation['operationId']}.json"
            if file.exists():
                example = json.loads(file.read_text(encoding="utf-8"))
                operation["description"] += (
                    f"\n\nThe example is the answer to `{example['request']}` on the seed dataset."
                )
                operation["responses"]["200"]["content"]["application/json"]["example"] = example["answer"]
                if slug:
                    slugs[begun] = example["request"].removeprefix(begun).split("/")[0]
    for path, operations in result["paths"].items():
        begun = path.partition("{")[0]
        for parameter in (each for operation in operations.values() for each in operation.get("parameters", [])):
            if parameter["in"] == "path" and begun in slugs:
                parameter["example"] = slugs[begun]
    return result
