"""The examples on pages show what the text around them says."""

from itertools import pairwise

from snippets.federation_backoff.worked_examples import (
    both_layers,
    choices,
    requests_to_one_destination,
)

HALF_AN_HOUR_MS, TWELVE_HOURS_MS = 1_800_000, 43_200_000


def test_a_request_is_refused_during_the_wait_and_made_after_it() -> None:
    made = requests_to_one_destination()
    assert [after.at - before.at for before, after in pairwise(made)] == [HALF_AN_HOUR_MS] * (
        len(made) - 1
    )
    asked = [request for request in made if request.outcome != "refused"]
    for before, after in pairwise(asked):
        assert 0 <= after.at - (before.at + before.wait) < HALF_AN_HOUR_MS


def test_the_first_success_comes_after_the_destination_is_back_and_ends_the_example() -> None:
    *before, last = requests_to_one_destination()
    assert last.outcome == "completed"
    assert last.at >= TWELVE_HOURS_MS
    assert all(request.outcome != "completed" for request in before)
    assert all(r.outcome == "refused" for r in before if r.at >= TWELVE_HOURS_MS)


def test_the_old_constants_have_a_picture_and_no_time_to_a_maximum() -> None:
    assert choices().count("<svg") == 3 * 2
    assert sum(line.startswith("| ") for line in choices().splitlines()) == 1 + 2


def test_both_layers_are_drawn_with_the_waits_of_the_defaults() -> None:
    said = both_layers()
    assert "A transaction: 11 attempts within 8m 20s" in said
    assert "Any other request: 4 attempts within 3s" in said
    assert "waits of 10m, 20m, 40m, 1h 20m" in said
