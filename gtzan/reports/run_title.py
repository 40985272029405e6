"""What a run's page is called: its net and its split, in words."""

import re

# As the README calls them, by their classes' names.
NETS = {
    "Cnn": "CNN",
    "ConvLstm": "ConvLSTM",
    "Cvae": "Variational autoencoder",
    "Lda": "LDA",
    "Logistic": "Logistic regression",
    "Resnet": "Residual CNN",
}


def run_title(net: str, protocol: str) -> str:
    """The title, such as ``CNN · split by artist, fold 0 of 5``.

    Args:
        net: the name of its class.
        protocol: as in ``metrics.json``, such as ``artist fold=0 folds=5``.
    """
    split = re.sub(r"^artist\b", "by artist,", protocol)
    split = re.sub(r"^kfold\b", "by track,", split)
    split = re.sub(r"\bfold=(\d+)", r"fold \1", split)
    split = re.sub(r" folds=(\d+)", r" of \1", split)
    return f"{NETS.get(net, net)} · split {split}"
