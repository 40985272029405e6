"""What somebody has called a file is shown, never obeyed."""

import logging

import pytest

from gtzan.cli.main import main
from gtzan.experiments.processes.terminal import printable, show, text_table, use_printable_logs


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[2Jevil", r"\x1b[2Jevil"),
        ("\x9b2J", r"\x9b2J"),
        ("a\rb", r"a\rb"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x07\x08\x7f", r"\x07\x08\x7f"),
        ("good\u202evaw", r"good\u202evaw"),
        ("caf\udce9", r"caf\udce9"),
        ("a\u2028b", r"a\u2028b"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(name, shown):
    assert printable(name) == shown


@pytest.mark.parametrize("name", ["Café", "音楽", "🎵", "👩‍🎤", "a b", "e\u0301", "a\u3000b", "~/[x] #1"])
def test_text_stays_as_it_is(name):
    assert printable(name) == name


def test_lines_stay_lines(capsys):
    show("one\n\x1b[31mtwo")
    assert capsys.readouterr().out == "one\n\\x1b[31mtwo\n"


def test_logs_are_escaped_too(caplog):
    before = logging.getLogRecordFactory()
    try:
        use_printable_logs()
        logging.getLogger("x").warning("\t#0 : a genre %s", "\x1b[2J")
    finally:
        logging.setLogRecordFactory(before)
    assert "\t#0 : a genre \\x1b[2J" in caplog.text, "tabs, by which Hydra indents, are no danger"


def test_a_command_shows_a_hostile_name_and_does_not_obey_it(tmp_path, capsys):
    folder = tmp_path / "blues"
    folder.mkdir()
    (folder / "\x1b]0;evil\x07\x9b.wav").write_bytes(b"no audio")
    main(["data", "check", str(tmp_path)])
    shown = "".join(capsys.readouterr())
    assert "evil" in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)


def test_so_does_a_mistake(tmp_path, capsys):
    assert main(["report", str(tmp_path / "\x1b[2J")]) == 2
    assert "\x1b" not in "".join(capsys.readouterr())


def test_a_text_table_is_aligned_whole_and_without_colours():
    wide, bracketed = "演歌", "[74.0, 81.2] " + "x" * 300
    rows = [[wide, "1", bracketed], ["a\x1b[31mb", "10", ""]]
    lines = text_table(["genre", "n", "note"], rows, right=[1]).split("\n")
    assert lines[1] == f"{wide}         1  {bracketed}"  # an East Asian letter takes two columns
    assert lines[2] == "a\\x1b[31mb  10"
