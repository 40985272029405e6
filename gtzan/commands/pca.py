"""``gtzan pca``: the principal components of a run's real and, where there are any, generated tracks."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gtzan.errors import UserError
from gtzan.request import PAPER_GENRES

EPILOG = """\
The components are those of the training tracks' feature matrix; held-out and generated tracks are only placed among
them. It needs the run's corpus, or the feature store that the run was trained from."""


def register(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="RUN", help="run directory of train.py, or folder written by synthesize.py")
    help_ = "separated by commas (default: those generated; else the paper's four, or all where the corpus lacks them)"
    parser.add_argument("--genres", metavar="A,B", help=help_)
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="for pictures and table (default: RUN/pca)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write pictures and table, and print what they say."""
    folder = Path(arguments.folder)
    synthesis = Synthesis.read(folder) if (folder / "synthesis.json").exists() else None
    trained = synthesis.run if synthesis else folder
    if not (trained / "config.yaml").exists():
        raise UserError(
            f"{trained} is no run: it has neither config.yaml (of train.py) nor synthesis.json (of synthesize.py)."
        )
    cfg, corpus, split = _read_run(trained)
    genres = _genres(arguments.genres, corpus.genres, synthesis)  # told before features are opened, or extracted
    out = arguments.out or folder / "pca"
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}.") from error

    from gtzan.config import open_store
    from gtzan.pca import TrackFeatures
    from gtzan.pca_report import pca_report

    store = open_store(cfg, corpus)
    train, test = (TrackFeatures.of_store(store, part, genres) for part in (split.train, split.test))
    generated = TrackFeatures.of_files(synthesis.samples, store, genres) if synthesis else None
    title = f"{corpus.label} · split {split.protocol}"
    report = pca_report(train, test, generated, title)
    report.write(out)
    counts = f"{len(train)} training, {len(test)} held-out"
    counts += "" if generated is None else f", {len(generated)} generated"
    print(f"PCA of {title}\n{', '.join(genres)}: {counts} tracks\n\n{report}\n\nPictures and table are in {out}.")
    return 0


@dataclass(frozen=True)
class Synthesis:
    """What ``synthesize.py`` left in a folder.

    Attributes:
        folder: that folder.
        run: the generator's run directory.
        samples: the genre and the file of each generated track.
    """

    folder: Path
    run: Path
    samples: list[tuple[str, Path]]

    @classmethod
    def read(cls, folder: Path) -> "Synthesis":
        """Open its manifest, ``synthesis.json``, and find the generator's run.

        Raises:
            UserError: a manifest that is damaged or names no sample, or a generator that is not on this machine.
        """
        try:
            manifest = json.loads((folder / "synthesis.json").read_text(encoding="utf-8"))
            generator = Path(manifest["generator"])
            samples = [(str(sample["genre"]), folder / sample["wav"]) for sample in manifest["samples"]]
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{folder / 'synthesis.json'} is damaged ({error!r}).") from error
        if not samples:
            raise UserError(f"{folder / 'synthesis.json'} names no generated track.")
        # A checkpoint lies in its run's folder checkpoints/.
        for run in (generator, *generator.parents[:2]):
            if (run / "config.yaml").exists():
                return cls(folder, run, samples)
        raise UserError(
            f"The generator {generator} that {folder / 'synthesis.json'} names is in no run directory on this machine; "
            "its config.yaml tells what the real tracks are."
        )

    @property
    def genres(self) -> list[str]:
        return list(dict.fromkeys(genre for genre, _ in self.samples))


def _read_run(run: Path):
    """Configuration, corpus and split of a run directory.

    Raises:
        UserError: a configuration that is not train.py's, or a corpus that is not on this machine.
    """
    from omegaconf import OmegaConf
    from yaml import YAMLError

    from gtzan.config import read_corpus

    try:
        cfg = OmegaConf.load(run / "config.yaml")
        missing = [key for key in ("data", "split", "features", "cache") if key not in cfg]
    except (YAMLError, ValueError) as error:
        raise UserError(f"{run / 'config.yaml'} is no configuration ({type(error).__name__}).") from error
    if missing:
        raise UserError(f"{run / 'config.yaml'} is not of train.py: it has no {missing[0]}.")
    try:
        return cfg, *read_corpus(cfg)
    except UserError as error:
        raise UserError(f"The real tracks of {run} cannot be read. {error}") from error


def _genres(asked: str | None, known: Sequence[str], synthesis: Synthesis | None) -> list[str]:
    """The genres to look at, each once.

    Raises:
        UserError: none, or one that the corpus does not have.
    """
    if asked is not None:
        source, wanted = "--genres", [name.strip() for name in asked.split(",") if name.strip()]
    elif synthesis:
        source, wanted = str(synthesis.folder / "synthesis.json"), synthesis.genres
    else:
        return list(PAPER_GENRES if set(PAPER_GENRES) <= set(known) else known)
    if not wanted:
        raise UserError(f"{source} names no genre: choose from {', '.join(known)}.")
    if unknown := [name for name in wanted if name not in known]:
        raise UserError(f"{source} names {unknown[0]}, which the corpus does not have: choose from {', '.join(known)}.")
    return list(dict.fromkeys(wanted))
