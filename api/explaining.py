"""An incident's estimate and its grounds, put together for one answer: the rule and its words are the dataset's own."""

import json
from functools import cache
from typing import Any

from rest_framework.request import Request

from api.documents import BASE, document
from api.filters.columns import Given
from api.lens import lens_of, stated
from api.prepared import Plans
from api.serializers.claim import IncidentClaimSerializer
from api.serializers.summary import IncidentSummarySerializer
from api.statements import Slot, Statement, run, statement_of
from conflictdb.estimates import estimate, explain, sentence
from conflictdb.models import Claim, Incident
from conflictdb.vocabularies import Resolve


def explanation(request: Request, incident: Incident, given: Given) -> dict[str, Any]:
    """Explain an incident's figures under the lens of a request."""
    lens, told_lens = lens_of(given), stated(request)
    told, weighed = estimate(incident, lens), explain(incident, lens)
    shown = _claims([it.claim.pk for it in weighed], request.build_absolute_uri("/")[:-1])
    weighed = [it for it in weighed if it.claim.pk in shown]  # some are about an actor besides who is withheld
    method = Resolve(told_lens["resolve"])
    return {
        "incident": IncidentSummarySerializer(incident, context={"request": request}).data,
        "lens": told_lens,
        "method": f"{method.label}. {method.term.definition}",
        "sentence": sentence(told, weighed),
        **{measure: vars(figure) for measure, figure in told.figures.items()},
        "disputed": told.disputed,
        "is_spoken_of": told.is_spoken_of,
        "claims": [
            {"measure": it.measure, "is_used": it.is_used, "reason": it.reason, "claim": shown[it.claim.pk]}
            for it in weighed
        ],
    }


def _claims(pks: list[int], base: str) -> dict[int, Any]:
    """Read claims as the API shows them, by key."""
    result = run(_statement(), {"claims": pks, BASE: base})
    return {result.row(number)[1]: json.loads(written or b"null") for number, written in enumerate(result.written)}


@cache
def _statement() -> Statement:
    """Compile the reading of claims by their keys."""
    plan = Claim.objects.for_reading()
    claims = Claim.objects.public().filter(pk__any_of=Slot("claims")).order_by()
    shown = claims.annotate(document=document(IncidentClaimSerializer(), plan)).values_list("document", "pk")
    return statement_of(shown, plans=Plans.ONCE)
