"""The paper's results, and the experiments of ours that stand beside them.

P. Fard, "Music Signal Generation and Classification", University of California, Irvine.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import compose
from gtzan.experiments.configuration.hydra_errors import user_errors
from gtzan.experiments.configuration.validation import validate
from gtzan.experiments.processes.gpus import check_machine
from gtzan.experiments.sweeps.entries import Entry
from gtzan.experiments.sweeps.points import path_override
from gtzan.experiments.sweeps.process import check_given, run_sweep

log = logging.getLogger(__name__)

RESERVED_KEYS = {
    "model": "the paper's experiments name their models.",
    "experiment": "the paper's experiments are all done.",
    "runs": "say --runs FOLDER.",
    "ckpt": "the generator is the one that the experiments train.",
}


@dataclass(frozen=True)
class Experiment:
    """A command that repeats one of the paper's experiments, or its variant on an honest split.

    Attributes:
        program: ``train`` or ``synthesize``.
        overrides: of a file in ``conf/experiment/paper``, and what differs from it.
        main_point: the overrides of the grid's point whose figures the page shows.
    """

    program: str
    overrides: tuple[str, ...]
    main_point: tuple[tuple[str, str], ...] = ()


MAIN_DENSE = (("split", "50/50"), ("epochs", "100"), ("batch_size", "32"))
OWN_PROTOCOL = "split=null"  # the corpus's own: fault-filtered, or artists kept apart
EXPERIMENTS = {
    "dense": Experiment("train", ("experiment=paper/dense",), MAIN_DENSE),
    "dense_honest": Experiment("train", ("experiment=paper/dense", OWN_PROTOCOL, "epochs=100", "batch_size=32")),
    "cnn": Experiment("train", ("experiment=paper/cnn",)),
    "cnn_honest": Experiment("train", ("experiment=paper/cnn", OWN_PROTOCOL)),
    "generator": Experiment("train", ("experiment=paper/generator",)),
    "generator_lstm": Experiment("train", ("experiment=paper/generator_lstm",)),
    "synthesis": Experiment("synthesize", ("experiment=paper/pca",)),
    "convlstm": Experiment("train", ("experiment=paper/convlstm",)),
    "convlstm_honest": Experiment("train", ("experiment=paper/convlstm", OWN_PROTOCOL)),
}


Source = tuple[str, str]  # an experiment and one of its metrics


@dataclass(frozen=True)
class Claim:
    """A number of the paper's, and where ours is.

    Attributes:
        what: it measures.
        where: figure or section.
        value: as printed.
        all_tracks: ours, as the paper most likely counts: training tracks included.
        held_out: ours, of the tracks that the same split holds out.
        honest: ours, by a protocol without artists on both sides, or by a judge that was not pleased in training.
    """

    what: str
    where: str
    value: str
    all_tracks: Source | None
    held_out: Source | None
    honest: Source | None = None


def _classified(net: str, genre: str = "") -> tuple[Source, Source, Source]:
    return (net, f"all/accuracy{genre}"), (net, f"test/accuracy{genre}"), (f"{net}_honest", f"test/accuracy{genre}")


def _reconstructed(generator: str, genre: str = "") -> tuple[Source, Source]:
    name = f"track_reconstruction_accuracy{genre}"
    return (generator, f"all/{name}"), (generator, f"test/{name}")


CLAIMS = (
    Claim("Dense: overall accuracy", "figure 6; section 6", "85 %; 86 %", *_classified("dense")),
    Claim("CNN: overall accuracy", "section 5.3; section 6", "82 %; 83 %", *_classified("cnn")),
    Claim("LSTM+CNN: overall accuracy", "section 6", "75 %", *_classified("convlstm")),
    Claim("LSTM+CNN: pop", "section 5.3", "91 %", *_classified("convlstm", "/pop")),
    Claim(
        "Classical music reconstructed, with the LSTM layer",
        "figure 2",
        "95 %",
        *_reconstructed("generator_lstm", "/classical"),
    ),
    Claim("Classical music reconstructed, without it", "figure 3", "lower", *_reconstructed("generator", "/classical")),
    Claim("Four genres reconstructed, with the LSTM layer", "section 6", "92 %", *_reconstructed("generator_lstm")),
    Claim(
        "New music as waveforms, classified again",
        "sections 1 and 4",
        "no number",
        None,
        ("synthesis", "synth/guide_accuracy"),
        ("synthesis", "synth/judge_accuracy"),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """The result of an experiment.

    Attributes:
        experiment: the experiment that was run.
        command: the command that repeats it.
        entries: its points; empty if it could not be started.
    """

    experiment: Experiment
    command: str
    entries: tuple[Entry, ...]

    @property
    def finished(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.metrics is not None]

    @property
    def main(self) -> Entry | None:
        """The finished point that the page shows: the paper's own settings, or the closest to them."""
        wanted = self.experiment.main_point
        return max(
            self.finished, key=lambda e: sum(e.settings.get(key) == value for key, value in wanted), default=None
        )

    @property
    def metrics(self) -> dict:
        """Metrics of the main point; empty if none is finished."""
        return (self.main.metrics if self.main else None) or {}

    @property
    def seconds(self) -> float:
        """Total running time of the finished points, in seconds."""
        # A synthesis calls the length of its samples "seconds".
        all_metrics = [entry.metrics for entry in self.entries if entry.metrics is not None]
        return sum(metrics.get("duration", metrics["seconds"]) for metrics in all_metrics)

    @property
    def state(self) -> str:
        """``done``, ``3 of 18 done`` or ``not done``, with the first error, for the page."""
        if not self.entries:
            return "not done"
        done, asked = len(self.finished), len(self.entries)
        failed = next((entry.message for entry in self.entries if entry.message), "")
        return ("done" if done == asked else f"{done} of {asked} done") + (f"; {failed}" if failed else "")


def check(given: Sequence[str]) -> None:
    """Check that every experiment can be configured with the user's overrides.

    Raises:
        UserError: an override that makes no sense, or that would make another experiment of the paper's, or several.
    """
    check_given(given, RESERVED_KEYS, "the paper's page")
    for experiment in EXPERIMENTS.values():
        with user_errors(experiment.program, given):
            cfg = compose(experiment.program, [*experiment.overrides, *given])
        validate(cfg)
        check_machine(cfg.trainer)


def reproduce(given: Sequence[str], runs: Path) -> Iterator[dict[str, Outcome]]:
    """Run what is missing; after each experiment, the outcomes so far.

    Each is a sweep in a process of its own: finished points are looked up, interrupted ones go on, and a failure stops
    no other experiment.

    Args:
        given: overrides of the user's, for every experiment.
        runs: the folder of runs.

    Raises:
        UserError: the first could not be started, which says that the overrides or the corpus are wrong.
    """
    outcomes: dict[str, Outcome] = {}
    for name, experiment in EXPERIMENTS.items():
        overrides = [*experiment.overrides, path_override("runs", runs)]
        if experiment.program == "synthesize":
            generator = outcomes["generator_lstm"].main
            if generator is None or generator.folder is None:
                log.warning("There is no generator whose music could be judged.")
                outcomes[name] = Outcome(experiment, "", ())
                continue
            overrides.append(path_override("ckpt", generator.folder))
        swept = run_sweep(experiment.program, [*overrides, *given], runs)
        outcomes[name] = Outcome(experiment, swept.command, swept.entries)
        if len(outcomes) == 1 and not outcomes[name].entries:
            raise UserError("The first experiment could not be started: mend what is said above.")
        yield outcomes
        swept.raise_interruption()
