"""The checker's verdict on an option's value is what real Synapse does with it."""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from snippets.configuration.check import check
from snippets.configuration.codes import Severity
from snippets.configuration.outcomes import spread
from snippets.configuration.reading import OWN_CHECKS, judged
from snippets.configuration.treatment import LEFT_OUT, Treatment, treatments
from snippets.configuration.values import Value
from tests.configuration.treatments import asked
from tests.real.driver import LEAST
from tests.real.releases import COMPARED

SAMPLE = 1000  # pairs of an option and a value, for each release, with every run
RELEASES = pytest.mark.parametrize("release", COMPARED)


def where(treatment: Treatment) -> Iterator[tuple[dict[str, Any], Any]]:
    """The files in which the option was tried, without the option, and the outcomes there."""
    if treatment.bare is not None:
        yield {}, treatment.bare
    if treatment.there is not None:
        yield dict(treatment.needs), treatment.there


@RELEASES
def test_each_recorded_value_has_the_recorded_outcome(release: str) -> None:
    pairs = 0
    for treatment in treatments(release).values():
        for config, outcomes in where(treatment):
            for text, outcome in outcomes.items():
                pairs += 1
                file = {**LEAST, **config}
                for name in (name for name, part in config.items() if part == LEFT_OUT):
                    del file[name]
                assert treatment.outcome(spread()[text], file) == outcome, treatment.option
    assert pairs > 20_000


def test_between_two_recorded_releases_only_what_both_do_is_known() -> None:
    option = "experimental_features.msc3814_enabled"
    old, between, new = (treatments(release)[option] for release in ("1.90", "1.120", "1.163"))
    outcomes = [one.outcome(True, {}) for one in (old, new)]
    assert [bool(one and one.error) for one in outcomes] == [True, False]
    assert between.outcome(True, {}) is None
    assert between.outcome(False, {}) == old.outcome(False, {})


def test_between_them_a_size_is_read_as_the_release_itself_reads_it() -> None:
    for release, refused in [("1.92", True), ("1.93", False)]:
        outcome = treatments(release)["max_upload_size"].outcome("1G", {})
        assert outcome
        assert bool(outcome.error) is refused


def fresh(rng: random.Random) -> Any:
    """A value that was probably never tried."""
    text = "".join(rng.choices("abcxyz", k=rng.randint(3, 8)))
    plain = [
        rng.randint(2, 10**6), -rng.randint(2, 999), rng.randint(1, 99) + 0.25, text,
        f"{rng.randint(1, 99)}{rng.choice('smhdwy')}", f"{rng.randint(1, 99)}{rng.choice('KMGT')}",
        f"{rng.randint(1, 9)}h{rng.randint(1, 59)}m", f"https://{text}.example/a",
        f"{text}.example", f"@{text}:{text}.example", f"#{text}:example.com", f"{text} {text}",
        True, False, None,
    ]  # fmt: skip
    kind = rng.random()
    if kind < 0.75:
        return rng.choice(plain)
    if kind < 0.9:
        return [rng.choice(plain) for _ in range(rng.randint(1, 2))]
    return {text: rng.choice(plain)}


# These have checks of their own. A worker is read without Redis, and does not start without it.
UNLIKE = re.compile("|".join([*(f"{option}$" for option in OWN_CHECKS), "worker_(?!listeners)"]))
# What the codes about values say that Synapse does; the other codes are about names.
VERDICTS = {
    **dict.fromkeys(["missing-option", "not-a-duration", "not-a-size", "refused-value",
                     "unknown-word"], "refused"),
    **dict.fromkeys(["misread-number", "missing-unit", "not-a-number", "not-text",
                     "not-true-or-false"], "taken for something else"),
    "warned-value": "warned",
    "unused-option": "ignored",
}  # fmt: skip


def verdict(option: str, text: str, release: str) -> str:
    """What the checker says that Synapse does with the value of an option in a file."""
    problems = check(text, release=release)
    for problem in problems:
        place = re.sub(r"\b(\d+|made_up_name)\b", "*", problem.option)
        if problem.code in VERDICTS and f"{option}.".startswith(f"{place}."):
            return VERDICTS[problem.code]
    return "refused" if any(p.severity is Severity.ERROR for p in problems) else "fine"


@pytest.mark.proves(
    "verdicts-equal-synapses", "values-are-checked", "refused-values-are-reported",
    "options-that-need-others", "options-that-do-nothing",
)  # fmt: skip
@pytest.mark.slow
@pytest.mark.no_cover
@RELEASES
def test_the_verdict_on_an_option_and_a_value_is_what_synapse_does(release: str) -> None:
    rng = random.Random(f"treatment {release}")
    kept = [one for option, one in treatments(release).items() if not UNLIKE.match(option)]
    drawn: list[tuple[Treatment, Any, dict[str, Any]]] = []
    while len(drawn) < SAMPLE:
        treatment = rng.choice(kept)
        value = fresh(rng) if rng.random() < 0.5 else spread()[rng.choice(list(spread()))]
        value = json.loads(json.dumps(value))  # as the driver gets it: keys are text
        drawn.append((treatment, value, rng.choice([config for config, _ in where(treatment)])))
    wrong, known = [], 0
    files = asked(release, [(one.option, value, needs) for one, value, needs in drawn])
    for (treatment, value, needs), (file, outcome) in zip(drawn, files, strict=True):
        if treatment.option == "enable_registration":
            continue  # whether it is refused is decided after the file is read
        if treatment.outcome(value, file) is None:
            continue
        known += 1
        codes = [finding.code for finding in judged(treatment, written(value), outcome)]
        did = VERDICTS[codes[0]] if codes else "fine"
        said = verdict(treatment.option, yaml.safe_dump(file), release)
        if said != did or (did == "refused") != bool(outcome.error):
            wrong.append((treatment.option, value, needs, f"{said}, but: {did}", outcome))
    assert not wrong, (len(wrong), wrong[:5])
    assert known > 0.9 * SAMPLE


def written(value: Any) -> Value:
    """The value as `yaml.safe_dump` writes it."""
    if isinstance(value, list | dict):
        return Value(value, None)
    text = yaml.safe_dump(value).removesuffix("\n...\n").strip()
    quoted = text[:1] in ("'", '"')
    return Value(value, str(value) if quoted or isinstance(value, str) else text, "'" * quoted)
