"""The four proxies print what was recorded when a mistake is made."""

import pytest

from snippets.errors.entries import PROXIES, every_entry
from tests.errors import proxies
from tests.errors.record import of_proxies
from tests.errors.texts import printed
from tests.real.fixtures import need

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("program", PROXIES)
def test_a_proxy_still_prints_each_text_when_the_mistake_is_made(program: str) -> None:
    need(proxies.KINDS[program].executable)
    lines = [
        line
        for mistake in proxies.MISTAKES
        if mistake.program == program
        for line in proxies.lines(mistake)
    ]
    texts = [text for text, by in of_proxies(every_entry()).items() if by == program]
    assert [text for text in texts if printed(text, lines) is None] == []
