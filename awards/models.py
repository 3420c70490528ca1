"""Index of the models of `awards`, in the order of the process."""

from awards.applications.models import Answer, AnswerVersion, Application, Document, Indicator, Screening, Snapshot
from awards.certificates.models import Certificate
from awards.decisions.models import Attendance, Ballot, Meeting, Ranking, Recusal
from awards.programmes.models import CalendarDay, Edition, EditionRule, HonourKind, Programme
from awards.publicity.models import Notice, Objection
from awards.registry.models import Target
from awards.resolutions.models import Honour, Resolution
from awards.reviews.models import Assignment, Expert, Mark, ScoreSheet
from awards.rubric.models import Category, Item, Rubric
from awards.standing.models import CreditFinding, Judgement
from awards.subsidies.models import Budget, Disbursement, Entitlement, LedgerEntry, LedgerTransaction, SubsidyRule

__all__ = [
    "Answer",
    "AnswerVersion",
    "Application",
    "Assignment",
    "Attendance",
    "Ballot",
    "Budget",
    "CalendarDay",
    "Category",
    "Certificate",
    "CreditFinding",
    "Disbursement",
    "Document",
    "Edition",
    "EditionRule",
    "Entitlement",
    "Expert",
    "Honour",
    "HonourKind",
    "Indicator",
    "Item",
    "Judgement",
    "LedgerEntry",
    "LedgerTransaction",
    "Mark",
    "Meeting",
    "Notice",
    "Objection",
    "Programme",
    "Ranking",
    "Recusal",
    "Resolution",
    "Rubric",
    "ScoreSheet",
    "Screening",
    "Snapshot",
    "SubsidyRule",
    "Target",
]
