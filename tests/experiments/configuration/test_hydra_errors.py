import pytest

from gtzan.errors import UserError
from gtzan.experiments.configuration.composition import compose
from gtzan.experiments.configuration.hydra_errors import unknown_key, user_errors


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("model=dense", "model.view.features=[mfcc]"), "added: say +model.view.features=[mfcc]."),
        (("model=dense", "model.view.featurs=[mfcc]"), "did you mean +model.view.features=[mfcc]?"),
        (("model.view.featurs=[mfcc]",), "did you mean model.view.features=[mfcc]?"),
        (("model=dense", "model.net.hiden=[8]"), "did you mean model.net.hidden=[8]?"),
        (("optimizer.maximize=true",), "added: say +optimizer.maximize=true."),
    ],
)
def test_a_key_is_suggested_as_the_chosen_configuration_takes_it(words, expected):
    assert unknown_key(words[-1].partition("=")[0], "train", words).endswith(expected)


def test_a_model_that_is_an_encoder_is_a_probe_of_it():
    with pytest.raises(UserError, match="did you mean model=probe encoder=musicnn"), user_errors("train"):
        compose("train", ["model=musicnn"])
