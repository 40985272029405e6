import pytest
import torch
from lightning import Callback, Trainer
from torch import nn
from torch.utils.data import DataLoader
from torchmetrics import MeanMetric, MetricCollection

from gtzan.models.genre_module import GenreModule


class Line(GenreModule):
    def __init__(self) -> None:
        super().__init__()
        self.save_hyperparameters({"optimizer": {"_target_": "torch.optim.Adam", "lr": 1e-4, "fused": True}})
        self.net = nn.Linear(4, 1)
        self.train_scores = MetricCollection([MeanMetric()])

    def step(self, batch, scores):
        error = (self.net(batch).float() - 100).square().mean()
        scores.update(error.detach())
        return error


class Watch(Callback):
    def __init__(self) -> None:
        self.gradients: list[torch.Tensor] = []

    def on_train_batch_end(self, trainer, module, *_):
        self.gradients.append(torch.cat([p.grad.flatten() for p in module.net.parameters()]))


@pytest.mark.parametrize("algorithm", ["norm", "value"])
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_gradients_are_clipped_in_mixed_precision_too(precision, algorithm, tmp_path):
    watch = Watch()
    trainer = Trainer(
        default_root_dir=tmp_path,
        accelerator="cpu",
        precision=precision,
        max_epochs=1,
        gradient_clip_val=1e-3,
        gradient_clip_algorithm=algorithm,
        callbacks=[watch],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Line(), DataLoader(torch.randn(2, 8, 4), batch_size=None))
    sizes = [g.abs().max() if algorithm == "value" else g.norm() for g in watch.gradients]
    assert torch.stack(sizes) == pytest.approx(torch.tensor([1e-3, 1e-3]), rel=1e-3)
