"""Application services: how a homeserver asks them, and where the token goes.

- An *application service* (a bridge, a bot) is registered with a homeserver by a *registration*
  file. `hs_token` is the homeserver's token, by which the service knows it; `as_token` is the
  service's, by which the homeserver knows the service.
- A *transaction* carries events to the service (`push_bulk`). A *query* asks it whether a user or
  an alias exists. A *third-party* request asks about users and rooms of its protocol.
- A *transport* sends a request and returns a *response*; here it is passed in.
- A *receiver* is the service's side: it checks the token, and keeps the requests that arrived.

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
