"""Index of the tasks of `awards`, so that a worker knows them all."""

from awards.certificates.tasks import draw_certificate
from awards.certificates.tasks import sweep as sweep_certificates
from awards.standing.tasks import recheck
from awards.subsidies.tasks import import_results, send_disbursement
from awards.subsidies.tasks import sweep as sweep_disbursements

__all__ = [
    "draw_certificate",
    "import_results",
    "recheck",
    "send_disbursement",
    "sweep_certificates",
    "sweep_disbursements",
]
