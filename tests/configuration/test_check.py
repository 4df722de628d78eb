"""The checker: which problems it reports, and where."""

import random
import re
import statistics

import pytest

from snippets.configuration import OPTIONS, FederationConfig, format_duration, parse_duration
from snippets.configuration.check import Problem, check, check_files
from snippets.configuration.codes import Severity
from snippets.configuration.duration import spoken
from snippets.configuration.options import Option
from snippets.configuration.tables import BAD, written
from snippets.federation_backoff.policy import next_interval
from snippets.federation_backoff.schedule import life
from snippets.shared import document
from snippets.shared.document import Document, Unreadable
from snippets.shared.release import NEWEST
from tests.configuration.configurations import EXAMPLE, GOOD, ours


def one(text: str, release: str = NEWEST) -> Problem:
    (problem,) = check(text, release=release)
    return problem


CASES = [(option, value) for option in OPTIONS for value in BAD[option.kind]]


@pytest.mark.proves(
    "checker-names-invalid-counts",
    "checker-prints-line-effect-and-advice",
    "text-that-counts-as-true",
    "wrong-values-are-reported",
    "does-not-start-is-said-where-it-is-so",
    "yaml-1-1-values-are-reported",
    "errors-stop-the-start",
)
@pytest.mark.parametrize(("option", "value"), CASES, ids=lambda part: getattr(part, "name", part))
def test_every_bad_value_is_reported_at_its_place(option: Option, value: str) -> None:
    problems = check(written(option, value))
    (problem,) = [each for each in problems if not each.wrong.startswith("the minimum")]
    assert problem.option == option.path
    assert (problem.line == 2) is bool(option.section)
    assert problem.advice.startswith("write ")
    starts = ours(written(option, value), NEWEST) != "does not start"
    assert starts is ("does not start" not in problem.effective)
    assert starts is (problem.severity is not Severity.ERROR)


def test_no_good_value_is_reported() -> None:
    for option in OPTIONS:
        for value in GOOD[option.kind]:
            if (option.name, value) == ("destination_max_retry_interval", "30s"):
                continue  # below the default of the minimum
            maximum = "  destination_max_retry_interval: 2y\n"
            text = written(option, value)
            if option.name == "destination_min_retry_interval":
                text += maximum
            if option.name == "destination_max_retry_interval":
                text += "  destination_min_retry_interval: 5s\n"
            assert check(text) == [], text
    assert check(EXAMPLE) == []
    assert check("server_name: example.com") == []


@pytest.mark.proves("yaml-1-1-values-are-reported")
@pytest.mark.parametrize(
    ("number", "base"), [("10:00", 60), ("0100", 8), ("0x10", 16), ("0b11", 2)]
)
def test_a_number_to_another_base_is_named_with_its_base(number: str, base: int) -> None:
    wrong = one(f"federation: {{max_long_retries: {number}}}").wrong
    assert wrong.removesuffix(" in YAML 1.1") == f"`{number}` is a number to base {base}"


def test_the_column_is_that_of_the_value_or_of_a_wrong_name() -> None:
    problem = one("federation:\n    client_timeout:   10:00\n")
    assert (problem.line, problem.column) == (2, 23)
    assert problem.wrong == "`10:00` is a number to base 60 in YAML 1.1"
    assert problem.effective == "Synapse uses 600 ms"
    problem = one("federation:\n    client_timeot: 10s\n")
    assert (problem.line, problem.column) == (2, 5)
    problem = one("\ufefffederation: {client_timeout: }")
    assert (problem.line, problem.column) == (1, 14)


@pytest.mark.parametrize(
    ("text", "option", "advice"),
    [
        ("federation: {client_timeot: 1s}", "federation.client_timeot", "write `client_timeout`"),
        ("federation: {Client-Timeout: 1s}", "federation.Client-Timeout", "write `client_timeout`"),
        ("federaton: {}", "federaton", "write `federation`"),
        (
            "use_appservice_legacy_authorisation: true",
            "use_appservice_legacy_authorisation",
            "write `use_appservice_legacy_authorization`",
        ),
        ("client_timeout: 1s", "client_timeout", "indent it below `federation:`"),
        (
            "federation: {federation_domain_whitelist: []}",
            "federation.federation_domain_whitelist",
            "write it at the top level",
        ),
        (
            "federation: {track_appservice_user_ips: true}",
            "federation.track_appservice_user_ips",
            "write it at the top level",
        ),
    ],
)
def test_the_right_name_or_place_of_an_option_is_suggested(
    text: str, option: str, advice: str
) -> None:
    problem = one(text)
    assert (problem.option, problem.effective) == (option, "Synapse ignores it")
    assert problem.advice == advice


def test_a_name_that_the_file_already_has_is_not_suggested() -> None:
    meant = "alias_creation_rules"
    assert one("room_creation_rules: []").advice == f"write `{meant}`"
    assert meant not in one(f"room_creation_rules: []\n{meant}: []").advice
    sender = "notif_from: a@example.com"
    assert "smtp_host" not in one(f"email: {{{sender}, smtp_hosts: a, smtp_host: b}}").advice
    twice = one("federation: {client_timeot: 1s, client_timeout: 2s}")
    assert twice.advice.startswith("the options here are client_timeout, ")


def test_all_options_are_listed_if_none_is_similar() -> None:
    assert one("federation: {whatever: 1}").advice.startswith("the options here are client_t")
    assert one("federation: {1: 2}").option == "federation.1"


@pytest.mark.proves(
    "values-are-checked", "refused-values-are-reported", "options-that-need-others",
    "options-that-do-nothing",
)  # fmt: skip
@pytest.mark.parametrize(
    ("text", "code", "effect"),
    [
        ("listeners: 1", "bad-listener", "does not start"),
        ("federation_domain_whitelist: 1", "refused-value", "does not start"),
        ("enable_search: maybe", "not-true-or-false", "reads it as true"),
        ("rc_message: {per_second: fast}", "not-a-number", "Synapse starts"),
        ("rc_message: fast", "refused-value", "does not start"),
        (
            "url_preview_enabled: true",
            "missing-option",
            "does not start: ConfigError: For security",
        ),
        ("email: {smtp_host: a}", "missing-option", "does not start"),
        ("max_upload_size: 50 MB", "not-a-size", "does not start"),
        ("max_upload_size: 50", "missing-unit", "reads 50 bytes"),
        ("max_upload_size: 0x10", "misread-number", "reads 16 bytes"),
        ("user_ips_max_age: 500", "missing-unit", "reads 500 ms"),
        ("user_ips_max_age: 10:00", "misread-number", "reads 600 ms"),
        ("auto_join_rooms: [1, 2]", "refused-value", "does not start: TypeError"),
        ("allowed_avatar_mimetypes: {a: 1, 2: [3]}", "refused-value", "must be a list"),
        ("enable_search: 0", "not-true-or-false", "reads it as false"),
        ("gzip_responses: 'no'", "not-true-or-false", "reads it as true"),
        ("redis: {password: a}", "unused-option", "starts, and no setting changes"),
        ("log_file: /var/log/a.log", "refused-value", "does not start"),
    ],
)
def test_a_value_is_treated_as_recorded(text: str, code: str, effect: str) -> None:
    problem = one(text)
    assert problem.code == code
    assert effect in problem.effective


@pytest.mark.parametrize(
    "text",
    [
        "auto_join_rooms: ['#a:b.example', [1], null, {a: 1}]",
        "room_prejoin_state: 2026-01-01",
        "signing_key_path: /a/b",
        "registration_shared_secret_path: /a/b",
        "auto_join_rooms: [true]",
        "instance_map: {one: {host: a, port: 1}}\nstream_writers: {events: [one], typing: one}",
        "presence: {idle_timeout: 2m, last_active_granularity: 1m}",
        "max_upload_size: 10M",
        "max_upload_size: 100000",
        "auto_join_rooms: [2026-01-01]",
        "caches: {per_cache_factors: {a: 1.5, b: 2, c: 0.5}}",
        f"server_name: {'a' * 40}.example",
    ],
)
def test_nothing_is_said_of_a_value_that_may_be_right(text: str) -> None:
    assert check(text) == []


def test_nothing_is_said_of_a_value_whose_treatment_is_not_known() -> None:
    checked = check_files({"": Document("gc_thresholds: [5, 5, 5]\nmax_upload_size: 5M")})
    assert checked.problems == []
    assert checked.unknown == ["gc_thresholds"]


@pytest.mark.proves("empty-section-stops-the-start")
@pytest.mark.parametrize(("section", "wrong"), [("", "is empty"), ("[]", "is not a mapping")])
def test_a_section_that_is_not_a_mapping_is_a_problem(section: str, wrong: str) -> None:
    problem = one(f"federation: {section}")
    assert (problem.wrong, problem.effective) == (wrong, "Synapse does not start")


@pytest.mark.proves("wrong-level-and-repeated-names")
def test_the_last_of_repeated_options_takes_effect() -> None:
    problem = one("federation:\n  client_timeout: 1s\n  client_timeout: 2s\n")
    assert (problem.line, problem.effective) == (2, "the one on line 3 takes effect")
    problem = one("federation: {}\nserver_name: x\nfederation: {}\n")
    assert (problem.line, problem.option) == (1, "federation")
    problem = one("email: {notif_from: a@example.com, smtp_host: a, smtp_host: b}")
    assert problem.option == "email.smtp_host"
    assert problem.effective == "the one on line 1 takes effect"


@pytest.mark.proves("wrong-values-are-reported")
def test_a_minimum_above_the_maximum_is_named_with_both() -> None:
    problem = one("federation: {destination_min_retry_interval: 10d}")
    assert problem.wrong == (
        "the minimum, 864000000 ms (10d), is above the maximum, 604800000 ms (7d)"
    )
    assert one("federation: {destination_max_retry_interval: 5m}").line == 1
    beyond, above = check("federation: {destination_min_retry_interval: 9223372036854775808}")
    assert above.wrong == "`9223372036854775808` is longer than 2**62 ms"
    assert beyond.effective.startswith("the database cannot store the wait")


@pytest.mark.proves("status-json-release-and-stdin")
def test_what_a_release_does_not_know_yet_is_named() -> None:
    problem = one("federation: {destination_max_retry_interval: 1d}", release="1.89")
    assert problem.wrong == "is an option since 1.90 only"
    assert problem.effective == "Synapse 1.89 ignores it"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1h30m", "90m"), ("1.5h", "90m"), ("10M", "10m"), ("10 minutes", "10m"), ("10ms", "10")],
)
def test_the_intended_duration_is_suggested(written: str, meant: str) -> None:
    assert one(f"federation: {{client_timeout: {written}}}").advice == f"write {meant}"


def test_merged_options_are_checked_at_their_place() -> None:
    text = "x: &x\n  client_timeout: 0\nfederation:\n  <<: *x\n  max_long_retries: 1\n"
    assert (one(text).line, one(text).option) == (2, "federation.client_timeout")
    assert check(text.replace("  max_long", "  client_timeout: 5s\n  max_long")) == []


def test_a_duration_is_written_in_its_largest_unit() -> None:
    for text in ("90s", "10m", "36h", "7d", "1500", "0"):
        assert format_duration(parse_duration(text)) == text
    assert format_duration(parse_duration("1w")) == "7d"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "0"),
        ("999", "999ms"),
        ("90s", "1m 30s"),
        ("1d", "1d"),
        ("400d", "1y 35d"),
        ("3605s", "1h 5s"),
        ("86399999", "23h 59m"),
    ],
)
def test_durations_for_people_have_their_two_largest_units_rounded_down(
    text: str, words: str
) -> None:
    assert spoken(parse_duration(text)) == words


UNREADABLE = {
    "": "it has no options",
    "- a": "it has no options",
    "a: 1\n- b": "expected <block end>",
    "a: {<<: 1}": "expected a mapping or list of mappings for merging",
    "a: [1": "expected ',' or ']'",
    "a: [1\n": "expected ',' or ']'",
    "a: !!int [1]": "expected a scalar node",
    "a: 2026-02-30": "cannot read this value (ValueError)",
    "a:\n - 0x_\n - x": "cannot read this value (ValueError)",
    "a: \x1b": "the character U+001B is not allowed",
    "a: 1\n---\na: 2": "expected a single document",
    "[" * 1000: "nested too deeply",
    "a: &a {<<: *a}": "grow without bounds",
    "a: !!python/object/apply:os.system [x]": "could not determine a constructor",
    "a: {[1]: 2}": "unhashable key",
    "a: *b": "found undefined alias",
    "x-a: 1e": None,
}


@pytest.mark.proves("broken-yaml-has-a-place")
@pytest.mark.parametrize("text", UNREADABLE, ids=range(len(UNREADABLE)))
def test_invalid_yaml_is_refused_with_its_place(text: str) -> None:
    if (expected := UNREADABLE[text]) is None:
        assert check(text) == []
        return
    with pytest.raises(Unreadable) as refused:
        check(text)
    assert expected in str(refused.value)
    assert 1 <= refused.value.line <= text.count("\n") + 1


@pytest.mark.parametrize("secret", ["*geheim", "!geheim", "!geheim!x", "&geheim x\n  b: &geheim y"])
def test_a_secret_without_quotes_that_yaml_refuses_is_not_printed(secret: str) -> None:
    with pytest.raises(Unreadable, match=r"alias|tag|anchor") as refused:
        check(f"email:\n  smtp_pass: {secret}\n")
    assert "geheim" not in str(refused.value)


def test_a_file_that_ends_too_early_is_refused_after_its_last_character() -> None:
    with pytest.raises(Unreadable) as refused:
        check("a: 1\nb: [\n\n")
    assert (refused.value.line, refused.value.column) == (2, 5)


def test_mappings_that_grow_without_bounds_by_merging_are_refused_at_once() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}, *a{n - 1}]}}" for n in range(1, 60)]
    with pytest.raises(Unreadable, match="grow without bounds"):
        check("\n".join(lines))


def test_a_long_file_that_merges_little_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_MERGED_PAIRS", 10)
    text = "".join(f"x-{n}: {{a: 1, b: 2}}\n" for n in range(20))
    assert check(f"{text}x-a: &a {{a: 1}}\nx-b: {{<<: *a}}\n") == []


@pytest.mark.proves("jitter-is-1-1-on-average")
@pytest.mark.parametrize("multiplier", [1, 0.95, 0.5])
def test_what_is_said_of_a_multiplier_up_to_1_is_what_the_waits_do(multiplier: float) -> None:
    problem = one(f"federation: {{destination_retry_multiplier: {multiplier}}}")
    said = re.fullmatch(
        r"each wait is ([\d.]+) to ([\d.]+) times the last one, on average ([\d.]+), by its jitter",
        problem.effective,
    )
    assert said
    least, most, mean = map(float, said.groups())
    config = FederationConfig(destination_retry_multiplier=multiplier)
    jitter = random.Random(1)
    times = [next_interval(10**8, config, jitter) / 10**8 for _ in range(20_000)]
    assert min(times) == pytest.approx(least, rel=0.02)
    assert max(times) == pytest.approx(most, rel=0.02)
    assert statistics.mean(times) == pytest.approx(mean, rel=0.02)


def test_with_a_multiplier_of_1_waits_grow_and_with_0_there_is_none_every_second_time() -> None:
    config = FederationConfig(
        destination_min_retry_interval_ms=1000, destination_retry_multiplier=1
    )
    lives = [life(config, random.Random(seed), 20) for seed in range(500)]
    assert 4000 < statistics.median(waits[-1] for waits in lives) < 6000
    for multiplier in (0, -2):
        problem = one(f"federation: {{destination_retry_multiplier: {multiplier}}}")
        assert problem.effective.startswith("every second wait is 0 ms or less")
        config = FederationConfig(destination_retry_multiplier=multiplier)
        waits = life(config, random.Random(1), 10)
        assert [wait > 0 for wait in waits] == [True, False] * 5
