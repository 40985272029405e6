"""``gtzan pca``: the principal components of a run's real and, where there are any, generated tracks."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gtzan.audio.generated import GeneratedFile
from gtzan.errors import UserError, reason_of
from gtzan.experiments.processes.terminal import show
from gtzan.experiments.runs.folder import RunFolder
from gtzan.synthesis.request import PAPER_GENRES

EPILOG = """\
The components are those of the training tracks' feature matrix; held-out and generated tracks are only placed among
them. It needs the run's corpus, or the feature store that the run was trained from."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="RUN", help="run folder of train.py, or folder written by synthesize.py")
    help_ = "separated by commas (default: those generated; else the paper's four, or all where the corpus lacks them)"
    parser.add_argument("--genres", metavar="A,B", help=help_)
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="for pictures and table (default: RUN/pca)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write pictures and table, and print what they say."""
    folder = Path(arguments.folder)
    synthesis = Synthesis.read(RunFolder(folder)) if RunFolder(folder).is_synthesis else None
    trained = synthesis.run if synthesis else RunFolder(folder)
    if not trained.has_config:
        raise UserError(
            f"{folder} is not a run: it has neither config.yaml (of train.py) nor synthesis.json (of synthesize.py)."
        )
    cfg, corpus, split = _read_run(trained)
    genres = _genres(arguments.genres, corpus.genres, synthesis)  # mistakes show before features are extracted
    out = arguments.out or folder / "pca"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}: {reason_of(error)}.") from error

    from gtzan.evaluation.pca import LEVEL, real_and_generated
    from gtzan.experiments.factory import open_store
    from gtzan.reports.pca_report import pca_report

    samples = synthesis.samples if synthesis else []
    train, test, generated = real_and_generated(open_store(cfg, corpus), split, samples, genres)
    title = f"{corpus.label} · split {split.protocol}"
    report = pca_report(train, test, generated, title)
    report.write(out)
    counts = f"{len(train)} training, {len(test)} held-out"
    counts += "" if generated is None else f", {len(generated)} generated"
    show(f"PCA of {title}\n{', '.join(genres)}: {counts} tracks")
    if LEVEL not in train.names:
        show(
            f"{folder / 'synthesis.json'} does not say by how much each file was amplified (gain_db), so levels cannot "
            f"be compared: {LEVEL}, which moves with the level, is left out of real and generated tracks."
        )
    show(f"\n{report}\n\nPictures and table are in {out}.")
    return 0


@dataclass(frozen=True)
class Synthesis:
    """What ``synthesize.py`` left in a folder.

    Attributes:
        file: what names them.
        run: the generator's run folder.
        samples: the generated tracks.
    """

    file: Path
    run: RunFolder
    samples: list[GeneratedFile]

    @classmethod
    def read(cls, folder: RunFolder) -> "Synthesis":
        """Open its manifest, ``synthesis.json``, and find the generator's run.

        Raises:
            UserError: a manifest that is damaged or names no sample, or a generator that is not on this machine.
        """
        manifest, file = folder.synthesis(), folder.synthesis_file
        try:
            generator = Path(manifest["generator"])
            samples = [
                GeneratedFile(
                    str(sample["genre"]),
                    folder.inside(sample["wav"]),
                    _number(sample, "gain_db", 200),
                    _number(sample, "start", 3600) or 0.0,
                )
                for sample in manifest["samples"]
            ]
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{file} is damaged ({error!r}).") from error
        if not samples:
            raise UserError(f"{file} names no generated track.")
        # A checkpoint lies in its run's folder checkpoints/.
        for run in map(RunFolder, (generator, *generator.parents[:2])):
            if run.has_config:
                return cls(file, run, samples)
        raise UserError(
            f"The generator {generator} that {file} names is in no run folder on this machine; "
            "its config.yaml is needed to find the real tracks."
        )

    @property
    def genres(self) -> list[str]:
        return list(dict.fromkeys(sample.genre for sample in self.samples))


def _number(sample: Mapping, name: str, most: float) -> float | None:
    """A number of a manifest's sample; what cannot be one, or is too large, raises a ``ValueError``."""
    value = sample.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        raise ValueError(f"{name}={value!r}")
    return float(value)


def _read_run(run: RunFolder):
    """Configuration, corpus and split of a run folder.

    Raises:
        UserError: a configuration that is not train.py's, or a corpus that is not on this machine or was divided
            otherwise when the run was trained.
    """
    from gtzan.experiments.factory import read_corpus
    from gtzan.models.checkpoints import is_trained_on

    cfg = run.config()
    try:
        corpus, split = read_corpus(cfg)
    except UserError as error:
        raise UserError(f"The real tracks of {run.path} cannot be read. {error}") from error
    if run.checkpoint.exists() and not is_trained_on(run.checkpoint, corpus, split):
        raise UserError(
            f"{corpus.root} holds other tracks, or divides them otherwise, than when {run.path} was trained."
        )
    return cfg, corpus, split


def _genres(asked: str | None, known: Sequence[str], synthesis: Synthesis | None) -> list[str]:
    """The genres to look at, each once.

    Raises:
        UserError: none, or one that the corpus does not have.
    """
    if asked is not None:
        source, wanted = "--genres", [name.strip() for name in asked.split(",") if name.strip()]
    elif synthesis:
        source, wanted = str(synthesis.file), synthesis.genres
    else:
        return list(PAPER_GENRES if set(PAPER_GENRES) <= set(known) else known)
    if not wanted:
        raise UserError(f"{source} names no genre: choose from {', '.join(known)}.")
    if unknown := [name for name in wanted if name not in known]:
        raise UserError(f"{source} names {unknown[0]}, which the corpus does not have: choose from {', '.join(known)}.")
    return list(dict.fromkeys(wanted))
