import numpy as np

from gtzan.evaluation.explanation import Explanation
from gtzan.reports.plots.explanation import explanation
from gtzan.reports.plots.style import pixels


def test_it_says_that_frames_are_weighted_and_colours_are_not():
    cells = np.zeros((2, 5))
    cells[0, 0], cells[1, 1] = 1.0, 2.0  # more evidence, where the genre is improbable
    found = Explanation(
        "pop", 0.5, np.arange(3.0), np.linspace(0, 5000, 6), np.array([0.9, 0.01]), cells, cells.sum(1), cells.sum(0)
    )
    figure = explanation(found, np.random.default_rng(0).normal(-40, 9, (80, 40)), 0.025, 22050, "song", "model")
    spectrogram, evidence = figure.axes[:2]
    assert "framed: the 20% of cells with the most evidence, weighted by P(pop)" in spectrogram.get_title(loc="left")
    assert evidence.get_title(loc="left").endswith("not weighted")
    assert (0.0, 0.0) in [frame.get_xy() for frame in spectrogram.patches]
    assert pixels(figure, dpi=40).std() > 0
