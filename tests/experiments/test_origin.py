"""What a generator was trained on, and what its samples are compared with."""

from gtzan.audio.generated import GeneratedFile
from gtzan.cli.main import main
from gtzan.experiments.origin import find_origin
from gtzan.experiments.runs.folder import RunFolder
from gtzan.synthesis.request import Request
from tests.conftest import PITCHES, trained, write_tone


def test_parts_that_have_changed_since_a_training_are_noticed(configured, tiny_corpus, tmp_path, capsys, caplog):
    """Else tracks that a model has learned from would stand for held-out ones."""

    def write_table(held_out: int) -> None:
        parts = ["train,test"[6 * (i % 2 == held_out) :][:5].strip(",") for i in range(24)]
        rows = [f"{t.path},{t.genre},{part}" for t, part in zip(tiny_corpus.tracks, parts, strict=True)]
        (tmp_path / "songs.csv").write_text("\n".join(["path,genre,split", *rows]))

    write_table(0)
    words = ("model=dense", "data=table", "~data.root", f"data.csv={tmp_path / 'songs.csv'}", "split=predefined")
    cfg = configured(*words, "logger=none")
    run = trained(cfg, figures=False)
    checkpoint = RunFolder(run).checkpoint
    assert find_origin(checkpoint, cfg).split.test.tolist() == list(range(0, 24, 2))
    assert main(["report", str(run)]) == main(["pca", str(run)]) == 0
    write_table(1)
    capsys.readouterr()
    assert find_origin(checkpoint, cfg) is None
    assert "has other tracks or parts now" in caplog.text
    assert main(["report", str(run)]) == 2
    assert "its parts have changed" in capsys.readouterr().err
    assert main(["pca", str(run)]) == 2
    assert "divides them otherwise" in capsys.readouterr().err


def test_short_samples_have_no_fad(tiny_generator, configured, monkeypatch, tmp_path, caplog):
    """Its distances would be those of the samples' repetitions, beside real tracks that go on."""
    caplog.set_level("INFO")
    monkeypatch.setattr("gtzan.experiments.origin.find_weights", lambda: None)
    origin = find_origin(RunFolder(tiny_generator).checkpoint, configured(config="synthesize"))
    samples = [GeneratedFile("bass", tmp_path / f"{name}.wav", 0.0) for name in ("long", "short")]
    for sample, seconds in zip(samples, (5.0, 2.9), strict=True):
        write_tone(sample.path, PITCHES["bass"], seconds, seed=0)
    assert origin.independent_embedding(Request(), samples) is None
    assert "FAD and KAD are not measured for samples shorter than 3 s" in caplog.text
