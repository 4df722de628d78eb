"""Application services: how a homeserver asks them, and where the token goes.

To ask over a real network, see `snippets.application_services.transport`, which needs httpx.
"""

from snippets.application_services.api import ApplicationServiceApi, Refused, Response, Transport
from snippets.application_services.receiver import Arrived, Receiver, receiver
from snippets.application_services.registration import (
    ApplicationService,
    BadRegistration,
    read_all,
)

__all__ = [
    "ApplicationService",
    "ApplicationServiceApi",
    "Arrived",
    "BadRegistration",
    "Receiver",
    "Refused",
    "Response",
    "Transport",
    "read_all",
    "receiver",
]
