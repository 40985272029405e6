"""From noise to music along a learned flow."""

import pytest
import torch

from gtzan.models.nets import flow
from gtzan.models.nets.flow import JOINT, Flow, Given


def make(**arguments) -> Flow:
    """A net of random weights, not that of a beginning, which does nothing."""
    torch.manual_seed(0)
    net = Flow((1, 16, 20), 3, **{"width": 16, "blocks": 3, "style": 4, "steps": 4} | arguments)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return net


def randoms(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


@pytest.mark.parametrize("frames", [20, 17, 4, 1])
def test_a_reconstruction_has_the_length_of_its_original(frames):
    x, y = torch.randn(2, 16, frames), torch.tensor([0, 2])
    restored = make()(x, y)
    assert restored.x.shape == x.shape
    assert restored.terms["velocity"].shape == (2,)
    assert restored.kl is None


def test_without_noise_a_reconstruction_is_a_function_of_its_original():
    net, x, y = make(), torch.randn(2, 16, 20), torch.tensor([0, 2])
    torch.testing.assert_close(net(x, y, noisy=False).x, net(x, y, noisy=False).x, rtol=0, atol=0)
    assert not torch.equal(net(x, y).x, net(x, y).x)


@pytest.mark.parametrize("frames", [1, 20, 400])
def test_a_sample_has_any_length(frames):
    net = make()
    x = net.sample(torch.tensor([1, 1]), net.noise(randoms(1, 2), frames))
    assert frames <= x.shape[2] < frames + net.patch
    assert x.isfinite().all()


def test_a_sample_does_not_depend_on_its_batch():
    net, y = make(), torch.tensor([0, 1, 2])
    together = net.sample(y, net.noise(randoms(1, 2, 3), 40))
    torch.testing.assert_close(together[1:2], net.sample(y[1:2], net.noise(randoms(2), 40)), rtol=1e-4, atol=1e-4)


def test_a_long_sample_has_no_joint():
    """What is foreseen around a frame is a function of what lies around it, wherever in a sequence that is."""
    net, t, style = make(), torch.tensor([0.3]), torch.randn(1, 4)
    genre = net.genre(torch.tensor([1]))
    x = torch.randn(1, 16, 400)
    whole, part = net.foresee(x, t, genre, style), net.foresee(x[..., 100:300], t, genre, style)
    reach = 4 * (1 + 2 + 4 + 3) + 4 + 3
    torch.testing.assert_close(whole[..., 100 + reach : 300 - reach], part[..., reach:-reach], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("patch", [1, 4])
def test_a_long_sample_is_the_same_in_stretches(monkeypatch, patch):
    net, y = make(patch=patch), torch.tensor([1])
    noise = net.noise(randoms(1), 200)
    whole = net.sample(y, noise)
    monkeypatch.setattr(flow, "STRETCH", 24 // patch)
    torch.testing.assert_close(net.sample(y, noise), whole, rtol=1e-4, atol=1e-4)


def test_a_blend_of_one_genre_is_that_genre_and_one_of_two_is_neither():
    net, noise = make(), make().noise(randoms(1), 40)
    alone = [net.sample(torch.tensor([y]), noise) for y in (0, 1)]
    torch.testing.assert_close(net.sample(torch.tensor([[1.0, 0.0, 0.0]]), noise), alone[0], rtol=0, atol=0)
    both = net.sample(torch.tensor([[0.5, 0.5, 0.0]]), noise)
    assert not any(torch.allclose(both, one, atol=1e-2) for one in alone)


def test_a_variation_of_no_strength_is_a_copy_and_of_all_has_the_style_alone():
    net, y, x = make(), torch.tensor([1]), torch.randn(1, 16, 40)
    noise = net.noise(randoms(1), 40)
    copy, near, far = (net.sample(y, noise, given=Given(x, strength)) for strength in (0.0, 0.25, 1.0))
    torch.testing.assert_close(copy, x)
    assert (near - x).norm() > 0.01
    assert (far - x).norm() > 0.01
    other = Given(torch.randn(1, 16, 40), 1.0)
    assert not torch.allclose(far, net.sample(y, noise, given=other))  # it has another style


def test_a_continuation_keeps_what_is_known_and_goes_on_from_there():
    net, y, x = make(), torch.tensor([1]), torch.randn(1, 16, 40)
    noise = net.noise(randoms(1), 80)
    whole = net.sample(y, noise, given=Given(x, known=40))
    assert whole.shape == (1, 16, 80)
    torch.testing.assert_close(whole[..., : 40 - JOINT], x[..., : 40 - JOINT])
    louder = net.sample(y, noise, given=Given(torch.cat([x[..., :20], x[..., 20:] + 1], dim=-1), known=40))
    assert not torch.allclose(louder[..., 40:44], whole[..., 40:44], atol=1e-3)  # what follows depends on it


def test_a_continuation_passes_over_to_what_follows(monkeypatch):
    """The step to music of another level is spread over the joint, whatever the net foresees."""
    net, x = make(guidance=1), torch.full((1, 16, 40), 5.0)
    monkeypatch.setattr(net, "foresee", lambda x, *_: torch.zeros_like(x))
    whole = net.sample(torch.tensor([1]), net.noise(randoms(1), 80), given=Given(x, known=40))
    steps = whole.diff(dim=2).abs()
    assert steps.max() == pytest.approx(5 / JOINT, rel=1e-3)


def test_frames_at_the_borders_of_patches_differ_as_any_do():
    """A net that foresees patch by patch makes stairs of music that changes from frame to frame: a buzz at 11 Hz."""
    torch.manual_seed(0)
    net = Flow((1, 8, 40), 1, width=32, blocks=3, style=2, steps=8)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(300):
        x = torch.randn(32, 8, 42)
        loss = net((x[..., 2:] + x[..., 1:-1] + x[..., :-2]) / 3**0.5, torch.zeros(32, dtype=torch.int64))
        optimizer.zero_grad()
        loss.terms["velocity"].mean().backward()
        optimizer.step()
    with torch.no_grad():
        sample = net.eval().sample(torch.zeros(8, dtype=torch.int64), net.noise(randoms(*range(8)), 200))
    step = sample.diff(dim=2).square().mean(dim=(0, 1)).sqrt()
    at_borders = torch.arange(len(step)) % net.patch == net.patch - 1
    assert step[at_borders].mean() / step[~at_borders].mean() == pytest.approx(1, abs=0.25)


def test_guidance_of_one_asks_only_for_the_genre():
    net, y = make(guidance=1), torch.tensor([0])
    noise = net.noise(randoms(1), 20)
    before = net.sample(y, noise)
    with torch.no_grad():
        net.genre.weight[3] += 10
    torch.testing.assert_close(net.sample(y, noise), before, rtol=0, atol=0)
    net.guidance = 2.0
    assert not torch.allclose(net.sample(y, noise), before)


def test_styles_are_drawn_from_the_segments_of_their_genre():
    torch.manual_seed(1)
    net = make()
    y = torch.arange(900) % 3
    style = torch.randn(900, 4) * torch.tensor([0.1, 1.0, 2.0])[y, None] + y[:, None]
    x = torch.randn(900, 16, 20)
    x[:, :4] += (style - x[:, :4].mean(dim=2))[..., None]
    net.fit(torch.ones(16, 1), zip(x.split(100), y.split(100), strict=True))
    torch.testing.assert_close(net.style_mean, torch.arange(3.0)[:, None].expand(3, 4), rtol=0, atol=0.5)
    deviation = (net.style_root @ net.style_root.mT).diagonal(dim1=1, dim2=2).sqrt()
    torch.testing.assert_close(deviation, torch.tensor([[0.1], [1.0], [2.0]]).expand(3, 4), rtol=0.15, atol=0)


def test_it_learns_the_distribution_of_each_genre():
    """Two genres of constant sequences: their means come back from noise, and which of them varies more."""
    torch.manual_seed(0)
    net = Flow((1, 2, 8), 2, patch=4, width=16, blocks=1, style=1, steps=16, guidance=1)
    mean, std = torch.tensor([[-1.0, 1.0], [2.0, 0.0]]), torch.tensor([0.2, 0.6])

    def music(y):
        return (mean[y] + std[y, None] * torch.randn(len(y), 2))[..., None].expand(-1, -1, 8)

    y = torch.arange(1000) % 2
    net.fit(torch.ones(2, 1), [(music(y), y)])
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=200)
    for _ in range(200):
        y = torch.randint(2, (128,))
        optimizer.zero_grad()
        net(music(y), y).terms["velocity"].mean().backward()
        optimizer.step()
        schedule.step()
    y = torch.arange(200) % 2
    with torch.no_grad():
        made = net.sample(y, net.noise(randoms(*range(200)), 8)).mean(dim=2)
    for genre in range(2):
        torch.testing.assert_close(made[y == genre].mean(dim=0), mean[genre], rtol=0, atol=0.2)
    steady, varied = (made[y == genre].std(dim=0) for genre in range(2))
    torch.testing.assert_close(varied, std[1].expand(2), rtol=0.3, atol=0)
    assert (steady < 0.6 * varied).all()


@pytest.mark.parametrize("arguments", [{"patch": 0}, {"width": 0}, {"style": 0}, {"steps": 0}])
def test_numbers_that_make_no_network_are_named(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=name):
        make(**arguments)
