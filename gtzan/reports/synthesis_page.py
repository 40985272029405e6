"""The page of a synthesis: players, pictures, verdicts and the table, in one file that opens offline."""

from collections.abc import Mapping, Sequence

from gtzan.reports.page import LARGEST, percent, render
from gtzan.reports.synthesis_table import Table, interval

LISTENERS = {"judge": "Judge", "guide": "Guide"}


def page(
    title: str,
    corpus: str,
    samples: Sequence[Mapping],
    table: Table,
    metrics: Mapping[str, float],
    settings: Mapping[str, object],
    figures: Sequence[tuple[str, str]],
    configuration: str,
    environment: Mapping[str, str],
) -> str:
    """The page as HTML; it refers to nothing but the WAVs of samples without ``sound``.

    Args:
        title: what was generated.
        corpus: the label of what the generator learned from; it says so if that is synthetic music.
        samples: each with ``genre``, ``number``, the file name ``wav``, ``sound`` and ``picture`` (``data:`` URLs, or
            ``None`` where there was no room), ``guide`` and ``judge`` (predictions for the waveform: likeliest
            genres and their probabilities, best first), ``guide_right``, ``judge_right``, and ``nearest``, the distance
            of its passages from the nearest in training, or ``None``.
        table: of :func:`gtzan.reports.synthesis_table.make_table`.
        metrics: by name, as in :meth:`gtzan.synthesis.judging.Judgement.metrics`.
        settings: names and values, to make the same again.
        figures: ``data:`` URLs and texts that say what can be seen, for those who cannot.
        configuration: as YAML.
        environment: what it was made by.
    """
    genres: dict[str, list[Mapping]] = {}
    for sample in samples:
        genres.setdefault(sample["genre"], []).append(sample)
    return render(
        "synthesis.html.j2",
        title=title,
        corpus=corpus,
        genres=genres,
        table=table,
        headline={name: _accuracy(metrics, f"synth/{who}_accuracy") for who, name in LISTENERS.items()},
        real=_accuracy(metrics, "real/judge_accuracy"),
        has_real="real/judge_accuracy" in metrics,
        nearest_real=metrics.get("real/nearest"),
        listeners=LISTENERS,
        settings=settings,
        figures=figures,
        configuration=configuration,
        environment=environment,
        linked=sum(not sample["sound"] for sample in samples),
        largest=LARGEST // 1_000_000,
    )


def _accuracy(metrics: Mapping[str, float], name: str) -> tuple[str, str]:
    """An accuracy and its interval as printed."""
    return percent(metrics.get(name), 1), interval(metrics, name)
