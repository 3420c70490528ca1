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
from awards.certificates.models import Certificate, CertificateBatch, CertificateTemplate, Replacement
from awards.consensus.models import AgreedItem, Consensus, Opinion
from awards.decisions.meeting_models import (
    Attendance,
    CommitteeTerm,
    Meeting,
    MeetingPaper,
    Recusal,
    Round,
    Slip,
    Voter,
)
from awards.decisions.models import Ranking, RankingPaper
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
from awards.resolutions.entry_models import HonourEntry, HonourImport
from awards.resolutions.models import Honour, Resolution, ResolutionLine
from awards.reviews.models import Assignment, Mark, ScoreSheet
from awards.reviews.phase_models import ReviewPhase
from awards.reviews.sheet_models import MarkVersion, Reading, ReadingCopy, ReadingPage, ScoringFreeze, SheetHabit
from awards.revocations.models import HolderStatement, Revocation, RevocationPaper
from awards.rubric.models import Category, Item, Rubric
from awards.screening.models import ChecklistItem, DepartmentOpinion, DistrictReview, ItemAnswer
from awards.site_visits.models import RescoredItem, SiteEvidence, SiteVisit, VisitMinutes, VisitSeat
from awards.standing.models import Bar, CreditFinding, Judgement
from awards.subsidies.batches.models import PaymentBatch, ResultFile, ResultLine, TreasuryFile
from awards.subsidies.clawbacks.models import Clawback, ClawbackEntry, Recovery
from awards.subsidies.corrections.models import Reversal
from awards.subsidies.models import (
    Budget,
    BudgetChange,
    Disbursement,
    Entitlement,
    LedgerEntry,
    LedgerTransaction,
    OutsidePayment,
    SubsidyRule,
)
from awards.subsidies.plans.models import Instalment, PaymentPlan, PayoutNotice
from awards.subsidies.reconciling.models import Reconciliation

__all__ = [
    "AgreedItem",
    "Answer",
    "AnswerVersion",
    "Application",
    "Assignment",
    "Attendance",
    "Bar",
    "Budget",
    "BudgetChange",
    "CalendarDay",
    "CatalogueLine",
    "Category",
    "Certificate",
    "CertificateBatch",
    "CertificateTemplate",
    "ChecklistItem",
    "Clawback",
    "ClawbackEntry",
    "CommitteeTerm",
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
    "HolderStatement",
    "Honour",
    "HonourEntry",
    "HonourImport",
    "HonourKind",
    "Indicator",
    "Instalment",
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
    "MeetingPaper",
    "Notice",
    "Objection",
    "ObjectionFile",
    "Opinion",
    "OutsidePayment",
    "PanelProposal",
    "Paper",
    "PaymentBatch",
    "PaymentPlan",
    "PayoutNotice",
    "Pledge",
    "PledgeText",
    "Printout",
    "Programme",
    "Ranking",
    "RankingPaper",
    "Reading",
    "ReadingCopy",
    "ReadingPage",
    "Reconciliation",
    "Recovery",
    "Recusal",
    "Replacement",
    "RescoredItem",
    "Resolution",
    "ResolutionLine",
    "ResultFile",
    "ResultLine",
    "Reversal",
    "ReviewCase",
    "ReviewPhase",
    "Revocation",
    "RevocationPaper",
    "Round",
    "Rubric",
    "ScoreSheet",
    "ScoringFreeze",
    "Screening",
    "ScreeningProposal",
    "SelfCheck",
    "SheetHabit",
    "SiteEvidence",
    "SiteVisit",
    "Slip",
    "Snapshot",
    "StampedScan",
    "Statement",
    "StatementFile",
    "SubsidyRule",
    "Target",
    "TextTemplate",
    "Training",
    "TreasuryFile",
    "VisitMinutes",
    "VisitSeat",
    "Voter",
    "WindowChange",
    "WindowProposal",
]
