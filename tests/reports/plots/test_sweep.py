import numpy as np
import pytest

from gtzan.experiments.sweeps.table import KINDS, Estimate
from gtzan.reports.plots.style import pixels
from gtzan.reports.plots.sweep import Chart


def chart(*values: str, lines: int = 1) -> Chart:
    points = [(x, Estimate(0.5 + 0.02 * x, low=0.4, high=0.7)) for x in range(len(values))]
    return Chart(
        "axis", values, KINDS[0].measures[0], "by" if lines > 1 else None, {str(i): points for i in range(lines)}
    )


@pytest.mark.parametrize(
    ("values", "places"),
    [
        (("20", "50", "100"), [20, 50, 100]),
        (("0.1", "0.25", "0.5", "1"), np.log([0.1, 0.25, 0.5, 1])),
        (("1", "2", "4", "6", "8", "10"), [1, 2, 4, 6, 8, 10]),  # by steps
        (("0", "1", "10", "100"), [0, 1, 10, 100]),
        (("-1", "1", "10"), [-1, 1, 10]),
        (("cnn", "dense"), [0, 1]),
        (("16", "none"), [0, 1]),
        (("1", "1.0"), [0, 1]),
    ],
)
def test_numbers_stand_where_they_belong_and_names_side_by_side(values, places):
    made = chart(*values)
    axes = made.figure("tiny").axes[0]
    assert axes.get_xticks() == pytest.approx(places)
    assert [label.get_text() for label in axes.get_xticklabels()] == list(values)
    assert axes.get_xlabel() == ("axis (logarithmic)" if made.logarithmic else "axis")
    lines = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert [line.get_xdata() for line in lines] == ([pytest.approx(places)] if made.numeric else [])


def test_lines_of_several_values_stand_apart():
    dots = [
        container[0].get_xdata() for container in chart("20", "50", "100", lines=3).figure("tiny").axes[0].containers
    ]
    assert dots[0][0] < dots[1][0] == 20 < dots[2][0]
    assert pixels(chart("20", "50", "100", lines=3).figure("tiny"), dpi=40).std() > 0
