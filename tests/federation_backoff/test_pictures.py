"""The content of the pictures."""

import itertools
import xml.etree.ElementTree as ET

from snippets.configuration import FederationConfig
from snippets.federation_backoff.pictures import (
    Request,
    histogram_svg,
    layers_svg,
    life_svg,
    schedule_svg,
)
from snippets.federation_backoff.schedule import Schedule

MINUTE = 60_000


def classes(svg: str) -> list[str]:
    """The classes of the parts, in order. Checks that the picture is well-formed and has a name."""
    root = ET.fromstring(svg)
    assert root.get("aria-label") == "a & b"
    return [str(part.get("class")) for part in root if part.get("class")]


def bars_of(svg: str) -> list[tuple[float, ...]]:
    """x, width, y and height of each bar."""
    names = ("x", "width", "y", "height")
    bars = (part for part in ET.fromstring(svg) if part.get("class") == "bar")
    return [tuple(float(str(bar.get(name))) for name in names) for bar in bars]


def test_a_life_shows_every_request_and_every_wait() -> None:
    requests = [
        Request(0, "failed", 10 * MINUTE),
        Request(5 * MINUTE, "refused", 0),
        Request(60 * MINUTE, "completed", 0),
    ]
    parts = classes(life_svg(requests, "a & b", 328))
    assert parts == ["grid", "alone", "failed", "refused", "completed"]


def test_a_schedule_shows_the_band_the_median_and_the_hour() -> None:
    svg = schedule_svg(Schedule(FederationConfig(), runs=20), "a & b", 328, failures=5)
    assert [part for part in classes(svg) if part != "grid"] == ["band", "current", "limit"]
    short = FederationConfig(destination_max_retry_interval_ms=20 * MINUTE)
    svg = schedule_svg(Schedule(short, runs=20), "a & b", 680)
    assert "limit" not in classes(svg)


def test_a_histogram_counts_every_time_once() -> None:
    bars = bars_of(histogram_svg([1, 2, 2, 10], "a & b", 328, bars=5))
    heights = [height for *_, height in bars]
    assert len(heights) == 5
    assert [round(height / max(heights) * 2) for height in heights] == [1, 2, 0, 0, 1]


def test_both_layers_have_a_mark_for_each_attempt_and_for_each_request() -> None:
    attempts = {"long": [4000.0, 16_000.0], "short": [500.0]}
    root = ET.fromstring(layers_svg(attempts, [10 * MINUTE, 20 * MINUTE], "a & b", 328))
    kinds = [part.get("class") for part in root]
    assert (kinds.count("failed"), kinds.count("alone")) == (3 + 2 + 3, 2)
    words = [part.text for part in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"long: 3 attempts", "short: 2 attempts"} < set(words)
    assert "Between requests: left alone for 10m to 20m" in words


def test_the_times_below_a_histogram_are_as_far_apart_as_they_are() -> None:
    hours = [60 * MINUTE * number for number in range(1, 10)]
    root = ET.fromstring(histogram_svg(hours, "a & b", 680))
    at = {part.text: float(str(part.get("x"))) for part in root if part.tag.endswith("text")}
    assert at["4h"] - at["2h"] == at["8h"] - at["6h"] > 100


def test_the_bars_of_a_histogram_stand_side_by_side_on_its_lowest_line() -> None:
    svg = histogram_svg([1, 2, 2, 10], "a & b", 328, bars=5)
    bars = bars_of(svg)
    labels = [part for part in ET.fromstring(svg) if part.get("text-anchor") == "end"]
    assert [label.text for label in labels] == ["2", "0"]  # the most times in one bar, and none
    (zero,) = (float(str(label.get("y"))) for label in labels if label.text == "0")
    assert {y + height for _, _, y, height in bars} == {zero}
    for (x, width, _, _), (right, *_) in itertools.pairwise(bars):
        assert x + width < right
