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
from awards.feedback.models import FeedbackPart, FeedbackReport
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
from awards.site_visits.models import RescoredItem, SiteEvidence, SiteVisit, VisitMinutes, VisitSeat
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
    "FeedbackPart",
    "FeedbackReport",
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
    "RescoredItem",
    "Resolution",
    "ReviewPhase",
    "Rubric",
    "ScoreSheet",
    "Screening",
    "ScreeningProposal",
    "SelfCheck",
    "SiteEvidence",
    "SiteVisit",
    "Snapshot",
    "StampedScan",
    "SubsidyRule",
    "Target",
    "VisitMinutes",
    "VisitSeat",
    "WindowChange",
    "WindowProposal",
]
