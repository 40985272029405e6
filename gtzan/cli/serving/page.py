"""The page of ``gtzan serve``: what it says of the two models before anything is uploaded."""

import shlex

from gtzan.cli.serving.music import STARS, GeneratedMusic
from gtzan.cli.serving.predictions import EXPLAINED, UploadPredictor
from gtzan.cli.serving.uploads import MAX_BYTES, MAX_SECONDS
from gtzan.experiments.runs.folder import RunFolder
from gtzan.reports import page
from gtzan.reports.page import interval, percent

# Overrides that decide which music a run is trained on, and where it is kept.
MUSIC_KEYS = (
    "data",
    "genres",
    "split",
    "fold",
    "folds",
    "train_share",
    "segment_seconds",
    "cache",
    "runs",
    "on_broken",
)


def render_page(
    uploads: UploadPredictor, classifier: RunFolder, music: GeneratedMusic | None, *, calibrated: bool
) -> str:
    """The page as HTML.

    Args:
        uploads: the classifier.
        classifier: its run, which need not be there.
        music: the generator's; ``None`` where there is none.
        calibrated: whether its probabilities are.
    """
    metrics = classifier.metrics_if_readable() or {}
    return page.render(
        "serve.html.j2",
        script="serve.js",
        net=uploads.predictor.name,
        corpus=uploads.predictor.corpus,
        accuracy=percent(metrics.get("test/accuracy"), 1),
        interval=interval(metrics, "test/accuracy"),
        calibrated=calibrated,
        min_confidence=uploads.min_confidence,
        megabytes=MAX_BYTES // 10**6,
        seconds=MAX_SECONDS,
        explained=EXPLAINED,
        genres=music.synthesizer.classes if music else (),
        generator=music and music.run.path.name,
        ratings=music and music.run.ratings_file.name,
        stars=list(STARS),
        command=synthesis_command(classifier),
    )


def synthesis_command(classifier: RunFolder) -> str:
    """What trains a generator on a classifier's music, from the words that its own training was started with."""
    try:
        words = shlex.split(classifier.environment().get("command") or "")
    except ValueError:  # damaged
        words = []
    kept = [word for word in words if word.partition("=")[0].partition(".")[0].lstrip("+") in MUSIC_KEYS]
    return shlex.join(["python", "synthesize.py", *kept])
