"""Every picture that a generator's run leaves, from its reconstructions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from lightning import Trainer
from omegaconf import DictConfig
from torch import Tensor

from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import Split
from gtzan.data.datamodule import SegmentDataset
from gtzan.evaluation.mistakes import seconds_per_frame
from gtzan.evaluation.reconstruction import Reconstructions
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.processes.launch import slug
from gtzan.experiments.runs.folder import RunFolder
from gtzan.experiments.runs.search import has_parts, runs_on
from gtzan.models.generator import Generator
from gtzan.reports.classifier_figures import caption
from gtzan.reports.plots import reconstruction as figures
from gtzan.reports.plots.reconstruction import History
from gtzan.reports.plots.style import pixels
from gtzan.synthesis.request import PAPER_GENRES


def draw_generator_figures(
    reconstructions: Reconstructions, trainer: Trainer, history: History, cfg: DictConfig
) -> Iterator[tuple[str, np.ndarray]]:
    """Names and pixels, RGB ``(height, width, 3)``, one after the other, so that only one is in memory.

    Args:
        reconstructions: of the run.
        trainer: after training.
        history: the metrics of each epoch.
        cfg: of the run.
    """
    corpus, split = reconstructions.corpus, reconstructions.split
    title = f"{corpus.label} · split {split.protocol}"
    held_out = "validation" if len(split.valid) else "held-out"
    genres = [genre for genre in PAPER_GENRES if genre in corpus.genres] or corpus.genres[:4]
    first = genres[0] if PAPER_GENRES[0] in genres else corpus.genres[0]
    if len(history) > 1:
        histories = variants(cfg, history, find_sibling(cfg, corpus, split))
        yield "curves", pixels(figures.curves(histories, None, title, held_out))
        yield f"curves_{_stem(corpus, first)}", pixels(figures.curves(histories, first, title, held_out))
    yield "genres", pixels(figures.per_genre(history, corpus.genres, title, held_out))

    state: Any = trainer  # Lightning sets its datamodule without declaring it
    generator, data = state.lightning_module, state.datamodule.test
    for genre in genres:
        segment = _first_segment(data, corpus.genres.index(genre))
        if segment is None:  # every held-out track of the genre is broken
            continue
        x, y, track, _ = data[segment]
        made = _made(generator, x.to(generator.device), y.to(generator.device), cfg.seed)
        figure = figures.reconstructed(
            *made,
            seconds_per_frame=seconds_per_frame(state.datamodule.store),
            genre=genre,
            caption=caption(corpus.tracks[int(track)]),
            title=title,
        )
        yield f"reconstructed_{_stem(corpus, genre)}", pixels(figure)


def find_sibling(cfg: DictConfig, corpus: Corpus, split: Split) -> RunFolder | None:
    """The newest finished run that differs from ``cfg`` in having an LSTM layer, or in having none.

    Epochs and seed may differ, but nothing that makes its numbers incomparable.
    """
    wanted = _comparable(
        {key: to_plain_values(cfg[key]) for key in ("model", "features")} | {"segment_seconds": cfg.segment_seconds}
    )
    for run in runs_on(cfg, corpus, split):
        config = run.settings()
        if "weights" not in config["model"] or not run.history_file.exists():
            continue
        other = _variant(config["model"]["net"]) != _variant(cfg.model.net)
        if other and _comparable(config) == wanted and has_parts(run, corpus):
            return run
    return None


def variants(cfg: DictConfig, history: History, sibling: RunFolder | None) -> dict[str, History]:
    """The histories of a run and its sibling by what sets them apart, always in one order."""
    histories = {_variant(cfg.model.net): history}
    if sibling is not None:
        histories[_variant(sibling.settings()["model"]["net"])] = sibling.history()
    return dict(sorted(histories.items()))


def _comparable(config: dict) -> dict:
    net = {key: value for key, value in config["model"]["net"].items() if key != "lstm"}
    model = {key: config["model"].get(key) for key in ("make", "weights")}
    return {"net": net, **model, "features": config["features"], "segment_seconds": config["segment_seconds"]}


def _variant(net: dict | DictConfig) -> str:
    if net["_target_"].endswith(".Flow"):
        return "flow"
    return "with LSTM layer" if net.get("lstm") else "without LSTM layer"


def _first_segment(data: SegmentDataset, genre: int) -> np.ndarray | None:
    """The number of a genre's first segment, ``(1,)``."""
    segments = np.flatnonzero(data.labels.numpy()[data.segments.track] == genre)
    return segments[:1] if len(segments) else None


@torch.no_grad()
def _made(
    generator: Generator, x: Tensor, y: Tensor, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """A segment, its reconstruction and a new sample ``(frames, n_mfcc)``, the error, and the sample's distance.

    Args:
        x: raw MFCCs ``(1, 1, n_mfcc, frames)``.
        y: genre number ``(1,)``.
    """
    raw = [x, generator(x, y), _sample(generator, y, x.shape[-1], seed)]
    real, reconstruction, sample = (generator.standardiser(part) for part in raw)
    error = (reconstruction - real).square().mean()
    distance = (sample.mean(dim=-1) - real.mean(dim=-1)).square().mean().sqrt()
    return *(part[0, 0].T.float().cpu().numpy() for part in raw), float(error), float(distance)


def _sample(generator: Generator, y: Tensor, frames: int, seed: int) -> Tensor:
    """New raw MFCCs ``(1, 1, n_mfcc, frames)``, a function of the seed."""
    noise = generator.net.noise([torch.Generator().manual_seed(seed)], frames)
    noise = type(noise)(*(part.to(y.device) for part in noise))
    return generator.sample(y, noise)[..., :frames]


def _stem(corpus: Corpus, genre: str) -> str:
    """A genre's name in a file name; names that are not valid in files are made unique by the genre's number."""
    stem = slug(genre, 60)
    return stem if stem == genre else f"{corpus.genres.index(genre):02d}-{stem}".rstrip("-")
