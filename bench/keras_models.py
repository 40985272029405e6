"""The paper's three classifiers as a notebook writes them in Keras 3: the peer that ``bench/training.py`` calls.

    python -m venv keras && keras/bin/pip install tensorflow-cpu

    keras/bin/python bench/keras_models.py {dense,cnn,convlstm} ARRAYS.npz EPOCHS BATCH_SIZE

Prints one JSON line: the number of parameters and the seconds of each epoch.
"""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers


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
    name, arrays, epochs, batch_size = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    x, y = arrays["x"], arrays["y"]
    if name == "cnn":  # (segments, frames, coefficients, 1)
        x = x[..., None]
    elif name == "convlstm":  # (segments, blocks, 16 frames, coefficients, 1)
        x = x.reshape(len(x), -1, 16, x.shape[2], 1)
    model = keras.Sequential([layers.Input(x.shape[1:]), *globals()[name](int(y.max()) + 1)])
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    seconds = []
    for _ in range(epochs):
        start = time.perf_counter()
        model.fit(x, y, batch_size=batch_size, epochs=1, verbose=0)
        seconds.append(time.perf_counter() - start)
    sys.stdout.write(json.dumps({"parameters": model.count_params(), "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
