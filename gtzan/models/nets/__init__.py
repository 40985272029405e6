"""Neural networks as plain ``nn.Module``s. They import torch and each other, nothing else."""
