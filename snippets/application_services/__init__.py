"""Application services: what a homeserver asks them, and where the token goes.

- An *application service* (a bridge, a bot) is registered with a homeserver by a *registration*
  file. With `hs_token` the homeserver identifies itself to the service; with `as_token` the service
  identifies itself to the homeserver.
- A *transaction* carries events to the service (`push_bulk`). A *query* asks it whether a user or
  an alias exists. A *third-party* request asks about users and rooms of its protocol.
- A *transport* sends a request and returns a *response*; here it is passed in.
- A *receiver* is the service's side: it checks the token, and stores the requests that arrive.

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
