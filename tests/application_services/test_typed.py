"""Types what a page tells its readers to type, against a real homeserver."""

import json
import os
import subprocess

import pytest

from tests.application_services.homeservers import ANSWERS, AS_TOKEN, HS_TOKEN, registered
from tests.docs.guide import DOCS, scan
from tests.real import curl
from tests.real.fixtures import need, synapse_python
from tests.real.homeserver import homeserver
from tests.real.releases import NEWEST

pytestmark = pytest.mark.slow


@pytest.mark.proves("ping-shows-that-the-header-is-read")
def test_the_ping_that_the_page_shows_reaches_the_service_with_the_token_in_the_header() -> None:
    need(curl.executable)
    synapse_python(NEWEST)
    (command,) = [
        fence.text
        for fence in scan(DOCS / "application-services" / "moving.md")
        if fence.language == "sh"
    ]
    with (
        registered({"use_appservice_legacy_authorization": True}, ANSWERS) as (service, config),
        homeserver(NEWEST, config) as running,
    ):
        here = f"http://127.0.0.1:{running.port}"
        typed = command.replace("https://matrix.example.com", here).replace("curl ", "curl -s ")
        assert here in typed
        environment = {**os.environ, "AS_TOKEN": AS_TOKEN}
        done = subprocess.run(
            ["bash", "-c", typed], env=environment, capture_output=True, text=True
        )
        assert list(json.loads(done.stdout)) == ["duration_ms"], done
        assert [request.token_in(HS_TOKEN) for request in service.arrived] == [["header"]]
