"""Values that people may type: the good ones pass, the bad ones are refused in one sentence before anything is made."""

import pytest

from gtzan.cli.paper import check_overrides
from gtzan.errors import UserError
from gtzan.experiments.configuration.command_line import hydra_arguments
from gtzan.experiments.configuration.composition import compose
from gtzan.experiments.factory import read_corpus
from gtzan.experiments.processes.launch import register_resolvers
from gtzan.experiments.processes.startup import check_command
from tests.values import Case, cases

CASES = list(cases())
HERE = [case for case in CASES if not (case.late and "-m" in case.words)]  # others need a sweep


def refusal(case: Case) -> str | None:
    """What a program says of a case before it begins; ``None`` if it accepts it."""
    register_resolvers()
    try:
        if case.program == "paper":
            check_overrides(case.words)
            return None
        words = hydra_arguments(case.words, case.program)
        check_command(case.program, words)
        if case.late:
            cfg = compose(case.program, words)
            read_corpus(cfg)
    except UserError as error:
        return str(error)
    return None


def check(case: Case, folder) -> None:
    said = refusal(case)
    assert (said is None) == case.accepted, f"{case.words}: {said}"
    assert not said or ("\n" not in said and said.endswith((".", "?")) and len(said) < 400), said
    assert not list(folder.iterdir())


def test_there_are_hundreds():
    assert len(CASES) > 350
    assert len(set(CASES)) == len(CASES)


@pytest.mark.parametrize("case", HERE[::16], ids=lambda case: f"{case.program} {' '.join(case.words)}")
def test_some_values(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(case, tmp_path)


@pytest.mark.slow
def test_every_value(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for case in HERE:
        check(case, tmp_path)
