import pytest
import torch

from gtzan.data.datamodule import Batch
from gtzan.models.augmentation import Augmentation
from gtzan.models.classifier import Classifier
from gtzan.models.metrics import Scores

FILL = torch.full((1, 16, 1), -100.0)


def batch(n: int = 64, bands: int = 16, frames: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(n, 1, bands, frames, generator=generator) * 40 - 60
    return x, torch.randint(3, (n,), generator=generator)


def augmented(seed: int = 0, **terms):
    torch.manual_seed(seed)
    x, y = batch()
    return Augmentation(**terms)(x, y, 3, FILL)


def test_without_terms_nothing_changes():
    x, y = batch()
    out, targets = augmented()
    assert torch.equal(out, x)
    assert torch.equal(targets.argmax(1), y)
    assert torch.equal(targets.sum(1), torch.ones(len(y)))


def test_it_is_a_function_of_the_seed():
    terms = {"mixup": 0.2, "gain": 6, "mel_shift": 2, "time_stretch": 0.1, "band_mask": 0.2, "time_mask": 0.2}
    first, again, other = (augmented(seed, **terms) for seed in (0, 0, 1))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_mixup_blends_segments_as_their_labels():
    torch.manual_seed(0)
    y = torch.randint(3, (64,))
    x = torch.eye(3)[y]  # so that a segment is its own label
    out, targets = Augmentation(mixup=0.5)(x, y, 3, torch.zeros(1))
    torch.testing.assert_close(out, targets)
    assert ((targets > 0.01) & (targets < 0.99)).any()
    torch.testing.assert_close(targets.sum(1), torch.ones(64))


def test_label_smoothing_equals_torchs():
    _, y = batch()
    logits = torch.randn(64, 3)
    _, targets = augmented(label_smoothing=0.1)
    loss = torch.nn.functional.cross_entropy
    torch.testing.assert_close(loss(logits, targets), loss(logits, y, label_smoothing=0.1))


def test_gain_adds_one_number_to_a_segment():
    change = augmented(gain=6)[0] - batch()[0]
    assert change.flatten(1).std(1).max() < 1e-4
    assert 3 < change.abs().max() <= 6.001
    assert change.amin() < 0 < change.amax()


@pytest.mark.parametrize(("term", "dim"), [("band_mask", 2), ("time_mask", 3)])
def test_masks_put_the_mean_into_neighbouring_places_of_at_most_their_share(term, dim):
    x, _ = batch()
    out, _ = augmented(**{term: 0.25})
    masked = (out == -100).all(dim=5 - dim).squeeze()
    widths = masked.sum(1)
    assert 0 < widths.max() <= 0.25 * x.shape[dim] + 1
    assert (masked.int().diff(dim=1).abs().sum(1) <= 2).all()  # one gap
    assert torch.equal(torch.where(out == -100, x, out), x)


def test_mel_shift_moves_a_line_by_at_most_so_many_bands():
    x = torch.zeros(64, 1, 16, 40)
    x[:, :, 8] = 1.0
    out, _ = Augmentation(mel_shift=2)(x, torch.zeros(64, dtype=torch.long), 3, FILL)
    band = (out * torch.arange(16.0).view(-1, 1)).sum(2) / out.sum(2)
    assert (band - 8).abs().max() <= 2.001
    assert band.min() < 7 < 9 < band.max()
    torch.testing.assert_close(out.mean(3, keepdim=True).expand_as(out), out)  # the same at all times


def test_time_stretch_moves_a_beat_by_its_distance_from_the_middle():
    x = torch.zeros(64, 1, 16, 101)
    x[..., 90] = 1.0
    out, _ = Augmentation(time_stretch=0.1)(x, torch.zeros(64, dtype=torch.long), 3, FILL)
    frame = (out * torch.arange(101.0)).sum(3) / out.sum(3)
    assert ((frame - 50) / 40).min() >= 1 / 1.1 - 0.02
    assert ((frame - 50) / 40).max() <= 1.1 + 0.02
    assert frame.std() > 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])  # of bf16-mixed, and of bf16-true
def test_half_precision_warps_as_full_precision_does(dtype):
    """Rounded to bfloat16, places of a long segment would be wrong by whole frames, and time would have steps."""
    x = torch.arange(1000.0).expand(4, 1, 16, 1000)
    torch.manual_seed(0)
    expected, _ = Augmentation(time_stretch=0.1)(x, torch.zeros(4, dtype=torch.long), 3, FILL)
    torch.manual_seed(0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out, _ = Augmentation(time_stretch=0.1)(x.to(dtype), torch.zeros(4, dtype=torch.long), 3, FILL)
    torch.testing.assert_close(out.float(), expected, rtol=1e-6 if dtype is torch.float32 else 0.01, atol=0.1)


def test_only_training_is_augmented():
    torch.manual_seed(0)
    model = Classifier(
        net={"_target_": "gtzan.models.nets.resnet.Resnet", "channels": [4]},
        view={"_target_": "gtzan.data.views.LogMels"},
        input_shape=[1, 16, 40],
        classes=["blues", "jazz", "rock"],
        features={"n_mfcc": 16},
        segment_seconds=1.0,
        optimizer={"_target_": "torch.optim.Adam", "lr": 1e-3},
        corpus="test",
        augment={"gain": 20, "mixup": 0.5},
    ).eval()
    model.train_scores, model.val_scores = Scores(3, 64), Scores(3, 64)
    x, y = batch()
    given = Batch(x, y, torch.arange(64))
    plain = torch.nn.functional.cross_entropy(model(x), y)
    assert not torch.allclose(model.training_step(given, 0), plain)
    assert torch.equal(model.step(given, model.val_scores), plain)
    assert torch.equal(model.predict_step(given, 0)[0], model(x))
