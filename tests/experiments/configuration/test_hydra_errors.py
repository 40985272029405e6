import pytest

from gtzan.experiments.configuration.hydra_errors import unknown_key


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
