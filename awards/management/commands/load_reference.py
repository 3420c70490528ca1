from django.core.management.base import BaseCommand
from django.db import transaction

from awards.certificates.loading import load_templates
from awards.programmes.loading import load_calendar, load_programmes
from awards.registry.loading import load_history, load_targets
from awards.rubric.loading import load_rubrics
from awards.subsidies.policies.loading import load_amounts


class Command(BaseCommand):
    help = "Load criteria, programmes, certificates, calendar, amounts, past laureates and targets. Safe to repeat."

    @transaction.atomic
    def handle(self, **options):
        first = (load_rubrics, load_programmes, load_templates, load_calendar)
        for load in (*first, load_amounts, load_history, load_targets):
            self.stdout.write(load())
