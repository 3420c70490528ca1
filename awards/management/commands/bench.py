import json
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand

from awards.benchmarks import certificate_measures, load, measures, order_measures, review_measures
from awards.benchmarks.crowd import settle
from awards.benchmarks.served import served

FIRMS, EDITIONS = 500, 3


class Command(BaseCommand):
    help = "Measure the portal's speeds beside baselines; run it on a database of its own (`make bench`)."

    def add_arguments(self, parser):
        parser.add_argument("--json", metavar="PATH", help="write the table here")

    def handle(self, **options):
        call_command("migrate", verbosity=0)
        call_command("load_reference", verbosity=0)
        rows = []
        self.stdout.write(f"{'name':<24}{'value':>12}  {'unit':<6}{'baseline':>12}{'ratio':>10}{'n':>6}")
        for row in measured():
            rows.append(row)
            self.stdout.write(
                f"{row.name:<24}{row.value:>12.3f}  {row.unit:<6}{row.baseline:>12.3f}{row.ratio:>10.3f}{row.n:>6}"
            )
        if options["json"]:
            text = json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=2)
            Path(options["json"]).write_text(text + "\n", encoding="utf-8")


def measured():
    """Every row: first inside this process, then over the wire on a portal full of dossiers."""
    for measure in measures.MEASURES:
        yield measure()
    measures.clean_up()
    town = settle(firms=FIRMS, editions=EDITIONS)
    with served() as server:
        for measure in [
            *load.MEASURES,
            *review_measures.MEASURES,
            *certificate_measures.MEASURES,
            *order_measures.MEASURES,
        ]:
            yield from measure(town, server)
