import subprocess
import sys
from importlib.metadata import version

import pytest

from gtzan.cli import data
from gtzan.cli.main import main
from tests.conftest import SLOW, without


def run(*arguments, **kwargs):
    return subprocess.run(
        [sys.executable, "-m", "gtzan.cli.main", *arguments], capture_output=True, text=True, **kwargs
    )


@pytest.mark.parametrize("arguments", [["--help"], ["data", "--help"], ["data", "fetch", "--help"]])
def test_help_answers_at_once(arguments, tmp_path):
    assert run(*arguments, env=without(tmp_path, *SLOW)).returncode == 0


@pytest.mark.parametrize("command", [["data", "check"], ["report"]])
def test_a_mistake_is_one_sentence_without_a_traceback(command, tmp_path):
    result = run(*command, str(tmp_path / "nowhere"), env=without(tmp_path, *SLOW))
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("gtzan: ")
    assert "nowhere" in line


@pytest.mark.parametrize(
    "arguments", [[], ["data"], ["data", "check"], ["nonsense"], ["data", "compose", "x", "--seed", "a"]]
)
def test_a_wrong_command_says_how_it_is_used(arguments):
    result = run(*arguments)
    assert result.returncode == 2
    assert "usage: gtzan" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"gtzan {version('gtzan')}\n"


def interrupt(_):
    raise KeyboardInterrupt


def deny(_):
    raise PermissionError(13, "Permission denied", "/there")


def test_ctrl_c_ends_with_the_status_of_an_interrupt(monkeypatch, capsys):
    monkeypatch.setattr(data, "_check", interrupt)
    assert main(["data", "check", "x"]) == 130
    told = "gtzan: stopped by Ctrl-C. Type the same command again.\n"
    assert capsys.readouterr().err == told, "a check begins anew, it does not resume"


def test_a_folder_without_permission_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(data, "_check", deny)
    assert main(["data", "check", "x"]) == 2
    assert capsys.readouterr().err == "gtzan: /there: permission denied.\n"


def test_a_reader_that_leaves_early_gets_no_traceback(tmp_path):
    for genre in ("a", "b"):
        (tmp_path / genre).mkdir()
        for number in range(200):
            (tmp_path / genre / f"{number}-{'x' * 150}.wav").touch()
    command = f"{sys.executable} -m gtzan.cli.main data check {tmp_path} | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert "400 tracks" in result.stdout
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr
