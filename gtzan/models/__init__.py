"""What learns: nets, the LightningModules around them, metrics, callbacks, checkpoints, and the predictor.

Imports ``gtzan.data`` and what is above it. Nets, in ``gtzan.models.nets``, are plain ``nn.Module``s.
"""
