"""Index of the office of `awards`, in the order of the process: what staff and experts see under /office/."""

from awards.applications import admin as applications
from awards.calibration import admin as calibration
from awards.certificates import admin as certificates
from awards.consensus import admin as consensus
from awards.dashboard import admin as dashboard
from awards.decisions import admin as decisions
from awards.decisions import meeting_admin as meetings
from awards.feedback import admin as feedback
from awards.hearings import admin as hearings
from awards.letters import admin as letters
from awards.panels import admin as panels
from awards.papers import admin as papers
from awards.programmes import admin as programmes
from awards.publicity import admin as publicity
from awards.resolutions import admin as resolutions
from awards.reviews import admin as reviews
from awards.reviews import own_admin as own_reviews
from awards.reviews import phase_admin as review_phases
from awards.revocations import admin as revocations
from awards.rubric import admin as rubric
from awards.screening import admin as screening
from awards.site_visits import admin as site_visits
from awards.standing import admin as standing
from awards.subsidies import admin as subsidies
from awards.subsidies import payment_admin as payments
from awards.subsidies.batches import admin as batches
from awards.subsidies.books import admin as ledger
from awards.subsidies.clawbacks import admin as clawbacks
from awards.subsidies.corrections import admin as corrections
from awards.subsidies.policies import admin as policies
from awards.subsidies.reconciling import admin as reconciliations

__all__ = [
    "applications",
    "batches",
    "calibration",
    "certificates",
    "clawbacks",
    "consensus",
    "corrections",
    "dashboard",
    "decisions",
    "feedback",
    "hearings",
    "ledger",
    "letters",
    "meetings",
    "own_reviews",
    "panels",
    "papers",
    "payments",
    "policies",
    "programmes",
    "publicity",
    "reconciliations",
    "resolutions",
    "review_phases",
    "reviews",
    "revocations",
    "rubric",
    "screening",
    "site_visits",
    "standing",
    "subsidies",
]
