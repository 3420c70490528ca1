"""Index of the tasks of `awards`, so that a worker knows them all."""

from awards.applications.tasks import draw_printout
from awards.applications.tasks import sweep as sweep_printouts
from awards.certificates.tasks import draw_certificate, draw_certificates, publish_list
from awards.certificates.tasks import sweep as sweep_certificates
from awards.decisions.tasks import draw_minutes, draw_ranking_paper
from awards.decisions.tasks import sweep as sweep_ranking_papers
from awards.letters.tasks import draw_letter, write_letter, write_recommendation
from awards.letters.tasks import sweep as sweep_letters
from awards.panels.tasks import draw_proposal, find_conflicts
from awards.panels.tasks import sweep as sweep_proposals
from awards.publicity.tasks import sweep as sweep_notices
from awards.reminders.tasks import remind
from awards.reviews.tasks import prepare_copy
from awards.reviews.tasks import sweep as sweep_copies
from awards.site_visits.tasks import find_conflicts as find_visit_conflicts
from awards.standing.tasks import recheck
from awards.subsidies.tasks import import_results, reconcile_nightly, send_batch
from awards.subsidies.tasks import sweep as sweep_disbursements

__all__ = [
    "draw_certificate",
    "draw_certificates",
    "draw_letter",
    "draw_minutes",
    "draw_printout",
    "draw_proposal",
    "draw_ranking_paper",
    "find_conflicts",
    "find_visit_conflicts",
    "import_results",
    "prepare_copy",
    "publish_list",
    "recheck",
    "reconcile_nightly",
    "remind",
    "send_batch",
    "sweep_certificates",
    "sweep_copies",
    "sweep_disbursements",
    "sweep_letters",
    "sweep_notices",
    "sweep_printouts",
    "sweep_proposals",
    "sweep_ranking_papers",
    "write_letter",
    "write_recommendation",
]
