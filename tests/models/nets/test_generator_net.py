"""The conditional autoencoder."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from gtzan.models.nets.generator import Cvae, Gaussian, Texture, _beside


def make(lstm: int | None = 8, **arguments) -> Cvae:
    torch.manual_seed(0)
    return Cvae((1, 16, 20), 3, **{"width": 16, "style": 4, "latent": 6, "lstm": lstm} | arguments)


def randoms(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def test_the_divergence_is_that_of_the_textbook():
    torch.manual_seed(0)
    a, b = (Gaussian(torch.randn(5), torch.randn(5)) for _ in range(2))
    expected = kl_divergence(*(Normal(g.mean, g.log_std.exp()) for g in (a, b)))
    torch.testing.assert_close(a.kl(b), expected)
    assert a.kl(a).abs().max() < 1e-6


@pytest.mark.parametrize("lstm", [None, 8])
@pytest.mark.parametrize("frames", [20, 17, 4, 3])
def test_a_reconstruction_has_the_length_of_its_original(lstm, frames):
    x, y = torch.randn(2, 16, frames), torch.tensor([0, 2])
    reconstructed = make(lstm)(x, y)
    assert reconstructed.x.shape == x.shape
    parts = reconstructed.terms["kl_style"], reconstructed.terms["kl_steps"]
    assert all(part.shape == (2,) and (part >= 0).all() for part in parts)
    torch.testing.assert_close(reconstructed.kl, sum(parts) * x[0].numel())


def test_without_noise_a_reconstruction_is_a_function_of_its_original():
    net, x, y = make(), torch.randn(2, 16, 20), torch.tensor([0, 2])
    torch.testing.assert_close(net(x, y, noisy=False).x, net(x, y, noisy=False).x, rtol=0, atol=0)
    assert not torch.equal(net(x, y).x, net(x, y).x)


@pytest.mark.parametrize("lstm", [None, 8])
@pytest.mark.parametrize("frames", [1, 20, 400])
def test_a_sample_has_any_length(lstm, frames):
    net = make(lstm)
    x = net.sample(torch.tensor([1, 1]), net.noise(randoms(1, 2), frames))
    assert frames <= x.shape[2] < frames + net.stride
    assert x.isfinite().all()


def test_a_sample_does_not_depend_on_its_batch():
    net, y = make(), torch.tensor([0, 1, 2])
    together = net.sample(y, net.noise(randoms(1, 2, 3), 40))
    alone = net.sample(y[1:2], net.noise(randoms(2), 40))
    torch.testing.assert_close(together[1:2], alone)


@pytest.mark.parametrize("lstm", [None, 8])
def test_only_the_lstm_layer_remembers(lstm):
    net, y = make(lstm), torch.tensor([0])
    noise = net.noise(randoms(1), 400)
    other = noise._replace(steps=noise.steps.clone())
    other.steps[:, 0] += 3
    difference = (net.sample(y, noise) - net.sample(y, other)).abs().amax(dim=(0, 1))
    far = 20 * net.stride  # beyond the decoder's reach
    assert difference[:far].max() > 1e-3
    assert (difference[far:].max() > 0) == (lstm is not None)


def test_a_long_sample_has_no_joint():
    """What is decoded around a step is a function of what lies around it, wherever in a sequence that is."""
    net = make()
    z, condition = torch.randn(1, 120, net.latent), torch.randn(1, 32 + net.style)
    context = _beside(z, condition)
    whole, part = net._decode(context), net._decode(context[:, 40:80])
    reach = 10 * net.stride
    torch.testing.assert_close(whole[..., 160 + reach : 320 - reach], part[..., reach:-reach], rtol=1e-4, atol=1e-5)


def test_no_temperature_is_no_surprise():
    net, y = make(), torch.tensor([0, 0])
    noise = net.noise(randoms(1, 2), 20)._replace(texture=torch.zeros(2, 16, 20))
    samples = net.sample(y, noise, temperature=0.0)
    torch.testing.assert_close(samples[0], samples[1])
    samples = net.sample(y, noise)
    assert not torch.allclose(samples[0], samples[1])


def test_texture_learns_the_deviation_and_the_memory_of_each_context():
    torch.manual_seed(0)
    texture = Texture(width=2, n_mfcc=3, hidden=16, stride=4)
    context = torch.eye(2)[torch.tensor([0] * 16 + [1] * 16), None].expand(-1, 50, -1)
    white = torch.randn(32, 3, 200)
    smooth = torch.zeros_like(white)
    for t in range(1, 200):
        smooth[..., t] = 0.8 * smooth[..., t - 1] + 0.6 * white[..., t]
    residual = torch.where(context[:, :1, :1] == 1, 2 * white, smooth)
    optimizer = torch.optim.Adam(texture.parameters(), lr=0.02)
    for _ in range(300):
        optimizer.zero_grad()
        texture.surprise(residual, context).mean().backward()
        optimizer.step()
    with torch.no_grad():
        made = texture(torch.randn(32, 3, 200), context).unflatten(0, (2, 16))
    for kind, (std, memory) in enumerate(((2.0, 0.0), (1.0, 0.8))):
        assert made[kind].std().item() == pytest.approx(std, rel=0.1)
        correlation = (made[kind][..., 1:] * made[kind][..., :-1]).mean() / made[kind].var()
        assert correlation.item() == pytest.approx(memory, abs=0.1)


def test_surprise_is_the_density_of_the_autoregression():
    torch.manual_seed(0)
    texture, context = Texture(2, 1, 4, 2), torch.randn(1, 3, 2)
    residual = torch.randn(1, 1, 6)
    log_std, memory = (part[0, 0] for part in texture.describe(context, 6))
    # Covariance of the process, from each frame's loading on the white noise of all frames.
    loading = torch.zeros(6, 6)
    loading[0, 0] = 1
    for t in range(1, 6):
        loading[t] = memory[t] * loading[t - 1]
        loading[t, t] = (1 - memory[t] ** 2).sqrt()
    loading = loading * log_std.exp()[:, None]
    normal = torch.distributions.MultivariateNormal(torch.zeros(6), scale_tril=loading)
    constant = 0.5 * torch.log(torch.tensor(2 * torch.pi))
    expected = -normal.log_prob(residual[0, 0]) / 6 - constant
    torch.testing.assert_close(texture.surprise(residual, context)[0], expected)


def test_texture_has_no_say_in_what_is_left():
    net = make()
    net(torch.randn(2, 16, 20), torch.tensor([0, 1])).terms["texture"].sum().backward()
    moved = {name.split(".")[0] for name, p in net.named_parameters() if p.grad is not None and p.grad.any()}
    assert {"texture", "style_posterior"} <= moved  # the style may learn how rough a track is
    assert "decoder" not in moved


@pytest.mark.parametrize("arguments", [{"stride": 3}, {"width": 0}, {"latent": 0}])
def test_numbers_that_make_no_network_are_named(arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=name):
        make(**arguments)
