"""Names of arguments that the configuration passes on, listed here because importing their classes takes seconds.

``tests/test_arguments.py`` compares them with the installed classes.
"""

FEATURES = ("mfcc", "chroma", "spectral_centroid", "spectral_bandwidth", "spectral_rolloff", "zero_crossing_rate")
EMBEDDING = "embedding"  # what an encoder gives instead
STATISTICS = ("mean", "std", "delta_std")

TRAINER = (
    *("accelerator", "strategy", "devices", "num_nodes", "precision", "fast_dev_run", "max_epochs", "min_epochs"),
    *("max_steps", "min_steps", "max_time", "limit_train_batches", "limit_val_batches", "limit_test_batches"),
    *("limit_predict_batches", "overfit_batches", "val_check_interval", "check_val_every_n_epoch"),
    *("num_sanity_val_steps", "log_every_n_steps", "enable_checkpointing", "enable_progress_bar"),
    *("enable_model_summary", "accumulate_grad_batches", "gradient_clip_val", "gradient_clip_algorithm"),
    *("deterministic", "benchmark", "inference_mode", "use_distributed_sampler", "profiler", "detect_anomaly"),
    *("barebones", "plugins", "sync_batchnorm", "reload_dataloaders_every_n_epochs", "default_root_dir"),
    *("enable_autolog_hparams", "model_registry"),
)
TRAINER_ELSEWHERE = {"logger": "logger=tensorboard or another", "callbacks": "callbacks.NAME, such as callbacks.last"}
"""Arguments of Lightning's trainer that have a node of their own."""

AUGMENTATION = ("mixup", "label_smoothing", "gain", "mel_shift", "time_stretch", "band_mask", "time_mask")
SPECTRAL_AUGMENTATION = AUGMENTATION[2:]
"""Terms that change log-mel spectrograms; the first two take what any net sees."""

_ANY = ("lr", "weight_decay", "foreach", "maximize", "differentiable")
OPTIMIZERS = {
    "ASGD": (*_ANY, "lambd", "alpha", "t0", "capturable"),
    "Adadelta": (*_ANY, "rho", "eps", "capturable"),
    "Adafactor": ("lr", "weight_decay", "foreach", "maximize", "beta2_decay", "eps", "d"),
    "Adagrad": (*_ANY, "lr_decay", "initial_accumulator_value", "eps", "fused"),
    "Adam": (*_ANY, "betas", "eps", "amsgrad", "capturable", "fused", "decoupled_weight_decay"),
    "AdamW": (*_ANY, "betas", "eps", "amsgrad", "capturable", "fused"),
    "Adamax": (*_ANY, "betas", "eps", "capturable"),
    "NAdam": (*_ANY, "betas", "eps", "momentum_decay", "decoupled_weight_decay", "capturable"),
    "RAdam": (*_ANY, "betas", "eps", "decoupled_weight_decay", "capturable"),
    "RMSprop": (*_ANY, "alpha", "eps", "momentum", "centered", "capturable"),
    "Rprop": ("lr", "foreach", "maximize", "differentiable", "etas", "step_sizes", "capturable"),
    "SGD": (*_ANY, "momentum", "dampening", "nesterov", "fused"),
}
"""Of ``torch.optim``, by the name of the optimizer; not LBFGS, Muon and SparseAdam, which do not train any net."""

CORPORA = {
    "auto_corpus": ("root", "name", "builtin_root", "tracks_per_genre", "seconds", "seed"),
    "builtin_corpus": ("root", "tracks_per_genre", "seconds", "seed", "genres"),
    "fma_corpus": ("root", "metadata", "subset", "name"),
    "folder_corpus": ("root", "groups", "name"),
    "gtzan_corpus": ("root", "name"),
    "mirdata_corpus": ("name", "root", "version"),
    "table_corpus": ("csv", "root", "name"),
}

EXTRACTOR = ("sample_rate", "n_fft", "hop_length", "n_mels", "n_mfcc", "n_chroma", "roll_percent", "tuning")

POOLINGS = ("flatten", "mean")
VIEWS = {"Frames": ("features",), "Statistics": ("features", "statistics"), "LogMels": ("bands",), "Blocks": ()}
BLOCK_BANDS = 32
"""Bands that the view ``Blocks`` averages mel bands to."""
NET_VIEWS = {
    "Dense": ("Statistics", "Blocks"),
    "Lda": ("Statistics", "Blocks"),
    "Logistic": ("Statistics", "Blocks"),
    "Cnn": ("Frames", "LogMels"),
    "ConvLstm": ("Frames", "LogMels"),
    "Resnet": ("Frames", "LogMels"),
    "Cvae": ("Frames",),
    "Flow": ("Frames",),
}
"""What each net may see of a segment."""

GENERATORS = {
    "Cvae": ("mse", "kl_style", "kl_steps", "texture", "guide"),
    "Flow": ("velocity", "mse", "guide"),
}
"""Of the nets that generate, the terms of their losses; the first one's are asked of a user's own net."""
