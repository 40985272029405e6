import json
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from gtzan.reports.dashboard import hyperparameters
from train import train


@pytest.fixture(scope="module")
def events(tiny_run):
    everything = {"images": 0, "audio": 0, "scalars": 0}
    return EventAccumulator(str(tiny_run / "tensorboard"), size_guidance=everything).Reload()


def test_every_figure_is_in_tensorboard(tiny_run, events):
    figures = {path.stem.replace("_", "/", 1) for path in (tiny_run / "figures").iterdir()}
    assert set(events.Tags()["images"]) == figures


def test_mistakes_can_be_heard_for_the_length_of_a_segment(tiny_run, events):
    mistakes = len(list((tiny_run / "figures").glob("misclassified_*")))
    tags = events.Tags()["audio"]
    assert len(tags) == mistakes
    (sound,) = events.Audio(tags[0])
    assert sound.sample_rate == 22050
    assert sound.length_frames == 11025


def test_the_hparams_tab_has_a_session_with_metrics(tiny_run, events):
    content = events.PluginTagToContent("hparams")
    start = plugin_data_pb2.HParamsPluginData.FromString(content["_hparams_/session_start_info"]).session_start_info
    assert start.hparams["net"].string_value == "Dense"
    assert start.hparams["split"].string_value == "50/50"
    assert start.hparams["lr"].number_value == pytest.approx(1e-6)
    experiment = plugin_data_pb2.HParamsPluginData.FromString(content["_hparams_/experiment"]).experiment
    named = {info.name.tag for info in experiment.metric_infos}
    metrics = json.loads((tiny_run / "metrics.json").read_text())
    assert {"test/accuracy", "test/f1_macro", "all/accuracy"} <= named
    for name in named:
        assert events.Scalars(name)[-1].value == pytest.approx(metrics[name], rel=1e-5)


def test_the_final_metrics_do_not_bend_the_curves(events):
    assert len(events.Scalars("train/loss")) == 2


def test_the_projector_has_a_row_for_each_test_track(tiny_run):
    config = (tiny_run / "tensorboard" / "projector_config.pbtxt").read_text()
    assert "metadata.tsv" in config
    (metadata,) = (tiny_run / "tensorboard").rglob("metadata.tsv")
    header, *rows = [line.split("\t") for line in metadata.read_text().splitlines()]
    assert header == ["track", "genre", "prediction", "artist"]
    vectors = [line.split("\t") for line in (metadata.parent / "tensors.tsv").read_text().splitlines()]
    n_test = json.loads((tiny_run / "metrics.json").read_text())["n_test"]
    assert len(rows) == len(vectors) == n_test
    assert {len(row) for row in rows} == {4}
    assert {len(vector) for vector in vectors} == {128}  # what the last layer of Dense sees


@pytest.mark.slow
def test_a_store_without_audio_makes_no_sound_and_awkward_genres_break_nothing(tmp_path, configured, caplog):
    import shutil

    from gtzan.corpora.folder import folder_corpus
    from gtzan.data.store import FeatureStore
    from tests.conftest import make_corpus

    root = tmp_path / "songs"
    make_corpus(root, tracks_per_genre=4, seconds=0.6)
    (root / "treble").rename(root / "tre\tble\n$x$")
    store = FeatureStore.of(folder_corpus(root), {"n_mfcc": 13}, tmp_path / "cache")
    shutil.rmtree(root)
    cfg = configured("model=dense", "split=50/50", "lr=1e-6", "epochs=1", f"data.store={store.path}")
    with caplog.at_level("INFO"):
        train(cfg)
    events = EventAccumulator(str(Path(cfg.run_dir) / "tensorboard")).Reload()
    assert events.Tags()["audio"] == []
    assert events.Tags()["images"]
    assert "have no audio in TensorBoard" in caplog.text
    (metadata,) = Path(cfg.run_dir).rglob("metadata.tsv")
    assert {line.count("\t") for line in metadata.read_text().splitlines()} == {3}


def test_hyperparameters_are_flat_and_name_what_defines_a_run_but_no_places(configured):
    found = hyperparameters(configured("model=cnn", "batch_size=7"))
    assert found["net"] == "Cnn"
    assert found["features.n_mfcc"] == 13
    assert found["batch_size"] == 7
    assert all(isinstance(value, bool | int | float | str) for value in found.values())
    assert not {"cache", "runs", "run_dir"} & set(found)
