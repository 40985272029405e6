import math

import pytest

from gtzan.reports.synthesis_table import (
    ALL,
    COPY,
    FEATURES,
    RATIO,
    REAL,
    SYNTH,
    Cell,
    interval,
    make_table,
    table_text,
)

GENRES = ["blues", "classical", "演歌"]


def metrics(genres=GENRES, real=True) -> dict[str, float]:
    """Made-up numbers of every name that :class:`gtzan.synthesis.judging.Judgement` gives."""
    found = {}
    for suffix in ["", *(f"/{genre}" for genre in genres)]:
        for name in ("real", "copy", "synth", "features"):
            source, end = ("synth", "_features") if name == "features" else (name, "")
            for who in ("guide", "judge") if real or source == "synth" else ():
                metric = f"{source}/{who}_accuracy{end}"
                found |= {f"{metric}{suffix}": 0.8, f"{metric}_low{suffix}": 0.714, f"{metric}_high{suffix}": 0.876}
        for name in ("real", "copy", "synth") if real else ():
            for quantity, value in {
                "frechet": 1234.5,
                "mmd": -0.00001,
                "fad": 2.5,
                "kad": 1.5,
                "diversity": 4,
                "nearest": 0.9,
            }.items():
                found[f"{name}/{quantity}{suffix}"] = value
        if real:
            found |= {f"synth/diversity_of_real{suffix}": 0.75, f"synth/nearest_of_real{suffix}": 1.0}
    return found | ({"synth/train_on_it_accuracy": 0.6, "real/train_on_it_accuracy": 0.7} if real else {})


def block(table, start):
    return next(block for block in table.blocks if block.quantity.name.startswith(start))


def cells(table, start, label) -> tuple[Cell, ...]:
    return next(row.cells for row in block(table, start).rows if row.label == label)


def test_every_quantity_is_explained_for_all_genres_and_each():
    table = make_table(metrics(), GENRES)
    assert table.columns == (ALL, *GENRES)
    assert len(table.blocks) == 9
    assert all(len(row.cells) == 4 for b in table.blocks for row in b.rows)
    assert all(b.quantity.good and b.quantity.explanation.endswith(".") for b in table.blocks)
    assert [row.label for row in block(table, "Judge").rows] == [REAL, COPY, FEATURES, SYNTH]
    assert [row.label for row in block(table, "Diversity").rows] == [REAL, COPY, SYNTH, RATIO]
    assert [row.generated for row in block(table, "Fréchet").rows] == [False, False, True]


def test_every_number_stands_where_it_belongs():
    given = metrics()
    numbers = {name: i / 10000 for i, name in enumerate(given) if not name.endswith(("_low", "_high"))}
    table = make_table(numbers, GENRES)
    places = {
        ("Judge", REAL, 0): "real/judge_accuracy",
        ("Guide", FEATURES, 2): "synth/guide_accuracy_features/classical",
        ("Judge", SYNTH, 3): "synth/judge_accuracy/演歌",
        ("Judge", COPY, 1): "copy/judge_accuracy/blues",
        ("Trained", SYNTH, 0): "synth/train_on_it_accuracy",
    }
    for (start, label, column), name in places.items():
        assert cells(table, start, label)[column].text == f"{numbers[name]:.1%}"
    assert cells(table, "Kernel", SYNTH)[1].text == f"{numbers['synth/mmd/blues']:.4f}"
    assert cells(table, "Nearest", RATIO)[0].text == f"{numbers['synth/nearest_of_real']:.2f}"


def test_numbers_are_printed_for_people():
    table = make_table(metrics() | {"synth/mmd": -0.25}, GENRES)
    assert cells(table, "Judge", SYNTH)[0] == Cell("80.0%", "71–88%")
    assert cells(table, "Fréchet", REAL)[0] == Cell("1,234")
    assert [cell.text for cell in cells(table, "Kernel", SYNTH)][:2] == ["−0.250", "0.0000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((-1734.005, "−1,734"), (99.96, "100"), (87.2906, "87.3"), (9.996, "10.0"), (9.994, "9.99")),
        *((0.01234, "0.0123"), (0.00004, "0.0000"), (0, "0.00")),
    ],
)
def test_a_distance_has_three_significant_digits_and_its_whole_number(value, text):
    table = make_table(metrics() | {"synth/mmd": value}, GENRES)
    assert cells(table, "Kernel", SYNTH)[0].text == text


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_a_dash(value):
    names = ("synth/frechet", "synth/judge_accuracy", "synth/judge_accuracy_low")
    table = make_table(metrics() | dict.fromkeys(names, value), GENRES)
    assert cells(table, "Fréchet", SYNTH)[0].text == "—"
    assert cells(table, "Judge", SYNTH)[0] == Cell("—")
    assert "—" in table_text(table)
    assert "nan" not in table_text(table)


def test_what_was_not_measured_is_left_out():
    table = make_table(metrics(real=False), GENRES)
    assert [b.quantity.name for b in table.blocks] == ["Judge accuracy", "Guide accuracy"]
    assert [row.label for row in table.blocks[0].rows] == [FEATURES, SYNTH]
    assert make_table(metrics(["blues"]), ["blues", "classical", "rock"]).columns == (ALL, "blues")
    assert make_table({}, GENRES).columns == ()
    assert table_text(make_table({}, GENRES)) == ""


def test_a_single_genre_stands_for_all():
    table = make_table(metrics(["classical"]), ["classical"])
    assert table.columns == ("classical",)
    assert cells(table, "Trained", SYNTH)[0].text == "60.0%"


def test_genres_may_be_called_like_headings():
    table = make_table(metrics([ALL, "synth"]), [ALL, "synth"])
    assert table.columns == (ALL, ALL, "synth")


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_text_fits_the_terminal_and_holds_every_column_once(width):
    genres = [f"genre{i}" for i in range(12)]
    lines = table_text(make_table(metrics(genres), genres), width).splitlines()
    assert max(map(len, lines)) <= max(width, 71)  # the longest heading of a block stays in one line
    headings = [word for line in lines if line.startswith(" " * 30) for word in line.split()]
    assert [word for word in headings if word.startswith("genre") and word != "genres"] == genres
    assert " ".join(" ".join(lines).split()).count("Share of tracks assigned to the requested genre") == 1
    assert sum(line.startswith("Trained on these") for line in lines) == 1  # nothing to say of single genres


def test_names_with_line_breaks_keep_the_text_in_shape():
    names = ["a\nb", "x" * 90]
    assert "a b" in table_text(make_table(metrics(names), names)).splitlines()[0]


def test_an_interval_without_ends_is_empty():
    assert interval({"a_low": 0.1}, "a") == ""
    assert interval({"a_low": 0.1, "a_high": 0.2}, "a") == "10–20%"
    assert interval({"a_low/x": 0.1, "a_high/x": 0.2}, "a", "/x") == "10–20%"
