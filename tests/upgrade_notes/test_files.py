"""Files and folders are read as by Synapse, and every value has its place."""

from pathlib import Path

import pytest

from snippets.upgrade_notes.files import CannotRead, read_configuration
from tests.real import synapse
from tests.real.fixtures import need

DRIVER = Path(__file__).with_name("synapse_files_driver.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As on Debian: a main file, and a folder of files that replace whole top-level options."""
    write(tmp_path / "homeserver.yaml", "server_name: a\nreport_stats: false\n")
    with (tmp_path / "homeserver.yaml").open("a") as main:
        main.write("federation:\n  client_timeout: 5s\n  max_long_retries: 3\nmodules: [a]\n")
    write(tmp_path / "conf.d" / "b.yaml", "federation:\n  client_timeout: 7s\n")
    write(tmp_path / "conf.d" / "B.yaml", "federation:\n  client_timeout: 9s\n")
    write(tmp_path / "conf.d" / "a.yaml", "modules: []\nserver_name: b\n")
    write(tmp_path / "conf.d" / "c.yml", "server_name: c\n")
    write(tmp_path / "conf.d" / "empty.yaml", "# nothing\n")
    write(tmp_path / "conf.d" / "inner.yaml" / "d.yaml", "server_name: d\n")
    return tmp_path


def write(path: Path, text: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


def values(*paths: str) -> list[dict[str, object]]:
    """The top-level options of each process."""
    read = read_configuration(paths)
    return [
        {setting.name: setting.value for setting in process.settings("*")}
        for process in read.processes
    ]


@pytest.mark.proves("command-reads-files-as-synapse-does", "later-file-replaces-an-option")
@pytest.mark.slow
@pytest.mark.parametrize("release", ["1.90.0", "1.163.2"])
@pytest.mark.parametrize("order", [["homeserver.yaml", "conf.d"], ["conf.d", "homeserver.yaml"]])
def test_files_and_folders_make_the_configuration_that_synapse_makes_of_them(
    release: str, order: list[str], folder: Path
) -> None:
    need(lambda: synapse.python(release))
    paths = [str(folder / name) for name in order]
    (theirs,) = synapse.ask(synapse.python(release), DRIVER, [paths])
    assert values(*paths) == [theirs["values"]]
    read = read_configuration(paths)
    assert set(theirs["files"]) == {*read.files, str(folder / "conf.d" / "empty.yaml")}


@pytest.mark.proves("later-file-replaces-an-option")
def test_a_later_file_replaces_a_whole_option(folder: Path) -> None:
    read = read_configuration([str(folder / "homeserver.yaml"), str(folder / "conf.d")])
    (process,) = read.processes
    (timeout,) = process.settings("federation.client_timeout")
    assert (timeout.value, timeout.file) == ("7s", str(folder / "conf.d" / "b.yaml"))
    assert timeout.line == 2
    assert process.settings("federation.max_long_retries") == []


@pytest.mark.proves("later-file-replaces-an-option")
def test_files_that_are_left_out_are_named_with_the_reason(folder: Path) -> None:
    left_out = read_configuration([str(folder / "conf.d")]).left_out
    assert [line.removeprefix(f"{folder}/conf.d/") for line in left_out] == [
        "c.yml: it is not a file with a name that ends in .yaml",
        "empty.yaml: it has no options",
        "inner.yaml: it is not a file with a name that ends in .yaml",
    ]


def test_a_worker_reads_the_shared_files_and_then_its_own(tmp_path: Path) -> None:
    one = write(tmp_path / "one.yaml", "worker_app: synapse.app.generic_worker\nmodules: [b]\n")
    two = write(tmp_path / "two.yaml", "worker_app: synapse.app.generic_worker\n")
    main = write(tmp_path / "homeserver.yaml", "server_name: a\nmodules: [a]\n")
    worker = {"server_name": "a", "worker_app": "synapse.app.generic_worker"}
    assert values(one, main, two) == [
        {"server_name": "a", "modules": ["a"]},
        {**worker, "modules": ["b"]},
        {**worker, "modules": ["a"]},
    ]
    assert read_configuration([one, main, two]).files == [main, one, two]


def test_the_main_process_may_name_itself_as_an_app(tmp_path: Path) -> None:
    main = write(tmp_path / "homeserver.yaml", "worker_app: synapse.app.homeserver\n")
    assert values(main) == [{"worker_app": "synapse.app.homeserver"}]


def test_a_worker_alone_is_refused_unless_its_file_is_complete(tmp_path: Path) -> None:
    text = "worker_app: synapse.app.generic_worker\n"
    one = write(tmp_path / "one.yaml", text)
    with pytest.raises(
        CannotRead, match="it is a worker's file: write the shared files too"
    ) as refused:
        read_configuration([one])
    assert refused.value.place == {"file": one}
    write(tmp_path / "one.yaml", f"{text}server_name: a\n")
    assert len(values(one)) == 1


def test_a_path_leads_through_mappings_and_lists(tmp_path: Path) -> None:
    text = (
        "listeners:\n"
        "- type: http\n"
        "  resources: [{names: [client, federation]}]\n"
        "- type: metrics\n"
        "databases: &all\n"
        "  one: {name: psycopg2}\n"
        "  two: {name: sqlite3}\n"
        "again: &again [*again]\n"
    )
    (process,) = read_configuration([write(tmp_path / "a.yaml", text)]).processes
    types = process.settings("listeners.*.type")
    assert [(part.name, part.value, part.line) for part in types] == [
        ("listeners.0.type", "http", 2),
        ("listeners.1.type", "metrics", 4),
    ]
    names = process.settings("listeners.*.resources.*.names.*")
    assert [part.value for part in names] == ["client", "federation"]
    databases = process.settings("databases.*.name")
    assert [(part.value, part.line) for part in databases] == [("psycopg2", 6), ("sqlite3", 7)]
    assert len(process.settings("again.*.*.*")) == 1
    for nothing in ("listeners.type", "databases.one.name.more", "none.*"):
        assert process.settings(nothing) == []


def test_a_file_that_cannot_be_read_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="cannot be opened: No such file or directory"):
        read_configuration([str(tmp_path / "none.yaml")])
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: \xff")
    with pytest.raises(CannotRead, match="is not UTF-8"):
        read_configuration([str(latin)])
    bad = write(tmp_path / "bad.yaml", "a: [1")
    with pytest.raises(CannotRead) as refused:
        read_configuration([bad])
    assert refused.value.place["file"] == bad
    assert refused.value.place["line"] == 1


def test_an_unreadable_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied")  # root may list any folder

    monkeypatch.setattr("os.listdir", refused)
    with pytest.raises(CannotRead, match="cannot be opened: Permission denied"):
        read_configuration([str(tmp_path)])
