import numpy as np
import pytest
from scipy.stats import spearmanr

from gtzan.audio.cells import Cells
from gtzan.audio.files import read_audio
from gtzan.corpora.corpus import Corpus
from gtzan.corpora.splits import make_split
from gtzan.errors import UserError
from gtzan.evaluation.explanation import OCCLUDED, Explanation, emphasised, explain, shuffled_weights, strongest
from gtzan.experiments.factory import make_datamodule, make_model
from gtzan.models.predictor import Predictor
from tests.conftest import RATE

SONGS = {"bass": 0, "middle": 8, "treble": 16}  # tracks of the tiny corpus


def song(corpus: Corpus, track: int) -> np.ndarray:
    """A second of it: two segments."""
    return read_audio(corpus.tracks[track].path)[: round(1.1 * RATE)]


@pytest.fixture(scope="module")
def predictor(configured, tiny_corpus) -> Predictor:
    """Logistic regression, which is fitted at once."""
    net = ("model.net._target_=gtzan.models.nets.logistic.Logistic", "+model.net.l2=1")
    cfg = configured("model=lda", "split=50/50", *net)
    return Predictor(make_model(cfg, make_datamodule(cfg, tiny_corpus, make_split(tiny_corpus, "50/50"))))


@pytest.fixture(scope="module")
def songs(tiny_corpus) -> dict[str, np.ndarray]:
    return {genre: song(tiny_corpus, track) for genre, track in SONGS.items()}


@pytest.fixture(scope="module")
def explanations(predictor, songs) -> dict[str, Explanation]:
    return {genre: explain(predictor, song) for genre, song in songs.items()}


def test_the_bands_of_a_genres_tones_speak_for_it(explanations):
    assert all(explanation.genre == genre for genre, explanation in explanations.items())
    bass, middle = explanations["bass"], explanations["middle"]
    assert bass.by_band.argmax() == 0  # 110 Hz
    assert bass.cells.sum(axis=0).argmax() == 0
    assert {*np.argsort(middle.by_band)[-3:].tolist()} == {1, 3, 4}  # about 660, 1320 and 1980 Hz


def test_explanations_change_when_the_weights_are_randomised(predictor, songs, explanations, tiny_corpus):
    """The sanity check of Adebayo et al., NeurIPS 2018; another song of the genre is explained alike."""
    randomised, other = [], []
    for genre, track in SONGS.items():
        cells = explanations[genre].cells
        for seed in range(3):
            with shuffled_weights(predictor, seed):
                shuffled = explain(predictor, songs[genre], genre).cells
            randomised.append(spearmanr(cells, shuffled, axis=None)[0])
        song = read_audio(tiny_corpus.tracks[track + 3].path)
        other.append(spearmanr(cells, explain(predictor, song, genre).cells[: len(cells)], axis=None)[0])
    assert abs(np.mean(randomised)) < 0.4
    assert min(other) > 0.6
    np.testing.assert_array_equal(explain(predictor, songs["bass"]).cells, explanations["bass"].cells)  # as before


def test_what_speaks_for_a_genre_is_missed_more_than_the_rest(predictor, songs, explanations):
    for genre, e in explanations.items():
        explained, number = songs[genre][: round(e.seconds[-1] * RATE)], predictor.classes.index(genre)
        cells, n = Cells(explained, RATE, e.seconds, e.hertz), e.cells.size // 4

        def without(places, cells=cells, number=number) -> float:
            gains = np.ones(cells.shape)
            gains.flat[places] = OCCLUDED
            return predictor.predict_waveform(cells.with_gains(gains)).probabilities[number]

        order = np.argsort(-e.cells, axis=None)
        chance = [without(np.random.default_rng(seed).permutation(order)[:n]) for seed in range(8)]
        assert without(order[:n]) < np.mean(chance) < without(order[-n:])


def test_evidence_concerns_its_segment_alone(predictor, songs, explanations):
    changed = np.concatenate([songs["bass"][: RATE * 3 // 5], songs["treble"][RATE * 3 // 5 :]])
    cells = explain(predictor, changed, "bass").cells
    np.testing.assert_allclose(cells[0], explanations["bass"].cells[0], atol=1e-4)
    assert np.abs(cells[1] - explanations["bass"].cells[1]).max() > 0.1


def test_where_the_genre_is_improbable_nothing_is_emphasised(predictor, songs):
    both = explain(predictor, np.concatenate([songs["bass"][: 2 * 11264], songs["treble"][: 2 * 11264]]), "bass")
    assert min(both.probabilities[:2]) > 3 * max(both.probabilities[2:])
    assert strongest(both, 0.2)[:2].sum() > 2 * strongest(both, 0.2)[2:].sum()
    alone = explain(predictor, songs["bass"], "bass").by_band
    assert np.abs(both.by_band - alone).max() < np.abs(alone).max() / 2


@pytest.mark.parametrize(("seconds", "windows"), [(0.1, 1), (0.3, 1), (0.6, 1), (1.1, 2)])
def test_audio_of_any_length_is_explained_but_for_a_rest(predictor, songs, seconds, windows):
    e = explain(predictor, songs["bass"][: round(seconds * RATE)])
    assert e.cells.shape == (windows, 8)
    assert e.by_second.shape == (windows,)
    assert e.by_band.shape == (8,)
    assert e.seconds[-1] == pytest.approx(min(seconds, windows * predictor.length * 512 / RATE), abs=1e-3)
    assert np.isfinite(e.cells).all()


def test_emphasis_keeps_what_speaks_for_the_genre(songs, explanations):
    e = explanations["bass"]
    kept, weighted = strongest(e, 0.2), e.cells * e.probabilities[:, None]
    assert 0 < kept.sum() <= 0.2 * e.cells.size
    assert weighted[kept].min() >= max(0, weighted[~kept].max())
    heard = emphasised(songs["bass"], RATE, e)
    assert len(heard) == round(e.seconds[-1] * RATE)
    before, after = (Cells(x[: len(heard)], RATE, e.seconds, e.hertz) for x in (songs["bass"], heard))
    loss = [
        abs(after.spectrum[after.band == band]).mean() / abs(before.spectrum[before.band == band]).mean()
        for band in (0, 5)
    ]
    assert loss[0] > 0.9
    assert loss[1] < 0.2


def test_silence_and_unknown_genres_are_refused(predictor, songs):
    with pytest.raises(UserError, match="silent"):
        explain(predictor, np.zeros(RATE, np.float32))
    with pytest.raises(UserError, match="knows no genre polka: choose from bass, middle"):
        explain(predictor, songs["bass"], "polka")
