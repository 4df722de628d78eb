"""Beside the authentication service, the checker refuses what real Synapse refuses."""

from typing import Any

import pytest
import yaml

from snippets.configuration.check import check
from snippets.configuration.delegated import REFUSED, SERVICE
from tests.configuration.test_known import LOOKUPS
from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST

BESIDE = {SERVICE: {"enabled": True, "secret": "unused", "endpoint": "http://localhost:1/"}}
PROVIDER = {"idp_id": "a", "idp_name": "A", "issuer": "https://a.example", "client_id": "a",
            "client_secret": "unused", "discover": False}  # fmt: skip
TRIED: list[dict[str, Any]] = [
    *({option: value} for option in REFUSED if option.startswith("enable_")
      for value in (True, False, "on", "Y", "text", 0, 1, None)),
    {"cas_config": {"server_url": "https://a.example"}},
    {"cas_config": {"server_url": "https://a.example", "enabled": False}},
    {"jwt_config": {"enabled": True, "secret": "unused", "algorithm": "HS256"}},
    {"jwt_config": {"enabled": False, "secret": "unused", "algorithm": "HS256"}},
    *({option: {"enabled": on}} for option in ("login_via_existing_session", "password_config")
      for on in (True, False)),
    {"password_config": {}},
    {"login_via_existing_session": {}},
    {"password_providers": []},
    {"oidc_providers": []},
    {"oidc_providers": [PROVIDER]},
    {"user_consent": {"version": "1", "template_dir": "."}},
    {},
]  # fmt: skip


def conflicts(given: dict[str, Any], release: str = NEWEST) -> bool:
    found = check(yaml.safe_dump(given), release=release[:-2])
    return "conflicting-option" in {problem.code for problem in found}


def test_without_the_service_nothing_conflicts() -> None:
    assert not any(conflicts(given) for given in TRIED)
    assert not conflicts({**BESIDE, "enable_registration": True}, "1.90.0")


@pytest.mark.slow
def test_synapse_refuses_beside_the_service_what_the_checker_refuses() -> None:
    files = [{**BESIDE, **given} for given in TRIED]
    answers = synapse.ask(synapse_python(NEWEST), LOOKUPS, files)
    said = {str(given): conflicts(file) for given, file in zip(TRIED, files, strict=True)}
    did = {
        str(given): "OAuth delegation" in (answer["error"] or "")
        for given, answer in zip(TRIED, answers, strict=True)
    }
    assert said == did
    assert sum(did.values()) > 8
