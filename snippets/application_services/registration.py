"""The registration file of an application service."""

from collections.abc import Mapping
from dataclasses import dataclass

from snippets.configuration.refusals import BadRegistration, refusal, twice
from snippets.shared.release import NEWEST

__all__ = ["ApplicationService", "BadRegistration", "read_all"]


# --8<-- [start:registration]
@dataclass(frozen=True, repr=False)
class ApplicationService:
    """What both sides know of each other. The tokens are secrets: `repr` does not show them.

    With `hs_token` the homeserver identifies itself to the application service, with `as_token` the
    service to the homeserver. Without a `url` nothing is ever sent.
    """

    id: str
    url: str | None
    hs_token: str
    as_token: str
    sender_localpart: str

    @classmethod
    def read(cls, registration: object, *, release: str = NEWEST) -> "ApplicationService":
        """Reads a registration as parsed from YAML.

        Raises BadRegistration if that release of Synapse does not start with it.
        """
        if not isinstance(registration, Mapping):
            raise BadRegistration("the file is not a mapping: write `id: irc` and so on")
        if message := refusal(registration, release):
            raise BadRegistration(message)
        url = registration["url"]
        return cls(
            registration["id"],
            None if url is None else url.rstrip("/"),
            registration["hs_token"],
            registration["as_token"],
            registration["sender_localpart"],
        )

    def __repr__(self) -> str:
        return f"ApplicationService(id={self.id!r}, url={self.url!r})"


# --8<-- [end:registration]


def read_all(
    files: Mapping[str, object], *, release: str = NEWEST
) -> dict[str, ApplicationService]:
    """Reads the registrations of all files, each as parsed from YAML, by file name.

    Raises BadRegistration, naming the file, if that release does not start with them.
    """
    services = {}
    for file, registration in files.items():
        try:
            services[file] = ApplicationService.read(registration, release=release)
        except BadRegistration as bad:
            raise BadRegistration(f"{file}: {bad}") from None
    read = {file: kept for file, kept in files.items() if isinstance(kept, Mapping)}
    if message := twice(read, release):
        raise BadRegistration(message)
    return services
