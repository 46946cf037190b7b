"""The words of the trade: every enumeration that tables, services and tools share."""

from enum import StrEnum


class AppointmentStatus(StrEnum):
    """FHIR appointmentstatus."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked-in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "noshow"


UPCOMING = (
    AppointmentStatus.PENDING,
    AppointmentStatus.BOOKED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.CHECKED_IN,
)
"""A visit that is to take place, as far as is known."""


class VisitPlace(StrEnum):
    """Where patient and provider meet."""

    IN_PERSON = "in_person"
    TELEHEALTH = "telehealth"


class Agreement(StrEnum):
    """Both are needed in production."""

    BUSINESS_ASSOCIATE = "business_associate_agreement"
    AI_ACCESS = "ai_access_addendum"


class ChartPart(StrEnum):
    """What of a patient a page shows at once."""

    RECORD = "record"
    ALLERGIES = "allergies"
    IMMUNIZATIONS = "immunizations"
    LABS = "labs"
    MEDICATIONS = "medications"
    NOTES = "notes"
    PROBLEMS = "problems"
    SCHEDULE = "schedule"
    VITALS = "vitals"


class CallStatus(StrEnum):
    """What became of a call."""

    OK = "ok"
    ERROR = "error"
    RATE_LIMITED = "rate_limited"
    BLOCKED_INJECTION = "blocked_injection"


class ConditionStatus(StrEnum):
    """FHIR condition-clinical."""

    ACTIVE = "active"
    RECURRENCE = "recurrence"
    RELAPSE = "relapse"
    INACTIVE = "inactive"
    REMISSION = "remission"
    RESOLVED = "resolved"


CURRENT_CONDITIONS = (
    ConditionStatus.ACTIVE,
    ConditionStatus.RECURRENCE,
    ConditionStatus.RELAPSE,
)
"""A problem that the patient has now."""


class AllergyStatus(StrEnum):
    """FHIR allergyintolerance-clinical."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    RESOLVED = "resolved"


class AllergySeverity(StrEnum):
    """FHIR reaction-event-severity."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class CredentialStatus(StrEnum):
    """What a credential is good for now."""

    ACTIVE = "active"
    REPLACED = "replaced"
    """Rotated; it lives on for its grace."""
    WITHDRAWN = "withdrawn"
    """Its holder no longer holds its role, or has left."""
    EXPIRED = "expired"
    REVOKED = "revoked"


class CredentialKind(StrEnum):
    """How it came about: pasted, granted by OAuth, or minted for the panel in the app."""

    TOKEN = "token"  # noqa: S105 -- a word, not a secret
    OAUTH = "oauth"
    IN_APP = "in_app"


class ClientAuth(StrEnum):
    """How a client says who it is at the token endpoint (RFC 7591, section 2)."""

    NONE = "none"
    POST = "client_secret_post"
    BASIC = "client_secret_basic"


class DraftKind(StrEnum):
    """What a proposal becomes once it is signed."""

    CHART_NOTE = "chart_note_draft"
    MESSAGE = "message_draft"


class DraftStatus(StrEnum):
    """The life of a proposal in the queue."""

    PENDING = "pending"
    SIGNED = "signed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class HeldStatus(StrEnum):
    """The life of a held proposal."""

    HELD = "held"
    RELEASED = "released"
    DISCARDED = "discarded"
    EXPIRED = "expired"


class EncounterStatus(StrEnum):
    """FHIR encounter-status."""

    PLANNED = "planned"
    ARRIVED = "arrived"
    IN_PROGRESS = "in-progress"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class OrderKind(StrEnum):
    """What was asked for."""

    LABORATORY = "laboratory"
    IMAGING = "imaging"
    REFERRAL = "referral"
    PROCEDURE = "procedure"


class OrderStatus(StrEnum):
    """FHIR request-status, as far as we use it."""

    ACTIVE = "active"
    COMPLETED = "completed"
    REVOKED = "revoked"


class LeadSource(StrEnum):
    """Where a lead heard of the clinic."""

    REFERRAL = "referral"
    SEARCH = "search"
    SOCIAL = "social"
    EVENT = "event"
    WALK_IN = "walk_in"


class MembershipStatus(StrEnum):
    """Where a membership stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    PAST_DUE = "past_due"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class InvoiceStatus(StrEnum):
    """FHIR invoice-status, with `paid` as FHIR's `balanced`."""

    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    """What the card network said."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class ServiceLine(StrEnum):
    """What the clinic sells."""

    HORMONES = "hormones"
    WEIGHT_LOSS = "weight_loss"
    THYROID = "thyroid"
    LONGEVITY = "longevity"
    AESTHETICS = "aesthetics"
    LABORATORY = "laboratory"
    MEMBERSHIP = "membership"


class ResultFlag(StrEnum):
    """HL7 v2-0078 abnormal flags, as far as a number can carry them."""

    CRITICAL_LOW = "LL"
    LOW = "L"
    NORMAL = "N"
    HIGH = "H"
    CRITICAL_HIGH = "HH"


class ResultStatus(StrEnum):
    """FHIR observation-status."""

    REGISTERED = "registered"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"


class TrendDirection(StrEnum):
    """Which way values go."""

    UP = "up"
    DOWN = "down"


class IntervalTrigger(StrEnum):
    """What makes a patient subject to a lab interval."""

    MEDICATION = "medication"
    CONDITION = "condition"


class MedicationStatus(StrEnum):
    """FHIR medicationrequest-status."""

    ACTIVE = "active"
    ON_HOLD = "on-hold"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class MedicationChange(StrEnum):
    """What a visit changed in what the patient takes."""

    STARTED = "started"
    CHANGED = "changed"
    RENEWED = "renewed"
    STOPPED = "stopped"


class AuthorizationStatus(StrEnum):
    """Whether a payer or a pharmacy has to agree before the next refill."""

    NOT_NEEDED = "not_needed"
    NEEDED = "needed"
    APPROVED = "approved"


class RefillBlocker(StrEnum):
    """What has to be done before a medication can be refilled."""

    LABS = "labs"
    VISIT = "visit"
    AUTHORIZATION = "authorization"
    NO_REFILLS = "no_refills"


class InboxKind(StrEnum):
    """What waits for someone at the clinic."""

    MESSAGE = "message"
    LAB_CALLBACK = "lab_callback"
    TASK = "task"


class InboxFilter(StrEnum):
    """Which part of the inbox is asked for."""

    ALL = "all"
    UNREAD = "unread"
    LABS = "labs"
    TASKS = "tasks"


class Channel(StrEnum):
    """Which way a message travels."""

    PORTAL = "portal"
    SMS = "sms"


class DeliveryStatus(StrEnum):
    """Where an outbound message stands. `uncertain`: the carrier gives no way to know."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"
    UNCERTAIN = "uncertain"


class Sex(StrEnum):
    """FHIR administrative-gender."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class PatientStatus(StrEnum):
    """Whether the clinic is still treating this person."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DECEASED = "deceased"


class ConsentKind(StrEnum):
    """What a patient can agree to."""

    TREATMENT = "treatment"
    PORTAL_MESSAGES = "portal_messages"
    SMS = "sms"
    EMAIL = "email"
    TELEHEALTH = "telehealth"
    MARKETING = "marketing"


class DocumentStatus(StrEnum):
    """Where a document stands between upload and search."""

    UPLOADED = "uploaded"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"
    RETIRED = "retired"


class Tier(StrEnum):
    """A sandbox holds synthetic patients; production holds real ones, behind agreements."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"
