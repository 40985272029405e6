"""Encoders of the Hugging Face hub: the real loading code, with tiny random models in folders. No hub is reached."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from gtzan.audio.encoders import hub_files
from gtzan.audio.encoders.hub_files import TRUST, parse, pinned
from gtzan.audio.encoders.registry import check_encoder, check_settings, encoder_settings, make_extractor
from gtzan.cli.main import main
from gtzan.data.source import FEATURES, extractor_modules
from gtzan.data.store import FeatureStore
from gtzan.errors import UserError
from gtzan.experiments.configuration.validation import validate
from gtzan.experiments.sweeps import identity
from gtzan.models.predictor import Predictor
from tests.conftest import make_corpus
from train import train

transformers = pytest.importorskip("transformers")  # pip install 'gtzan[pretrained]'

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
CONVOLUTIONS = {"conv_dim": [8, 8], "conv_stride": [80, 8], "conv_kernel": [160, 8], "num_conv_pos_embeddings": 4}
SPEECH = SMALL | CONVOLUTIONS | {"num_conv_pos_embedding_groups": 2, "num_feat_extract_layers": 2}


def clap(folder: Path) -> None:
    audio = {"hidden_size": 32, "patch_embeds_hidden_size": 4, "depths": [1, 1], "num_attention_heads": [1, 1]}
    size = {"spec_size": 64, "num_mel_bins": 16, "window_size": 4, "num_hidden_layers": 2, "projection_dim": 8}
    text = SMALL | {"vocab_size": 9, "projection_dim": 8}
    config = transformers.ClapConfig(audio_config=audio | size | {"hidden_size": 8}, text_config=text, projection_dim=8)
    transformers.ClapModel(config).save_pretrained(folder)
    transformers.ClapFeatureExtractor(feature_size=16, max_length_s=1, truncation="rand_trunc").save_pretrained(folder)


def ast(folder: Path) -> None:
    config = transformers.ASTConfig(**SMALL, max_length=1024, num_mel_bins=16, time_stride=64)
    transformers.ASTModel(config).save_pretrained(folder)
    transformers.ASTFeatureExtractor(num_mel_bins=16).save_pretrained(folder)


def wav2vec2(folder: Path) -> None:
    transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**SPEECH)).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)


def hubert(folder: Path) -> None:
    transformers.HubertModel(transformers.HubertConfig(**SPEECH)).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=24_000).save_pretrained(folder)  # MERT's rate


FAMILIES = {  # sample rate, passage in seconds, width
    clap: (48_000, 1, 8),
    ast: (16_000, 10, 16),
    wav2vec2: (16_000, 10, 16),
    hubert: (24_000, 10, 16),
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict:
    made = {}
    for make in FAMILIES:
        torch.manual_seed(0)
        made[make] = tmp_path_factory.mktemp(make.__name__)
        make(made[make])
    return made


@pytest.fixture
def copy(folders, tmp_path) -> Path:
    """A folder with a wav2vec 2.0 that a test may change."""
    return Path(shutil.copytree(folders[wav2vec2], tmp_path / "copy"))


def change(path: Path, **values) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


@pytest.mark.parametrize("family", FAMILIES)
def test_embeddings_are_those_of_transformers_in_rows_centred_on_the_hops(family, folders):
    rate, seconds, width = FAMILIES[family]
    settings = encoder_settings(str(folders[family]))
    name = f"{folders[family].resolve()}@{settings['encoder'][-40:]}"
    hop = rate * seconds
    assert settings == {"encoder": name, "sample_rate": rate, "hop_length": hop, "width": width}
    check_settings(**settings)
    encoder = make_extractor(settings)
    waveform = noise(2 * hop + hop // 3)
    rows = encoder(torch.from_numpy(waveform)[None])[0]
    assert rows.shape == (3, width) == (1 + len(waveform) // hop, len(encoder.names))

    prepare = transformers.AutoFeatureExtractor.from_pretrained(folders[family])
    model = transformers.AutoModel.from_pretrained(folders[family]).eval()
    for row, start in zip(rows, (0, hop - hop // 2, len(waveform) - hop), strict=True):
        inputs = prepare(waveform[start : start + hop], sampling_rate=rate, return_tensors="pt")
        with torch.no_grad():
            if family is clap:
                expected = model.get_audio_features(**inputs).pooler_output[0]
            else:
                output = model(**inputs)
                expected = output.pooler_output[0] if family is ast else output.last_hidden_state[0].mean(dim=0)
        torch.testing.assert_close(row, expected, atol=1e-5, rtol=1e-4)


def test_a_stream_gives_what_the_whole_gives_and_again_the_same(folders):
    settings = encoder_settings(str(folders[clap]))
    encoder, hop = make_extractor(settings), settings["hop_length"]
    for samples in (300, hop, 6 * hop + 5000):
        waveform = noise(samples)
        whole = encoder(torch.from_numpy(waveform)[None])[0].numpy()
        assert whole.shape == (1 + samples // hop, settings["width"])
        np.testing.assert_array_equal(whole, make_extractor(settings)(torch.from_numpy(waveform)[None])[0])
        cuts = np.random.default_rng(samples).integers(0, samples + 1, 5)
        parts = np.concatenate(list(encoder.of_stream(np.split(waveform, np.sort(cuts)))))
        np.testing.assert_array_equal(parts, whole)


def test_short_audio_is_repeated_and_not_padded(folders):
    encoder = make_extractor(encoder_settings(str(folders[wav2vec2])))
    waveform = noise(30_000)
    repeated = np.resize(waveform, encoder.settings["hop_length"])
    torch.testing.assert_close(encoder(torch.tensor(waveform)[None])[0, 0], encoder(torch.tensor(repeated)[None])[0, 0])


def test_a_fused_clap_marks_no_passage_at_random(folders, tmp_path):
    config = json.loads((folders[clap] / "config.json").read_text())
    config = transformers.ClapConfig.from_dict(config)
    config.audio_config.enable_fusion = True
    transformers.ClapModel(config).save_pretrained(tmp_path)
    fused = transformers.ClapFeatureExtractor(feature_size=16, max_length_s=1, truncation="fusion")
    fused.save_pretrained(tmp_path)
    encoder = make_extractor(encoder_settings(str(tmp_path)))
    waveform = torch.from_numpy(noise(4 * 48_000))[None]
    torch.testing.assert_close(encoder(waveform), encoder(waveform), atol=0, rtol=0)


def test_a_store_is_kept_by_the_content_of_the_files(copy, tmp_path):
    corpus = make_corpus(tmp_path / "corpus", tracks_per_genre=1, seconds=0.5)

    def path() -> Path:
        return FeatureStore.of(corpus, encoder_settings(str(copy)), tmp_path / "cache").path

    first = path()
    assert path() == first
    change(copy / "config.json", attention_dropout=0.0)
    settings = FeatureStore.open(first).settings
    with pytest.raises(UserError, match="have changed since: train again"):
        make_extractor(settings)
    assert path() != first


def test_an_id_is_pinned_and_a_folder_hashed(copy):
    assert parse(f"laion/larger_clap_music@{COMMIT}") == ("laion/larger_clap_music", COMMIT)
    assert pinned(f"laion/larger_clap_music@{COMMIT}") == f"laion/larger_clap_music@{COMMIT}"
    before = pinned(str(copy))
    assert pinned(before) == before
    (copy / "README.md").write_text("no part of it")
    assert pinned(str(copy)) == before
    (copy / "modeling.py").write_text("code, which is")
    assert pinned(str(copy)) != before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("abc", "is no encoder: choose musicnn"),
        ("a b/c@" + COMMIT, "is no encoder"),
        ("a/b/c@" + COMMIT, "is no encoder"),
        ("~nobody/x", "is no encoder"),
        ("laion/larger_clap_music", "40 hexadecimal digits of a commit from https://huggingface.co/laion/larger_clap"),
        ("laion/larger_clap_music@main", "needs a pinned revision"),
        ("laion/larger_clap_music@" + COMMIT[:12], "needs a pinned revision"),
        ("./nowhere", "config.json is missing"),
    ],
)
def test_other_names_are_refused_before_any_work(name, sentence, configured):
    with pytest.raises(UserError, match=sentence):
        check_encoder(name)
    with pytest.raises(UserError, match=sentence):
        validate(configured("model=probe", f"encoder='{name}'"))


@pytest.mark.parametrize(
    "other",
    [{"width": 8.0}, {"width": 0}, {"hop_length": 10**9}, {"sample_rate": True}, {"more": 1}]
    + [{"encoder": name} for name in ("a/b", "./x", "\0/../a@" + COMMIT, "a/b@" + COMMIT + "\n")],
)
def test_settings_of_no_encoder_are_refused(other):
    settings = {"encoder": f"a/b@{COMMIT}", "sample_rate": 16_000, "hop_length": 160_000, "width": 768}
    check_settings(**settings)
    with pytest.raises(UserError, match="are not the settings of an encoder"):
        check_settings(**settings | other)


def test_without_the_library_the_extra_is_named(folders, monkeypatch, configured):
    monkeypatch.setattr(hub_files, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'gtzan\[pretrained\]'"):
        validate(configured("model=probe", f"encoder={folders[clap]}"))


@pytest.fixture
def no_hub(tmp_path, monkeypatch) -> Path:
    """An empty cache of the hub, which cannot be reached."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def test_a_hub_that_cannot_be_reached_is_one_sentence(no_hub):
    with pytest.raises(UserError, match=rf"encoder=a/b@{COMMIT}: config.json is not here.*encoder=PATH"):
        encoder_settings(f"a/b@{COMMIT}")


def test_what_the_cache_has_is_used_without_the_hub(no_hub, folders):
    snapshot = no_hub / "models--a--b" / "snapshots" / COMMIT
    shutil.copytree(folders[clap], snapshot)
    settings = encoder_settings(f"a/b@{COMMIT}")
    waveform = torch.from_numpy(noise(48_000))[None]
    of_folder = make_extractor(encoder_settings(str(folders[clap])))
    torch.testing.assert_close(make_extractor(settings)(waveform), of_folder(waveform), atol=0, rtol=0)
    (snapshot / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"model.safetensors is not here"):
        make_extractor(settings)


CODE = """
from pathlib import Path
from transformers import Wav2Vec2Config, Wav2Vec2Model
Path({marker!r}).write_text("code has run")
class Config(Wav2Vec2Config):
    model_type = "strange"
class Model(Wav2Vec2Model):
    config_class = Config
"""


@pytest.fixture
def strange(copy, tmp_path, monkeypatch) -> tuple[Path, Path]:
    """A folder with code of its own, and a file that shows whether it has run."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    marker = tmp_path / "marker"
    (copy / "strange.py").write_text(CODE.format(marker=str(marker)))
    change(
        copy / "config.json",
        model_type="strange",
        auto_map={"AutoConfig": "strange.Config", "AutoModel": "strange.Model"},
    )
    return copy, marker


def test_code_of_others_runs_only_for_whom_the_user_names(strange, monkeypatch, configured):
    folder, marker = strange
    settings = {"encoder": pinned(str(folder)), "sample_rate": 16_000, "hop_length": 160_000, "width": 16}
    for use in (
        lambda: validate(configured("model=probe", f"encoder={folder}")),
        lambda: encoder_settings(str(folder)),
        lambda: make_extractor(settings),  # as prediction with a checkpoint does
    ):
        for trusted in ("", "true", "1", str(folder), f"{folder}@{COMMIT}"):
            monkeypatch.setenv(TRUST, trusted)
            with pytest.raises(UserError, match=rf"code of its own.*export {TRUST}={folder}@"):
                use()
    monkeypatch.setattr(hub_files, "_check_code", lambda folder, name: False)  # transformers refuses it, too
    with pytest.raises(UserError, match="cannot be used as an encoder"):
        encoder_settings(str(folder))
    monkeypatch.undo()
    assert not marker.exists()


def test_code_runs_for_the_revision_that_was_trusted(strange, monkeypatch):
    folder, marker = strange
    monkeypatch.setenv(TRUST, f"a/b@{COMMIT},{pinned(str(folder))}")
    encoder = make_extractor(encoder_settings(str(folder)))
    assert type(encoder.model).__name__ == "Model"
    assert marker.exists()
    change(folder / "config.json", auto_map={"AutoModel": "other/place--strange.Model"})
    monkeypatch.setenv(TRUST, pinned(str(folder)))
    with pytest.raises(UserError, match="code of another repository"):
        encoder_settings(str(folder))


def test_pickles_adapters_random_weights_and_other_models_are_refused(copy, folders):
    settings = encoder_settings(str(copy))
    with pytest.raises(UserError, match="other settings"):
        make_extractor(settings | {"width": 8})
    for file, text in {"adapter_config.json": "is an adapter", "config.json": "lacks weights|cannot be used"}.items():
        if file == "config.json":
            change(copy / file, num_hidden_layers=2)
        else:
            (copy / file).write_text("{}")
        with pytest.raises(UserError, match=text):
            make_extractor(encoder_settings(str(copy)))
        (copy / "adapter_config.json").unlink(missing_ok=True)
    shutil.copy(folders[ast] / "config.json", copy / "config.json")
    with pytest.raises(UserError, match=rf"encoder={copy}@\w+ "):
        make_extractor(encoder_settings(str(copy)))
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(UserError, match=r"only weights in model.safetensors are read"):
        encoder_settings(str(copy))


def test_points_of_a_sweep_differ_by_revision_and_by_content(copy, configured):
    def encoder_of(name: str) -> str:
        return identity.settings(configured("model=probe", f"encoder={name}"))["encoder"]

    assert encoder_of(f"a/b@{COMMIT}") == f"a/b@{COMMIT}"
    before = encoder_of(str(copy))
    change(copy / "config.json", attention_dropout=0.0)
    assert before != encoder_of(str(copy)) == pinned(str(copy))
    shutil.rmtree(copy)
    assert encoder_of(str(copy)) == str(copy)
    assert extractor_modules("a/b") != extractor_modules("musicnn") == extractor_modules(None) == FEATURES


def test_a_store_is_built_by_the_command_line(folders, tmp_path, capsys):
    corpus = make_corpus(tmp_path / "corpus", tracks_per_genre=1, seconds=0.5)
    build = ["features", "build", str(corpus.root), "--to", str(tmp_path / "to"), "--encoder", str(folders[clap])]
    assert main(build) == 0
    assert f"python train.py model=probe encoder={pinned(str(folders[clap]))} data.store=" in capsys.readouterr().out


@pytest.mark.slow
def test_a_probe_trains_reports_predicts_and_is_carried(configured, folders, tiny_corpus):
    net = "model.net._target_=gtzan.models.nets.logistic.Logistic"
    words = ("model=probe", f"encoder={folders[clap]}", net, "split=50/50", "segment_seconds=1", "logger=none")
    cfg = configured(*words, "epochs=1")
    metrics = train(cfg)
    run = Path(cfg.run_dir)
    assert metrics["test/accuracy"] > 0.6  # of three genres
    assert (run / "report.html").exists()
    predictor = Predictor.load(run / "checkpoints" / "last.ckpt")
    assert predictor.extractor.settings["encoder"] == pinned(str(folders[clap]))
    assert predictor.sample_rate == 48_000
    assert len(predictor.predict_file(tiny_corpus.tracks[0].path).ranking) == 3

    stores = [FeatureStore.open(path.parent) for path in Path(cfg.cache).glob("*/store.json")]
    (store,) = [s for s in stores if s.settings.get("encoder") == pinned(str(folders[clap]))]
    assert train(configured(*words, f"data.store={store.path}"))["test/accuracy"] == metrics["test/accuracy"]
