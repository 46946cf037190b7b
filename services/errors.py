"""Every failure a caller may see; each message is safe to show and says what to do.

* ClinicError
  x NotAuthenticated   401  the credential or session is unknown, expired or revoked
  x AccessRefused      403  it is known, but the clinic cannot be read now; `reason` says why
  x NotPermitted       403  the role does not grant it
  x ProofNeeded        403  the password was not given in the last quarter of an hour
  x NotFound           404  no such row in this clinic
  x Conflict           409  somebody else was quicker; the message says who or what
  x EmailTaken         409  an account with this e-mail address exists
  x InvalidInput       422  an argument is wrong; `problems` names each
  x RateLimited        429  too many requests in this minute
  x TooManyTries       429  too many sign-ins, accounts, clients or questions of one source
  x Unavailable        503  the database cannot be reached, or did not answer in time
"""

from collections.abc import Mapping


class ClinicError(Exception):
    """The request cannot be done; the message is safe to show."""

    status = 400
    reason = "error"


class NotAuthenticated(ClinicError):
    """The credential or session is unknown, expired or revoked."""

    status = 401
    reason = "not_authenticated"


class AccessRefused(ClinicError):
    """Who asks is known, but the clinic cannot be read now."""

    status = 403

    def __init__(self, reason: str) -> None:
        super().__init__(REFUSALS.get(reason, "This clinic cannot be read now."))
        self.reason = reason


class NotPermitted(ClinicError):
    """The role does not grant it."""

    status = 403
    reason = "not_permitted"


class ProofNeeded(ClinicError):
    """Who signs has to give the password once more."""

    status = 403
    reason = "proof_needed"

    def __init__(self) -> None:
        super().__init__("Give your password to sign: the last time was over 15 minutes ago.")


class NotFound(ClinicError):
    """No such row in this clinic; also the answer for another clinic's id."""

    status = 404
    reason = "not_found"


class Conflict(ClinicError):
    """What was to be done is done, or was changed by somebody else; the message says by whom."""

    status = 409
    reason = "conflict"


class EmailTaken(ClinicError):
    """Someone has signed up with this e-mail address before."""

    status = 409
    reason = "email_taken"


class InvalidInput(ClinicError):
    """Arguments are wrong. `problems` maps each one's name to what would be right."""

    status = 422
    reason = "invalid_input"

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {what}" for name, what in problems.items()))
        self.problems = dict(problems)


class RateLimited(ClinicError):
    """One request too many in this minute."""

    status = 429
    reason = "request_rate"

    def __init__(self, *, limit: int, refused: int, retry_after: int) -> None:
        super().__init__(
            f"This credential has used its {limit} requests of this minute. "
            f"It resets in {retry_after} seconds; wait until then and call again."
        )
        self.limit = limit
        self.refused = refused
        """How many were refused in this minute, this one included."""
        self.retry_after = retry_after
        """Seconds."""


class TooManyTries(ClinicError):
    """So often was it tried that the next tries are refused unheard."""

    status = 429
    reason = "too_many_tries"

    def __init__(self, what: str, *, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        super().__init__(f"{what} Try again in {minutes} minute{'' if minutes == 1 else 's'}.")
        self.retry_after = retry_after
        """Seconds."""


class Unavailable(ClinicError):
    """The database cannot be reached, or did not answer in time. Nothing was done."""

    status = 503
    reason = "unavailable"


GRANT_WITHDRAWN = "grant_withdrawn"

REFUSALS = {
    "clinic_closed": "This clinic's account is closed.",
    "sandbox_expired": (
        "This sandbox has run out. The operator can make a new one: moonshot sandbox EMAIL. "
        "Nothing is deleted for 30 days."
    ),
    GRANT_WITHDRAWN: (
        "The person who allowed this no longer holds the role that it was allowed for. "
        "Connect again with a role that is held; the web app lists the connection under "
        "AI connections."
    ),
    "role_withdrawn": (
        "The person behind this credential no longer holds its role. "
        "Connect again with a role that is held. In a sandbox the operator can mint a credential: "
        "moonshot credential CLINIC --role ROLE."
    ),
    "consent_withdrawn": (
        "The clinic's owner withdrew consent to AI access. "
        "It can be given again in the web app under AI connections."
    ),
    "agreement_missing": (
        "The business associate agreement and the AI Access Addendum are not both signed. "
        "The owner signs them in the web app under Go to production."
    ),
    "agreement_expired": (
        "The business associate agreement or the AI Access Addendum has expired. "
        "The owner signs again in the web app under AI connections."
    ),
    "agreement_expires_first": (
        "A production credential may not outlive the AI Access Addendum. Choose an earlier expiry."
    ),
    "use_ai_not_granted": (
        "The owner has not allowed this person to use an AI assistant. "
        "That is granted in the web app under Staff."
    ),
    "plan_unpaid": "The clinic's plan is not paid. The owner can settle it under Billing.",
}
"""Why a known caller is refused, by the name that the database gives; each says what to do."""
