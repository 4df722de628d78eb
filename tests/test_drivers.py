"""The drivers, which run in the environment of a release, and how they are started."""

from pathlib import Path

import pytest

from tests.real import synapse
from tests.real.fixtures import synapse_python
from tests.real.releases import NEWEST

pytestmark = pytest.mark.slow

RELEASE = Path(__file__).with_name("upgrade_notes") / "synapse_release_driver.py"


def test_a_driver_creates_no_folder_in_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synapse creates `media_store` in the folder in which it reads a configuration."""
    python = synapse_python(NEWEST)
    monkeypatch.chdir(tmp_path)

    (answer,) = synapse.ask(python, RELEASE, [{}])

    assert answer["error"] is None
    assert list(tmp_path.iterdir()) == []


def test_other_printed_text_is_not_an_answer(
    tmp_path: Path,
) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(
        "from tests.real.driver import serve\n\n\n"
        "def answer(request):\n"
        "    print('a warning')\n"
        "    return request\n\n\n"
        "serve(answer)\n"
    )

    assert synapse.ask(synapse_python(NEWEST), driver, ["one", None]) == ["one", None]


def test_an_error_of_an_answer_in_the_reactor_is_reported(
    tmp_path: Path,
) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(
        "from tests.real.driver import serve_in_reactor\n\n\n"
        "async def answer(request):\n"
        "    raise ValueError('said')\n\n\n"
        "serve_in_reactor(answer)\n"
    )

    with pytest.raises(AssertionError, match="ValueError: said"):
        synapse.ask(synapse_python(NEWEST), driver, [None])
