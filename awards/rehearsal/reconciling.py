"""The end of a rehearsal: its books held against all they speak of, now and not in simulated time."""

from awards.subsidies.reconciling import actions as reconcile_actions
from enterprises.people.models import User


def compare(season):
    """Compare the books; whatever is found is told here and makes the rehearsal fail in its report."""
    run = season.reconciliation = reconcile_actions.run(by=User.objects.robot())
    season.voice.say(f"账目核对 {run.checks} 项：{run.outcome}")
