"""The pages of options have each option once, and say of it what real Synapses do."""

import re
from functools import cache

import pytest

from snippets.configuration import sections
from snippets.configuration.effects import EMPTY, GROUPS
from snippets.configuration.option_pages import all_options, anchor, options_page
from snippets.configuration.outcomes import AS_WRITTEN, spread
from snippets.configuration.sections import PAGES, Page, every_option, page_of
from snippets.configuration.treatment import treatments
from snippets.shared.history import options_of, read_history
from tests import ROOT
from tests.configuration.treatments import asked
from tests.docs.guide import DOCS
from tests.real.releases import COMPARED, NEWEST

HEADING = re.compile(r"^##+ `([^`]+)` \{ #(\S+) \}$", re.MULTILINE)
ENTRY = re.compile(r"^##+ `([^`]+)` .*\n\n(.*)$", re.MULTILINE)


@cache
def entries() -> dict[str, str]:
    """What the pages say of each option, in one line."""
    return {name: text for page in PAGES for name, text in ENTRY.findall(options_page(page.file))}


def test_each_option_of_each_release_is_on_one_page_with_an_anchor_of_its_own() -> None:
    found = [name for page in PAGES for name, _ in HEADING.findall(options_page(page.file))]
    assert sorted(found) == every_option()
    newest = {name for name in options_of(read_history(), NEWEST) if not name.endswith("*")}
    assert newest <= set(found)
    for page in PAGES:
        anchors = [at for _, at in HEADING.findall(options_page(page.file))]
        assert len(set(anchors)) == len(anchors)


def test_each_page_of_options_is_in_the_navigation_and_shows_its_own_options() -> None:
    files = {
        path.stem: path.read_text("utf-8") for path in (DOCS / "configuration/options").iterdir()
    }
    assert list(files) != []
    assert sorted(files) == sorted(page.file for page in PAGES)
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in PAGES:
        assert files[page.file].startswith(f"# Options: {page.title}\n")
        assert f'print(options_page("{page.file}"))' in files[page.file]
        assert f"- {page.title}: configuration/options/{page.file}.md\n" in navigation


def test_the_table_of_all_options_leads_to_the_anchor_of_each() -> None:
    links = re.findall(r"^\| \[`([^`]+)`\]\(options/(\S+)\.md#(\S+)\) \|", all_options(), re.M)
    assert [(name, page_of(name).file, anchor(name)) for name in every_option()] == links


@pytest.mark.parametrize(
    ("pages", "where"),
    [((), "no page"), ((Page("a", "A", ("email",)), Page("b", "B", (), ("em*",))), "b"),
     ((Page("a", "A", (), ("email",)), Page("b", "B", (), ("em*",))), "a and b")],
)  # fmt: skip
def test_an_option_without_a_page_or_with_two_is_named(
    pages: tuple[Page, ...], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "PAGES", pages)
    if where == "b":
        assert page_of("email.smtp_port").file == where
        return
    with pytest.raises(ValueError, match=f"email, of Synapse's section email, is on {where}: "):
        page_of("email.smtp_port")


@pytest.mark.proves("forty-values-were-tried")
def test_about_forty_values_recorded_of_real_synapses_are_in_the_spread() -> None:
    assert 40 <= len(spread()) < 45
    for release in COMPARED:
        assert all(set(one.outcomes) == set(spread()) for one in treatments(release).values())


# -- The words --


def test_each_value_of_the_spread_is_in_one_group_unless_it_means_something_else() -> None:
    grouped = [text for values in GROUPS.values() for text in values]
    assert len(set(grouped)) == len(grouped)
    assert set(spread()) - set(grouped) == {"'false'", "'true'", "10m", "50M", "'10'", "a_file"}
    assert {text for text in spread() if not spread()[text]} == {*EMPTY}


SAID = {
    # kind of the option: what is said of it
    "enable_registration": (
        "True or false, default `false`. Refuses all but true and false, `1` and `0`."
    ),
    "allow_guest_access": "True or false, default `false`. Reads `'false'` as true.",
    "email.smtp_port": (
        "Whole number, default `25`. Beside `email.notif_from`. Keeps any value unchecked."
    ),
    "email.client_base_url": (
        "Text. Beside `email.notif_from` and `email.enable_notifs`. Keeps any value unchecked."
    ),
    "worker_app": (
        "Any value. Beside `worker_name`, `instance_map.main.host` and `instance_map.main.port`. "
        "Kept as it is."
    ),
    "experimental_features.msc3861.issuer": (
        "Text. Since 1.86. Refuses each value that was tried. In 1.90: Refuses all but text."
    ),
    "max_upload_size": "Size, default `50M`. Refuses all but sizes and whole numbers.",
    "federation.client_timeout": (
        "Duration, default `60s`. Since 1.87. Refuses all but durations and whole numbers. "
        "[In detail](../options.md#client_timeout)."
    ),
    "default_room_version": (
        "Text, default `12`, until 1.161 `11`, until 1.157 `10`. Refuses all but `1` and `'10'`."
    ),
    "encryption_enabled_by_default_for_room_type": (
        "One of `all`, `invite` or `off`, default `off`. Refuses all but these words and `false`."
    ),
    "stream_writers.to_device": (
        "Text, such as `master`. Refuses all but `master` of what was tried."
    ),
    "federation_domain_whitelist": (
        "Any value. Refuses true and false, numbers and some non-empty lists, such as `[{}]`."
    ),
    "form_secret": "Text. Refuses all but text and `null`. In 1.90: Kept as it is.",
    "redis.password_path": (
        "Text. Since 1.117. Beside `redis.enabled`. "
        "Refuses all but paths of files and empty values."
    ),
    "notify_appservices": "Any value. Warns.",
    "room_invite_state_types": ("List. Refuses all but `[]` and some non-empty lists. Warns."),
    "redis": "Mapping. Refuses all but mappings and empty values.",
    "ip_range_blacklist": (
        "List, default 19 items. Refuses all but empty values and some non-empty lists."
    ),
    "experimental_features.msc3886_endpoint": (
        "Any value. Gone after 1.119. Remove the line: Synapse no longer redirects to a "
        "rendezvous server. In 1.90: Kept as it is."
    ),
    "experimental_features.msc2659_enabled": (
        "True or false, default `false`. Since 1.80. Gone after 1.83. "
        "Remove the line: Synapse pings application services without it. "
        "Neither 1.90 nor 1.163 has it."
    ),
    "modules.*.module": "Kind not known. No tried value is read.",
}


@pytest.mark.parametrize("option", SAID)
def test_an_entry_has_the_kind_the_default_and_what_becomes_of_bad_values(option: str) -> None:
    assert entries()[option] == SAID[option]


# -- What real Synapses do with what the entries say --

# An option, a value, what Synapse then has (None if it does not start), and the words for that in
# the option's entry.
ROWS = [
    ("enable_registration", "text", None, "Refuses all but true and false"),
    ("enable_registration", True, AS_WRITTEN, "Refuses all but true and false"),
    ("allow_guest_access", "false", AS_WRITTEN, "Reads `'false'` as true"),
    ("email.smtp_port", "text", AS_WRITTEN, "Keeps any value unchecked"),
    ("max_upload_size", "10 megabytes", None, "Refuses all but sizes and whole numbers"),
    ("max_upload_size", "2M", "2097152", "Size"),
    ("federation.client_timeout", "1h30m", None, "Refuses all but durations"),
    ("federation.client_timeout", "3m", "180000", "Duration"),
    ("encryption_enabled_by_default_for_room_type", "some", None, "Refuses all but these words"),
    ("federation_domain_whitelist", [{}], None, "some non-empty lists, such as `[{}]`"),
    ("registration_shared_secret_path", "no_such_file", None, "Refuses all but paths of files"),
    ("ip_range_blacklist", ["no network"], None, "all but empty values and some non-empty lists"),
    ("caches", ["text"], None, "Refuses all but mappings"),
    ("caches.global_factor", "quick", None, "Refuses all but numbers"),
    ("user_agent_suffix", ["text"], AS_WRITTEN, "Kept as it is"),
]


@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_what_entries_say_is_what_real_synapses_do(release: str) -> None:
    pairs = [(option, value, treatments(release)[option].needs) for option, value, _, _ in ROWS]
    for row, (_, outcome) in zip(ROWS, asked(release, pairs), strict=True):
        option, _, read, words = row
        assert words in entries()[option], row
        assert bool(outcome.error) == (read is None), (row, outcome)
        assert read is None or read in outcome.changed.values(), (row, outcome)
