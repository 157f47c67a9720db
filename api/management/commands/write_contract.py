"""``manage.py write_contract``: writes the committed contract and its examples from the code and the seed dataset."""

from typing import Any

from django.core.management import BaseCommand, call_command
from django.db import connection
from django.test.utils import setup_test_environment, teardown_test_environment

from api import contract
from api.schema import EXAMPLES


class Command(BaseCommand):
    """Asks its examples of a database made for the purpose, which holds the seed dataset and nothing else."""

    help = "Write api/openapi.yaml and api/examples/ from the code and the seed dataset. Your own data is not touched."
    requires_system_checks = ()

    def handle(self, **_: Any) -> None:
        """Write the examples, then the contract that shows them."""
        setup_test_environment()
        kept = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            call_command("loaddata", "countries", "seed", verbosity=0)
            answers = contract.examples()
        finally:
            connection.creation.destroy_test_db(kept, verbosity=0)
            teardown_test_environment()
        EXAMPLES.mkdir(exist_ok=True)
        for stale in EXAMPLES.glob("*.json"):
            stale.unlink()
        for operation, example in answers.items():
            (EXAMPLES / f"{operation}.json").write_text(contract.written(example), encoding="utf-8")
        contract.FILE.write_text(contract.contract(), encoding="utf-8")
        self.stdout.write(f"Wrote {contract.FILE.name} and {len(answers)} examples.")
