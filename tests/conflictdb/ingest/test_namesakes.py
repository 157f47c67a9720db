"""Which kinds of actors can be coded of one and the same."""

from itertools import combinations

from conflictdb.ingest.namesakes import may_be_one
from conflictdb.vocabularies import ActorKind

PUBLISHING = {"media", "monitor", "international_organisation"}
PARTIES = {
    *("state", "government", "state_forces", "rebel_group", "militia", "coalition", "party", "other"),
    "international_organisation",
}


def test_namesakes_may_be_one_only_if_both_publish_or_both_are_parties() -> None:
    pairs = {frozenset(pair) for pair in combinations(ActorKind.values, 2)}
    alike = {pair for pair in pairs if may_be_one(*pair)}
    assert alike == {pair for pair in pairs if pair <= PUBLISHING or pair <= PARTIES}
    assert all(may_be_one(kind, kind) for kind in ActorKind.values)
