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
from awards.calibration.models import ReviewCase
from awards.certificates.models import Certificate
from awards.consensus.models import AgreedItem, Consensus, Opinion
from awards.decisions.models import Attendance, Ballot, Meeting, Ranking, RankingPaper, Recusal
from awards.experts.models import (
    ConductEntry,
    Declaration,
    Engagement,
    Expert,
    Interest,
    Pledge,
    PledgeText,
    Training,
)
from awards.feedback.models import FeedbackPart, FeedbackReport
from awards.hearings.models import Hearing, HearingCase, HearingDraw, HearingMark
from awards.letters.models import Letter, LetterSeries, LetterWording
from awards.panels.models import PanelProposal
from awards.papers.models import Paper
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
from awards.publicity.models import Notice, Objection, ObjectionFile, Statement, StatementFile, TextTemplate
from awards.registry.models import Target
from awards.resolutions.models import Honour, Resolution
from awards.reviews.models import Assignment, Mark, ScoreSheet
from awards.reviews.phase_models import ReviewPhase
from awards.reviews.sheet_models import MarkVersion, Reading, ReadingCopy, ReadingPage, ScoringFreeze, SheetHabit
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
    "ConductEntry",
    "Consensus",
    "CreditFinding",
    "Declaration",
    "DepartmentOpinion",
    "Disbursement",
    "DistrictReview",
    "Document",
    "Edition",
    "EditionRule",
    "Engagement",
    "Entitlement",
    "Expert",
    "FeedbackPart",
    "FeedbackReport",
    "Hearing",
    "HearingCase",
    "HearingDraw",
    "HearingMark",
    "Honour",
    "HonourKind",
    "Indicator",
    "Interest",
    "Item",
    "ItemAnswer",
    "Judgement",
    "LedgerEntry",
    "LedgerTransaction",
    "Letter",
    "LetterSeries",
    "LetterWording",
    "Mark",
    "MarkVersion",
    "Meeting",
    "Notice",
    "Objection",
    "ObjectionFile",
    "Opinion",
    "PanelProposal",
    "Paper",
    "Pledge",
    "PledgeText",
    "Printout",
    "Programme",
    "Ranking",
    "RankingPaper",
    "Reading",
    "ReadingCopy",
    "ReadingPage",
    "Recusal",
    "RescoredItem",
    "Resolution",
    "ReviewCase",
    "ReviewPhase",
    "Rubric",
    "ScoreSheet",
    "ScoringFreeze",
    "Screening",
    "ScreeningProposal",
    "SelfCheck",
    "SheetHabit",
    "SiteEvidence",
    "SiteVisit",
    "Snapshot",
    "StampedScan",
    "Statement",
    "StatementFile",
    "SubsidyRule",
    "Target",
    "TextTemplate",
    "Training",
    "VisitMinutes",
    "VisitSeat",
    "WindowChange",
    "WindowProposal",
]
