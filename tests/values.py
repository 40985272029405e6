"""Some 350 values that people may type, and whether the programs take them.

``tests/test_values.py`` tries some of them in its own process, ``tests/torture.py`` all of them as commands.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """Words behind a program's name.

    Attributes:
        program: ``train``, ``synthesize`` or ``paper``.
        words: as typed.
        accepted: whether they make sense; if not, they are refused in one sentence with status 2, and nothing is left.
        late: whether the program has to look at the corpus or plan a sweep to find out; without composing or training.
    """

    program: str
    words: tuple[str, ...]
    accepted: bool
    late: bool = False


QUOTES = "'"
COUNTS = "abc 1.5 null -1 0 true inf nan [1] {a:1} 1e9999 '' 99999999999"
REFUSED = {
    "train": {
        "epochs": COUNTS,
        "batch_size": COUNTS,
        "lr": "abc null -1 0 true inf nan [1] {a:1} ''",
        "seed": "abc null -1 1.5 true inf nan [0] 4294967296 ''",
        "fold": "abc null -1 1.5 true",
        "folds": "abc 1 0 -1 1.5 true",
        "train_share": "abc null -1 0 1.1 true inf nan [1]",
        "segment_seconds": "abc null -1 0 true inf nan 1e9 0.001 [3]",
        "hop_seconds": "abc null -1 0 true inf nan 1e9 1e-9 [3]",
        "segments_per_track": "abc -1 0 1.5 true inf",
        "threads": "abc -1 0 1.5 true inf 99999",
        "genres": "[]",
        "class_weights": "abc 5 true",
        "encoder": "abc 5 true [musicnn] musicnn",  # the last one: not for model=cnn
        "on_broken": "abc null 5 true [skip]",
        "cache": "null ''",
        "runs": "null ''",
        "run_dir": "null ''",
        "resume": "nope 5 '' true",
        "guide": "nope",
        "optimizer": "null 5 adam [1]",
        "optimizer.lr": "abc null -1 0 inf",
        "optimizer.fused": "abc 5",
        "optimizer._target_": "null 5 torch.optim.RMSprop torch.optim.Nope torch.optim.LBFGS os.system ''",
        "optimizer.weight_decay": "-1 abc inf",
        "optimizer.betas": "0.9 [0.9] [0.9,1] [a,b]",
        "optimizer.momentum": "0.9",
        "optimizer.nope": "1",
        "model": "nope null 5 ''",
        "data": "nope null 5",
        "trainer": "nope null gpus",
        "logger": "nope null 5",
        "callbacks": "nope null",
        "experiment": "nope paper/nope",
        "hydra/launcher": "nope",
        "model.net": "null 5 abc",
        "model.net.channels": "null [] [0] [-1] [1.5] 8 abc [64,a]",
        "model.net.dropout": "-0.1 1 1.5 abc null nan true",
        "model.net.batch_norm": "abc 5 null",
        "model.net.pooling": "max null 5",
        "model.net.hiden": "5",
        "model.net._target_": "null 5",
        "model.view": "null 5",
        "model.view.features": "[mfc] [] mfcc null 5",
        "model.view._target_": "null gtzan.data.views.Nope gtzan.data.views.LogMels gtzan.data.views.Blocks",
        "model.nope": "5",
        "features": "null 5",
        "features.n_mfcc": "0 -1 abc null 1.5 129 true 4",
        "features.n_fft": "0 -2 abc 2047 1.5",
        "features.hop_length": "0 -1 abc",
        "features.n_mels": "0 abc 10",
        "features.sample_rate": "0 abc 22051 null",
        "features.roll_percent": "0 1 1.5 abc",
        "features.nope": "5",
        "data.root": "''",
        "data.csv": "x.csv",
        "data.subset": "small",
        "data.tracks_per_genre": "0 -1 abc null 1.5",
        "data.seconds": "0 -1 abc null inf 1e9",
        "data.seed": "-1 abc null 1.5",
        "data._target_": "null 5",
        "data.nope": "5",
        "augment": "nope null 5 music",  # the last one: not for MFCCs
        "augment.mixup": "-1 abc null inf true",
        "augment.label_smoothing": "-0.1 1 abc null",
        "augment.gain": "3 -1 abc",
        "augment.mixip": "0.2",
        "trainer.max_epochs": "0 -1 abc null 1.5",
        "trainer.check_val_every_n_epoch": "0 -1 abc null 1.5",
        "trainer.devices": "0 -2 abc 1.5 2 null []",
        "trainer.accelerator": "nope null 5 gpus",
        "trainer.precision": "nope null 5 12 bf17",
        "trainer.num_sanity_val_steps": "-2 abc",
        "trainer.fast_dev_run": "-1 abc",
        "trainer.limit_train_batches": "0 -1 abc 1.5",
        "trainer.limit_predict_batches": "0 1 0.5",
        "trainer.max_steps": "0 -2 abc",
        "trainer.overfit_batches": "-1 abc 1.5 null",
        "trainer.gradient_clip_val": "-1 abc",
        "trainer.gradient_clip_algorithm": "nope",
        "trainer.accumulate_grad_batches": "0 abc null",
        "trainer.val_check_interval": "0 -1 abc 1.5",
        "trainer.log_every_n_steps": "-1 abc",
        "trainer.deterministic": "abc 5",
        "trainer.profiler": "nope",
        "trainer.enable_checkpointing": "false",
        "trainer.barebones": "true",
        "trainer.logger": "true false",
        "trainer.callbacks": "[]",
        "trainer.fast_dev_rum": "true",
        "callbacks.last": "null 5",
        "callbacks.history": "null",
        "callbacks.average": "5",
        "callbacks.average.steps": "0 abc",
        "callbacks.best.mode": "nope",
        "callbacks.progress.refresh_rate": "-1 abc",
        "modle": "cnn",
        "epoch": "3",
        "genre": "pop",
        "+modle": "cnn",
        "+epochs": "3",
        "+model": "dense",
    },
    "synthesize": {
        "n": "abc null -1 0 1.5 true inf [1]",
        "seconds": "abc null -1 0 true inf nan 1e9 0.01",
        "temperature": "abc null -1 inf nan true",
        "seed": "-1 1.5 abc null",
        "genre": "[]",
        "ckpt": "nope 5 '' true",
        "judge": "nope 5 '' true",
        "guide": "nope",
        "model": "cnn nope",
        "model.net.steps": "0 -1 abc 1.5",
        "model.net.patch": "0 -2 abc null",
        "model.net.width": "0 abc null",
        "model.weights.mse": "-1 abc null inf",
        "model.weights": "null 5",
        "model.weights.nope": "1",
        "genres": "[]",
        "temprature": "1",
    },
    "paper": {
        "epochs": "-1 abc 0",
        "lr": "inf abc",
        "batch_size": "0",
        "model": "cnn",
        "nope": "5",
        "seed": "0,1 -1",
        "data": "nope",
        "trainer": "nope",
    },
}
LINES = {
    "train": """
        cnn; model cnn; --epochs 3; --epochs=3; --model cnn; epochs 3; -e 3; train; --hlp; --cfg nope; ~nope;
        ~model; ~callbacks.last; ~epochs; epochs=1,2; epochs=${nope}; model=dense
        model.net.hidden=[0]; model=dense model.net.hidden=[]; model=dense model.net.hidden=5; model=dense
        model.view.statistics=[median]; model=convlstm model.net.block=0; model=lda
        model.net.hidden=[8]; model=blocks features.n_mfcc=20; model=blocks model.net.l2=0;
        model=resnet model.net.channels=[0]; model=resnet features.n_mfcc=20; segment_seconds=0.06;
        model=convlstm segment_seconds=0.2; data=folder; epochs=3 epochs=abc; trainer=gpu trainer.devices=99;
        trainer=ddp trainer.accelerator=cpu trainer.devices=3; optimizer._target_=torch.optim.SGD +optimizer.betas=5;
        optimizer._target_=torch.optim.SGD optimizer.nesterov=true; optimizer.foreach=true; -m epochs=abc;
        batch_size=8 =3; -m
        modle=cnn
    """,
    "synthesize": """
        pop; genre pop; --n 3; genres pop; n=1,2; model=generator_lstm model.net.lstm=0;
        model=generator_lstm model.net.lstm=1.5; model=generator model.net.stride=3; model=generator model.net.stride=0
    """,
    "paper": """
        cnn; epochs=[x
    """,
}
"""Refused, too, divided by semicolons."""

LATE = {
    "train": """
        split=70/40; split=0/100; split=nope; split=5; split=true; split=fault_filtered; split=kfold folds=99;
        split=kfold fold=10; split=artist fold=5; split=artist folds=9; split=80/20 fold=1; split=80/20 folds=5;
        genres=all; genres={a:1}; genres=[[pop,rock]]; genres=nope; genres=pop; genres=[pop]; genres=[pop,nope];
        genres=5; data.root=nope; data.store=nope; data=folder data.root=nope; data=gtzan data.root=nope;
        data=table data.csv=nope.csv; data=fma data.root=nope data.metadata=nope; data=mirdata data.name=beatles;
        split=predefined;
        data.tracks_per_genre=1; data.root=5; model=probe;
        model=dense model.view.features=[mfcc,embedding]; -m model=nope,cnn; resume=nope -m; -m run_dir=x;
        -m epochs=0,-1; -m split=70/40,80/10
    """,
    "synthesize": """
        genre={a:1}; genre=nope; genre=[pop,nope]; genre=5; genre=true; split=70/40; genres=[pop,nope]
    """,
}
"""Refused as soon as the corpus is known or the sweep is planned."""

ACCEPTED = {
    "train": """
        epochs=1; epochs='5'; batch_size=64; lr=1; lr=1e-3; seed=0; seed=4294967295; fold=2; folds=null; split=null;
        split=80/20; split=kfold; genres=null; genres=[pop,jazz]; guide=null; segment_seconds=3;
        segment_seconds=0.5; hop_seconds=1.5; segments_per_track=null; threads=null; threads=2; on_broken=error;
        model=dense; model=lda; model=blocks; model=convlstm; model=resnet; model=generator; model=generator_lstm;
        model=flow; data=builtin;
        data=gtzan; data=folder data.root=x; data=table data.csv=x.csv; logger=csv; logger=none;
        callbacks.average=null; callbacks.progress=null; augment=light; augment.mixup=1; model=dense augment=light;
        model=resnet augment=music; model=resnet augment=light augment.gain=3; model=blocks augment=none;
        trainer.precision=bf16-mixed; trainer.precision=32; trainer.max_epochs=1; trainer.fast_dev_run=true;
        trainer.limit_train_batches=2; trainer.limit_train_batches=0.5; trainer.overfit_batches=1;
        trainer.gradient_clip_val=1.0; trainer.num_sanity_val_steps=2; trainer.deterministic=warn; train_share=0.1;
        trainer.profiler=simple; +trainer.max_steps=5; trainer.max_time=00:00:10:00; trainer=ddp
        trainer.accelerator=cpu trainer.devices=2; features.n_mfcc=40; features.n_fft=4096; model.net.dropout=0;
        model.net.channels=[8,8]; +model.net.hidden=64; model.net.pooling=flatten; model=dense model.net.hidden=[8];
        optimizer.weight_decay=0.1; ~optimizer.fused; optimizer.fused=null; optimizer._target_=torch.optim.SGD
        optimizer.momentum=0.9; optimizer._target_=torch.optim.AdamW; optimizer._target_=torch.optim.RMSprop
        ~optimizer.fused; data.tracks_per_genre=2; data.seconds=5; cache=~/x; runs=音楽; runs=a=b; runs=a&b; runs=a#b;
        runs=it's; runs=[a; runs=(a; runs=a,b; runs=a b; data.root=音楽/ロック; data.name=音楽; genres=[R&B,ドラム];
        genres=[null,true,1980]; experiment=paper/cnn; resume=null; hop_seconds=${segment_seconds}; model=cnn -m
        batch_size=16,32,64; --multirun seed=0,1
    """,
    "synthesize": """
        genre=classical; genre=all; genre=null; genre=[pop,metal]; n=20; seconds=30; temperature=0.8; temperature=0;
        seed=0; model=generator; model.net.guidance=1; ckpt=null; judge=null; -m seed=0,1; genre=hip hop;
        model=generator model.net.lstm=null; genre=[R&B,ロック]; experiment=paper/pca; genres=[classical,pop,metal]
    """,
    "paper": """
        data=builtin; segments_per_track=2; trainer.precision=bf16-mixed; epochs=1
    """,
}


def cases() -> Iterator[Case]:
    """Every case."""
    for program, keys in REFUSED.items():
        for key, values in keys.items():
            for value in values.split():
                yield Case(program, (f"{key}={value.strip(QUOTES)}",), accepted=False)
    for accepted, late, lines in ((False, False, LINES), (False, True, LATE), (True, False, ACCEPTED)):
        for program, texts in lines.items():
            for text in " ".join(texts.split()).split("; "):
                words = (text,) if _is_one_word(text) else tuple(text.split())
                yield Case(program, words, accepted, late)


def _is_one_word(text: str) -> bool:
    """Whether spaces belong to a value, such as ``genre=hip hop``."""
    first, _, rest = text.partition(" ")
    return "=" in first and bool(rest) and not any(sign in rest for sign in "=-~")
