import pytest
import torch
import torch.nn.functional as F

from gtzan.data.datamodule import Batch
from gtzan.errors import UserError
from gtzan.models.classifier import Classifier, build
from gtzan.models.metrics import Scores

NETS = {
    "gtzan.models.nets.dense.Dense": ("gtzan.data.views.Statistics", [26]),
    "gtzan.models.nets.lda.Lda": ("gtzan.data.views.Statistics", [26]),
    "gtzan.models.nets.logistic.Logistic": ("gtzan.data.views.Statistics", [26]),
    "gtzan.models.nets.cnn.Cnn": ("gtzan.data.views.Frames", [1, 13, 22]),
    "gtzan.models.nets.convlstm.ConvLstm": ("gtzan.data.views.Frames", [1, 13, 22]),
}


def classifier(net: str = "gtzan.models.nets.dense.Dense", seed: int = 0, **arguments) -> Classifier:
    torch.manual_seed(seed)
    view, shape = NETS[net]
    return Classifier(
        net={"_target_": net},
        view={"_target_": view},
        input_shape=shape,
        classes=["blues", "jazz", "rock"],
        features={"n_mfcc": 13},
        segment_seconds=0.5,
        optimizer={"_target_": "torch.optim.Adam", "lr": 1e-4},
        corpus="test (synthetic music)",
        **arguments,
    )


@pytest.mark.parametrize("net", NETS)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(net):
    first, again, other = (classifier(net, seed).net.state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not all(torch.equal(first[k], other[k]) for k in first)


@pytest.mark.parametrize("net", NETS)
def test_any_net_takes_a_batch_and_standardises_it_first(net):
    model = classifier(net).eval()
    x = torch.randn(5, *NETS[net][1]) * 30 + 200
    assert model(x).shape == (5, 3)
    model.standardiser.fit(
        torch.full_like(model.standardiser.mean, 200.0), torch.full_like(model.standardiser.std, 30.0)
    )
    torch.testing.assert_close(model(x), model.net((x - 200) / 30))


def test_class_weights_weigh_the_loss_and_need_no_place_among_the_weights():
    batch = Batch(torch.randn(6, 26), torch.tensor([0, 0, 0, 0, 1, 2]), torch.arange(6))
    even, weighted = classifier(), classifier(class_weights=[0.5, 2.0, 2.0])
    for model in (even, weighted):
        model.eval().train_scores = Scores(3, 6)
    losses = F.cross_entropy(even(batch.x), batch.y, reduction="none")
    weights = torch.tensor([0.5, 0.5, 0.5, 0.5, 2, 2])
    torch.testing.assert_close(even.training_step(batch, 0), losses.mean())
    whole = weighted.training_step(batch, 0)
    torch.testing.assert_close(whole, (weights * losses).mean())
    halves = [weighted.training_step(Batch(*(part[i::2] for part in batch[:3])), 0) for i in (0, 1)]
    torch.testing.assert_close(sum(halves) / 2, whole)  # as two processes would divide it
    assert weighted.state_dict().keys() == even.state_dict().keys()
    assert weighted.hparams.class_weights == [0.5, 2.0, 2.0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"_target_": "os.system"}, "Error|not|cannot"),
        ({"_target_": "subprocess.Popen", "args": "true"}, "subprocess.Popen is not a Module"),
        ({"_target_": "gtzan.models.nets.nowhere.Net"}, "cannot be imported"),
        ({"_target_": "gtzan.models.nets.dense.Dense", "hiden": 3}, "hiden"),
        (
            {"_target_": "gtzan.models.nets.convlstm.ConvLstm", "input_shape": [1, 13, 3], "n_classes": 2},
            "at least one block",
        ),
    ],
)
def test_a_target_that_is_no_net_is_refused_before_it_is_called(settings, message):
    with pytest.raises(UserError, match=message):
        build(settings, (torch.nn.Module,))
