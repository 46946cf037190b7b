"""Faults of the server: on record under a number, without what their messages may tell."""

import logging
from uuid import UUID

from models.identifier import uuid7

_LOG = logging.getLogger(__name__)


def log_incident(error: Exception) -> UUID:
    """Log where it happened, and give the number under which the operator finds it."""
    incident = uuid7()
    # Its message may hold a patient's data.
    bare = RuntimeError(type(error).__name__).with_traceback(error.__traceback__)
    _LOG.error("incident %s", incident, exc_info=bare)
    return incident
