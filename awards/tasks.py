"""Index of the tasks of `awards`, so that a worker knows them all."""

from awards.certificates.tasks import draw_certificate
from awards.certificates.tasks import sweep as sweep_certificates
from awards.letters.tasks import draw_letter, write_letter, write_recommendation
from awards.letters.tasks import sweep as sweep_letters
from awards.subsidies.tasks import import_results, send_disbursement
from awards.subsidies.tasks import sweep as sweep_disbursements

__all__ = [
    "draw_certificate",
    "draw_letter",
    "import_results",
    "send_disbursement",
    "sweep_certificates",
    "sweep_disbursements",
    "sweep_letters",
    "write_letter",
    "write_recommendation",
]
