"""The paper's three classifiers as a notebook writes them in Keras 3: the peer that ``bench/training.py`` calls.

    python -m venv keras && keras/bin/pip install tensorflow-cpu

    keras/bin/python bench/keras_models.py {dense,cnn,convlstm} ARRAYS.npz BATCH_SIZE

A worker as ``bench/pairs.py`` describes them: for each line of its input, an epoch and its seconds.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from pairs import answer, ready, requested


def dense(n_classes: int) -> list:
    return [
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.3),
        layers.Dense(128, activation="relu"),
        layers.Dense(n_classes, activation="softmax"),
    ]


def cnn(n_classes: int) -> list:
    stack = []
    for filters in (64, 128, 256):
        stack += [layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)]
    return [
        *stack,
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(n_classes, activation="softmax"),
    ]


def convlstm(n_classes: int) -> list:
    return [
        layers.ConvLSTM2D(32, 3, padding="same"),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(n_classes, activation="softmax"),
    ]


def main() -> None:
    name, arrays, batch_size = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3])
    x, y = arrays["x"], arrays["y"]
    if name == "cnn":  # (segments, frames, coefficients, 1)
        x = x[..., None]
    elif name == "convlstm":  # (segments, blocks, 16 frames, coefficients, 1)
        x = x.reshape(len(x), -1, 16, x.shape[2], 1)
    model = keras.Sequential([layers.Input(x.shape[1:]), *globals()[name](int(y.max()) + 1)])
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    ready(parameters=model.count_params())
    while requested():
        start = time.perf_counter()
        model.fit(x, y, batch_size=batch_size, epochs=1, verbose=0)
        answer(time.perf_counter() - start)


if __name__ == "__main__":
    main()
