import numpy as np
import torch
from torch import nn

from gtzan.data.datamodule import Batch
from gtzan.models.embeddings import TrackEmbeddings, inputs_of_last_linear


def test_embeddings_of_some_tracks_are_means_over_their_segments_in_any_order():
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    x, track = torch.randn(9, 4), torch.tensor([5, 2, 7, 5, 2, 5, 9, 2, 5])
    with inputs_of_last_linear(net) as inputs:
        found = TrackEmbeddings(inputs, np.array([2, 5, 8]))
        for part in (slice(0, 4), slice(4, 9)):
            net(x[part])
            found.on_predict_batch_end(None, None, None, Batch(x[part], track[part], track[part]), 0)
    hidden = net[:2](x)
    expected = torch.stack([hidden[track == 2].mean(dim=0), hidden[track == 5].mean(dim=0), torch.zeros(3)])
    torch.testing.assert_close(found.means, expected)


def test_a_net_without_a_linear_layer_has_none():
    net = nn.Flatten()
    with inputs_of_last_linear(net) as inputs:
        found = TrackEmbeddings(inputs, np.array([0]))
        net(torch.zeros(1, 2))
        found.on_predict_batch_end(None, None, None, Batch(torch.zeros(1, 2), torch.tensor([0]), torch.tensor([0])), 0)
    assert found.means is None
