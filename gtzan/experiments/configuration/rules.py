"""The constraint on each key of the configuration."""

from itertools import chain

from gtzan.audio.settings import LARGEST
from gtzan.experiments.configuration.arguments import EMBEDDING, FEATURES, GENERATORS, POOLINGS, STATISTICS
from gtzan.experiments.configuration.values import (
    FLAG,
    NULL,
    Choice,
    Constraint,
    Described,
    ListOf,
    Node,
    Number,
    OneOf,
    Shares,
    Text,
    optional,
)

COUNT = Number(1, 1_000_000, whole=True)
FROM_0 = Number(0, whole=True)
WIDTH = Number(1, 65_536, whole=True)
FRACTION = Number(0, 1)
DROPOUT = Number(0, 1, below=True)
POSITIVE = Number(0, above=True)
NOT_NEGATIVE = Number(0)
SEED = Number(0, 2**32 - 1, whole=True)
NAME = OneOf((Text(), Number(), FLAG))  # folders may be called 1980 or true
NAMES = Described(OneOf((NAME, ListOf(OneOf((NAME, NULL))))), "a name or a list of names, such as [pop,jazz]")
FOLDER = Text("the path of a folder")
SONG = Text("the path of an audio file")
MODEL = optional(Text("the path of a run or a checkpoint"))
BATCHES = Described(OneOf((FROM_0, FRACTION, NULL)), "a number of batches, a fraction from 0.0 to 1.0 or null")

RULES: dict[str, Constraint] = {
    "data": Node(),
    "model": Node(),
    "augment": Node(),
    "trainer": Node(),
    "callbacks": Node(),
    "features": Node(),
    "optimizer": Node(),
    "genres": optional(NAMES),
    "split": optional(Text("a protocol, such as 80/20, kfold or artist")),
    "fold": FROM_0,
    "folds": optional(Number(2, whole=True)),
    "train_share": Number(0, 1, above=True),
    "epochs": COUNT,
    "batch_size": COUNT,
    "lr": POSITIVE,
    "seed": SEED,
    "segment_seconds": Number(0.05, 3600),
    "hop_seconds": Number(0.01, 3600),
    "segments_per_track": optional(COUNT),
    "encoder": optional(Text("musicnn, OWNER/NAME@REVISION of the Hugging Face hub, or the path of a folder")),
    "class_weights": Choice((None, "balanced")),
    "guide": MODEL,
    "on_broken": Choice(("skip", "error")),
    "threads": optional(Number(1, 4096, whole=True)),
    "cache": FOLDER,
    "runs": FOLDER,
    "resume": optional(Text("the path of a run")),
    "run_dir": FOLDER,
    # synthesize.py
    "genre": optional(NAMES),
    "n": Number(1, 100_000, whole=True),
    "seconds": Number(0.1, 3600),
    "temperature": Number(0, 100),
    "blend": optional(Shares()),
    "like": optional(SONG),
    "strength": Number(0, 1),
    "continue": optional(SONG),
    "ckpt": MODEL,
    "judge": MODEL,
    # corpora
    "data._target_": Text("the name of a corpus's function"),
    "data.root": optional(FOLDER),
    "data.store": optional(FOLDER),
    "data.groups": optional(Text("folders, tags or the path of a CSV file")),
    "data.csv": Text("the path of a CSV file"),
    "data.metadata": Text("the path of FMA's folder of metadata"),
    "data.version": Described(OneOf((Text(), Number())), "a version of mirdata's data set"),
    "data.subset": Choice(("small", "medium", "large", "full")),
    "data.builtin_root": FOLDER,
    "data.name": optional(Described(NAME, "a name")),
    "data.tracks_per_genre": Number(1, 100_000, whole=True),
    "data.seconds": Number(0.5, 3600),
    "data.seed": SEED,
    "data.genres": optional(ListOf(Text("a name"))),
    # features
    "features.sample_rate": Number(1000, LARGEST["sample_rate"], whole=True),
    "features.n_fft": Number(2, LARGEST["n_fft"], whole=True),
    "features.hop_length": Number(1, LARGEST["hop_length"], whole=True),
    "features.n_mels": Number(1, LARGEST["n_mels"], whole=True),
    "features.n_mfcc": Number(1, LARGEST["n_mfcc"], whole=True),
    "features.n_chroma": Number(1, LARGEST["n_chroma"], whole=True),
    "features.roll_percent": Number(0, 1, above=True, below=True),
    "features.tuning": FLAG,
    # models
    "model.net": Node(),
    "model.view": Node(),
    "model.weights": Node(),
    "model.net._target_": Text("the name of a class"),
    "model.view._target_": Text("the name of a class"),
    "model.view.features": ListOf(Choice((*FEATURES, EMBEDDING))),
    "model.view.statistics": ListOf(Choice(STATISTICS)),
    "model.view.bands": optional(WIDTH),
    **{f"model.weights.{name}": NOT_NEGATIVE for name in chain(*GENERATORS.values())},
    # augmentation
    "augment.mixup": NOT_NEGATIVE,
    "augment.label_smoothing": DROPOUT,
    "augment.gain": NOT_NEGATIVE,
    "augment.mel_shift": NOT_NEGATIVE,
    "augment.time_stretch": FRACTION,
    "augment.band_mask": FRACTION,
    "augment.time_mask": FRACTION,
    # trainer
    "trainer.accelerator": Choice(("auto", "cpu", "gpu", "cuda", "mps", "tpu")),
    "trainer.devices": Described(
        OneOf((Choice(("auto", -1)), Number(1, 1024, whole=True), Text(), ListOf(FROM_0))),
        "how many from 1 up, auto, or a list of their numbers, such as [0,1]",
    ),
    "trainer.num_nodes": COUNT,
    "trainer.precision": Choice(
        (
            *("auto", "32-true", "16-mixed", "bf16-mixed", "16-true", "bf16-true", "64-true", "32", "16", "bf16", "64"),
            *(32, 16, 64, "transformer-engine", "transformer-engine-float16"),
        )
    ),
    "trainer.max_epochs": FROM_0,
    "trainer.min_epochs": optional(FROM_0),
    "trainer.max_steps": Number(-1, whole=True),
    "trainer.min_steps": optional(FROM_0),
    "trainer.check_val_every_n_epoch": COUNT,
    "trainer.num_sanity_val_steps": Number(-1, whole=True),
    "trainer.fast_dev_run": OneOf((FLAG, FROM_0)),
    **{f"trainer.limit_{part}_batches": BATCHES for part in ("train", "val", "test", "predict")},
    "trainer.overfit_batches": Described(
        OneOf((FROM_0, FRACTION)), "a number of batches or a fraction from 0.0 to 1.0"
    ),
    "trainer.val_check_interval": OneOf((COUNT, Number(0, 1, above=True), NULL)),
    "trainer.log_every_n_steps": optional(FROM_0),
    "trainer.accumulate_grad_batches": COUNT,
    "trainer.gradient_clip_val": optional(NOT_NEGATIVE),
    "trainer.gradient_clip_algorithm": Choice(("norm", "value", None)),
    "trainer.deterministic": Choice((True, False, "warn", None)),
    "trainer.benchmark": optional(FLAG),
    "trainer.reload_dataloaders_every_n_epochs": FROM_0,
    "trainer.profiler": OneOf((Choice(("simple", "advanced", "pytorch", "xla", None)), Node())),
    "trainer.max_time": OneOf((Text("a duration, such as 00:12:00:00"), Node(), NULL)),
    "trainer.default_root_dir": optional(FOLDER),
    "trainer.enable_checkpointing": Choice((True,)),  # a run is evaluated from its checkpoint
    "trainer.barebones": Choice((False,)),  # it leaves out what a run folder consists of
    **{
        f"trainer.{name}": FLAG
        for name in (
            *("enable_progress_bar", "enable_model_summary", "inference_mode", "use_distributed_sampler"),
            *("detect_anomaly", "sync_batchnorm", "enable_autolog_hparams"),
        )
    },
    # callbacks
    "callbacks.last": Node(),  # what resuming starts from
    "callbacks.history": Node(),  # the curves
    "callbacks.average.steps": COUNT,
    "callbacks.best.mode": Choice(("max", "min")),
    "callbacks.best.monitor": Text("the name of a metric"),
    "callbacks.progress.refresh_rate": FROM_0,
}

NET_RULES: dict[str, dict[str, Constraint]] = {
    "Dense": {"hidden": ListOf(WIDTH), "dropout": DROPOUT},
    "Cnn": {
        "channels": ListOf(WIDTH),
        "hidden": WIDTH,
        "dropout": DROPOUT,
        "batch_norm": FLAG,
        "pooling": Choice(POOLINGS),
    },
    "ConvLstm": {"block": WIDTH, "filters": WIDTH, "kernel_size": COUNT, "hidden": WIDTH, "dropout": DROPOUT},
    "Resnet": {"channels": ListOf(WIDTH), "dropout": DROPOUT},
    "Lda": {},
    "Logistic": {"l2": POSITIVE},
    "Cvae": {
        "stride": Number(2, 1024, whole=True),
        "width": WIDTH,
        "style": WIDTH,
        "latent": WIDTH,
        "lstm": optional(WIDTH),
    },
    "Flow": {
        "patch": WIDTH,
        "width": WIDTH,
        "blocks": COUNT,
        "style": WIDTH,
        "steps": COUNT,
        "guidance": NOT_NEGATIVE,
        "unconditional": DROPOUT,
    },
}
"""Constraints on the arguments of each net, by class name."""

OPTIMIZER_RULES: dict[str, Constraint] = {
    "lr": POSITIVE,
    "weight_decay": NOT_NEGATIVE,
    "momentum": NOT_NEGATIVE,
    "dampening": Number(),
    "betas": ListOf(DROPOUT, 2),
    "rho": FRACTION,
    "alpha": NOT_NEGATIVE,
    "lr_decay": NOT_NEGATIVE,
    "momentum_decay": NOT_NEGATIVE,
    "lambd": NOT_NEGATIVE,
    "initial_accumulator_value": NOT_NEGATIVE,
    "t0": NOT_NEGATIVE,
    "d": Number(1),
    "beta2_decay": Number(high=0),
    "etas": ListOf(POSITIVE, 2),
    "step_sizes": ListOf(POSITIVE, 2),
    "foreach": optional(FLAG),
    "fused": optional(FLAG),
    **dict.fromkeys(
        ("amsgrad", "maximize", "capturable", "differentiable", "nesterov", "centered", "decoupled_weight_decay"), FLAG
    ),
}
"""Constraints on the optimizers' arguments; ``eps`` is a pair for Adafactor, a number for the others."""
