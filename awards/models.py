"""Index of the models of `awards`, in the order of the process."""

from awards.applications.models import (
    Answer,
    AnswerVersion,
    Application,
    Document,
    Indicator,
    Printout,
    Screening,
    ScreeningProposal,
    SelfCheck,
    Snapshot,
    StampedScan,
)
from awards.certificates.models import Certificate
from awards.consensus.models import AgreedItem, Consensus, Opinion
from awards.decisions.models import Attendance, Ballot, Meeting, Ranking, Recusal
from awards.letters.models import Letter, LetterSeries, LetterWording
from awards.programmes.models import (
    CalendarDay,
    CatalogueLine,
    Condition,
    Edition,
    EditionRule,
    HonourKind,
    Programme,
    WindowChange,
    WindowProposal,
)
from awards.publicity.models import Notice, Objection
from awards.registry.models import Target
from awards.resolutions.models import Honour, Resolution
from awards.reviews.models import Assignment, Expert, Mark, ScoreSheet
from awards.reviews.phase_models import ReviewPhase
from awards.rubric.models import Category, Item, Rubric
from awards.screening.models import ChecklistItem, DepartmentOpinion, DistrictReview, ItemAnswer
from awards.standing.models import CreditFinding, Judgement
from awards.subsidies.models import Budget, Disbursement, Entitlement, LedgerEntry, LedgerTransaction, SubsidyRule

__all__ = [
    "AgreedItem",
    "Answer",
    "AnswerVersion",
    "Application",
    "Assignment",
    "Attendance",
    "Ballot",
    "Budget",
    "CalendarDay",
    "CatalogueLine",
    "Category",
    "Certificate",
    "ChecklistItem",
    "Condition",
    "Consensus",
    "CreditFinding",
    "DepartmentOpinion",
    "Disbursement",
    "DistrictReview",
    "Document",
    "Edition",
    "EditionRule",
    "Entitlement",
    "Expert",
    "Honour",
    "HonourKind",
    "Indicator",
    "Item",
    "ItemAnswer",
    "Judgement",
    "LedgerEntry",
    "LedgerTransaction",
    "Letter",
    "LetterSeries",
    "LetterWording",
    "Mark",
    "Meeting",
    "Notice",
    "Objection",
    "Opinion",
    "Printout",
    "Programme",
    "Ranking",
    "Recusal",
    "Resolution",
    "ReviewPhase",
    "Rubric",
    "ScoreSheet",
    "Screening",
    "ScreeningProposal",
    "SelfCheck",
    "Snapshot",
    "StampedScan",
    "SubsidyRule",
    "Target",
    "WindowChange",
    "WindowProposal",
]
