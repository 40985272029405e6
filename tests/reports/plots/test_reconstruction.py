import json
import os
import warnings
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from gtzan.corpora.splits import make_split
from gtzan.experiments.configuration.composition import to_plain_values
from gtzan.experiments.factory import make_classifier, make_datamodule
from gtzan.experiments.sweeps.identity import corpus_digest
from gtzan.models.generator import Generator
from gtzan.reports import generator_figures
from gtzan.reports.plots import reconstruction as figures
from gtzan.reports.plots.style import pixels

AWKWARD = ["$x^2$", "演歌", "<b>&amp;", "hip\thop\n2", "\udcff raw bytes", "x" * 300, "$", "%d{}\\frac"]
TITLE = "the $1 corpus_ (synthetic music) · split 70/30"
NAMES = ("mse", "kl", "reconstruction_accuracy")
WITH, WITHOUT = "with LSTM layer", "without LSTM layer"

rng = np.random.default_rng(0)


def history(classes, epochs=4, stages=("train", "val")) -> list[dict]:
    suffixes = ["", *(f"/{genre}" for genre in classes)]
    return [
        {"epoch": e + 1} | {f"{s}/{n}{suffix}": rng.random() for s in stages for n in NAMES for suffix in suffixes}
        for e in range(epochs)
    ]


def frames(n=40, n_mfcc=128):
    return rng.normal(0, 20, (n, n_mfcc)).astype(np.float32)


def every_figure(classes, stages=("train", "val")):
    one, other = history(classes, 5, stages), history(classes, 3, stages)
    yield figures.curves({WITH: one, WITHOUT: other}, None, TITLE)
    yield figures.curves({WITHOUT: one}, classes[0], TITLE, "held-out")
    yield figures.per_genre(one, classes, TITLE)
    yield figures.reconstructed(frames(), frames(), frames(), 0.25, 0.5, 0.02, classes[0], f"{classes[0]}.0", TITLE)


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


def lines(axes) -> dict:
    return {line.get_label(): line.get_xydata().tolist() for line in axes.lines}


@pytest.mark.parametrize(
    ("classes", "stages"),
    [
        (["alone"], ()),
        (AWKWARD, ("train", "val")),
        pytest.param(["bass", "treble"], ("train",), marks=pytest.mark.slow),
        pytest.param([f"genre {i}" for i in range(30)], ("train", "val"), marks=pytest.mark.slow),
        pytest.param([f"genre {i}" for i in range(30)], (), marks=pytest.mark.slow),
    ],
)
def test_every_figure_is_drawn_whatever_its_names_hold_and_whatever_was_measured(classes, stages):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in every_figure(classes, stages):
            assert pixels(figure, dpi=40).std() > 0


def test_every_title_carries_the_text_handed_in():
    for figure in every_figure(["a", "b"]):
        assert TITLE in figure.get_suptitle().replace("\n", " ")


def test_names_are_shown_literally():
    for figure in every_figure(AWKWARD):
        assert any("$x^2$" in text or "all genres" in text for text in texts(figure))
        assert not any(text.get_parse_math() for text in figure.findobj(matplotlib.text.Text) if text.get_text())


def test_both_variants_stand_in_one_legend_and_in_every_panel():
    figure = figures.curves({WITH: history(["a"], 5), WITHOUT: history(["a"], 3)}, None, TITLE)
    (legend,) = figure.legends
    names = [WITH, WITHOUT, "training, with noise", "validation, without noise"]
    assert [text.get_text() for text in legend.get_texts()] == names
    colours = [line.get_color() for line in legend.get_lines()[:2]]
    assert colours[0] != colours[1]
    for axes in figure.axes:
        assert [(len(line.get_xdata()), line.get_color()) for line in axes.lines] == [
            (epochs, colour) for epochs, colour in zip((5, 3), colours, strict=True) for _ in ("train", "val")
        ]


def test_the_curves_of_a_genre_are_its_own():
    rows = [{"epoch": 1, "val/mse": 0.5, "val/mse/a": 0.25, "train/mse": 0.75}]
    assert lines(figures.curves({WITH: rows}, "a", TITLE).axes[0]) == {
        f"{WITH}, validation, without noise": [[1, 0.25]]
    }


def test_epochs_without_validation_are_left_out_of_its_curve():
    rows = [{"epoch": e, "train/mse": 1.0} for e in (1, 2, 3)]
    rows[1] |= {"val/mse": 0.5, "val/mse/a": 0.5}
    mse = lines(figures.curves({WITH: rows}, None, TITLE, "held-out").axes[0])
    assert mse == {
        f"{WITH}, training, with noise": [[1, 1], [2, 1], [3, 1]],
        f"{WITH}, held-out, without noise": [[2, 0.5]],
    }
    assert "validation, epoch 2" in figures.per_genre(rows, ["a", "b"], TITLE).get_suptitle()


def test_a_genre_that_was_not_measured_or_has_no_number_has_no_bar():
    rows = [{"epoch": 1, "val/mse": 0.5, "val/mse/a": 0.4, "val/mse/c": float("nan")}]
    mse = figures.per_genre(rows, ["a", "b", "c"], TITLE).axes[0]
    assert [bar.get_width() for bar in mse.patches] == [0.4]


def test_the_panels_of_a_reconstructed_segment_share_a_scale_and_tell_the_error():
    real = frames()
    figure = figures.reconstructed(real, real / 2, real * 2, 0.125, 0.5, 0.02, "a", "a.0", TITLE)
    shown = [axes.images[0] for axes in figure.axes[:3]]
    assert len({(image.norm.vmin, image.norm.vmax) for image in shown}) == 1
    assert shown[0].norm.vmax == pytest.approx(2 * np.abs(real[:, :20]).max())
    assert figure.axes[0].get_ylim() == (0.5, 20.5)  # the paper's coefficients
    assert any("0.125" in text for text in texts(figure))
    assert any("new sample of the genre" in text and "0.50" in text for text in texts(figure))


@pytest.fixture(scope="module")
def run(tiny_store, configured, tmp_path_factory):
    """What a generator's run hands to its pictures, without having trained."""
    cfg = configured("model=generator", "split=50/50", f"runs={tmp_path_factory.mktemp('runs')}")
    corpus = tiny_store.corpus
    split = make_split(corpus, cfg.split)
    datamodule = make_datamodule(cfg, corpus, split)
    datamodule.setup()
    shared = {
        "view": {"_target_": "gtzan.data.views.Frames", "features": ["mfcc"]},
        "input_shape": list(datamodule.input_shape),
        "classes": list(corpus.genres),
        "features": datamodule.store.settings,
        "segment_seconds": 0.5,
        "optimizer": to_plain_values(cfg.optimizer),
        "corpus": corpus.label,
    }
    guide = make_classifier(cfg, net={"_target_": "gtzan.models.nets.cnn.Cnn"}, **shared)
    net, weights = to_plain_values(cfg.model.net) | {"width": 8}, to_plain_values(cfg.model.weights)
    generator = Generator(net=net, **shared, weights=weights, guide=dict(guide.hparams)).eval()
    generator.standardiser.fit(*datamodule.statistics())
    trainer = SimpleNamespace(lightning_module=generator, datamodule=datamodule)
    return SimpleNamespace(cfg=cfg, reconstructions=SimpleNamespace(corpus=corpus, split=split), trainer=trainer)


def finished(run, name: str, *, lstm: int | None = 256, age: float = 0, history="epoch,val/mse\n1,0.5\n2,\n", **other):
    """A finished run among the others; returns its folder."""
    folder = run.cfg.runs + f"/{name}"
    os.makedirs(f"{folder}/checkpoints")
    config = OmegaConf.merge(run.cfg, {"model": {"net": {"lstm": lstm}}}, other)
    OmegaConf.save(config, f"{folder}/config.yaml", resolve=True)
    corpus, split = run.reconstructions.corpus, run.reconstructions.split
    torch.save({"GenreDataModule": split.digests(corpus)}, f"{folder}/checkpoints/last.ckpt")
    for file, text in {
        "history.csv": history,
        "metrics.json": json.dumps({"corpus_digest": corpus_digest(corpus, run.cfg), "split": split.protocol}),
    }.items():
        with open(f"{folder}/{file}", "w") as written:
            written.write(text)
    now = os.path.getmtime(f"{folder}/metrics.json")
    os.utime(f"{folder}/metrics.json", (now - age, now - age))
    return folder


def test_a_run_leaves_every_picture(run):
    made = dict(generator_figures.draw_generator_figures(run.reconstructions, run.trainer, history(["bass"]), run.cfg))
    reconstructed = [f"reconstructed_{genre}" for genre in ("bass", "middle", "treble")]
    assert list(made) == ["curves", "curves_bass", "genres", *reconstructed]
    assert all(picture.dtype == np.uint8 and picture.shape[2] == 3 for picture in made.values())


def test_what_is_shown_is_the_first_held_out_segment_and_what_is_made_of_it(run):
    generator, data = run.trainer.lightning_module, run.trainer.datamodule.test
    segment = generator_figures._first_segment(data, 1)
    x, y, track, _ = data[segment]
    store = run.trainer.datamodule.store
    middle = [i for i in run.reconstructions.split.test if store.corpus.tracks[i].genre == "middle"]
    assert (int(track), int(y)) == (middle[0], 1)
    real, reconstruction, sample, error, distance = generator_figures._made(generator, x, y, seed=3)
    n = run.trainer.datamodule.segment_frames
    first = store.offsets[middle[0]]
    np.testing.assert_array_equal(real, store.frames[first : first + n, store.columns_of(["mfcc"])])
    assert real.shape == reconstruction.shape == sample.shape
    std = generator.standardiser.std[0, :, 0].numpy()
    assert error == pytest.approx(float((((reconstruction - real) / std) ** 2).mean()), rel=1e-4)
    assert distance > 0
    again, other = (generator_figures._made(generator, x, y, seed)[2] for seed in (3, 4))
    assert np.array_equal(sample, again)
    assert not np.array_equal(sample, other)
    assert torch.is_grad_enabled()


def test_the_other_variant_is_the_newest_run_that_differs_in_the_lstm_layer_alone(run):
    def find(cfg=run.cfg):
        return generator_figures.find_sibling(cfg, run.reconstructions.corpus, run.reconstructions.split)

    assert find() is None
    finished(run, "same", lstm=None)
    finished(run, "wider", model={"net": {"lstm": 256, "width": 8}})
    finished(run, "longer segments", segment_seconds=1.0)
    finished(run, "more coefficients", features={"n_mfcc": 14})
    with open(finished(run, "damaged") + "/config.yaml", "w") as file:
        file.write("model: [")
    assert find() is None
    old = finished(run, "old", age=100, seed=5, epochs=3)
    assert str(find()) == old
    sibling = finished(run, "sweep/new", age=50)
    assert str(find()) == sibling

    histories = generator_figures.variants(run.cfg, [{"epoch": 1}], find())
    assert list(histories) == [WITH, WITHOUT]
    assert histories[WITH] == [{"epoch": 1.0, "val/mse": 0.5}, {"epoch": 2.0}]
    assert find(OmegaConf.merge(run.cfg, {"model": {"net": {"lstm": 256}}})).path.name == "same"


def test_a_genre_that_no_file_can_be_named_after_is_named_by_its_number():
    corpus = SimpleNamespace(genres=("blues", "演歌", "x" * 300, "drum & bass"))
    stems = [generator_figures._stem(corpus, genre) for genre in corpus.genres]
    assert stems[:2] == ["blues", "01"]
    assert stems[3] == "03-drum-bass"
    assert len(stems[2]) < 100
