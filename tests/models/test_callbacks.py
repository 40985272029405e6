from types import SimpleNamespace

from lightning.pytorch.callbacks import EarlyStopping

from gtzan.models.callbacks import NOT_STOPPED, History, StayStopped


def test_the_log_says_every_half_minute_how_much_longer_a_training_will_take(monkeypatch, caplog):
    caplog.set_level("INFO")
    now = [0.0]
    monkeypatch.setattr("gtzan.models.callbacks.time", SimpleNamespace(monotonic=lambda: now[0]))
    history, trainer = History(), SimpleNamespace(current_epoch=10, max_epochs=20, callback_metrics={"train/loss": 0.5})
    now[0] = 100.0  # before the first step, and epochs before a resumed training, tell nothing
    history.on_train_start(trainer, None)
    history.last_log_time = 100.0
    for epoch in (10, 11, 12):
        trainer.current_epoch = epoch
        now[0] += 20
        history.on_train_epoch_end(trainer, None)
    assert [record.getMessage() for record in caplog.records] == ["epoch 12 of 20, about 3 min left: train/loss 0.500"]
    assert [row["epoch"] for row in history.rows] == [11, 12, 13]


def test_what_stopped_in_its_first_epoch_stays_stopped():
    """The epoch that Lightning writes down is 0 then, as it is before anything has stopped."""
    for state, epochs, stops in ((0, 1, True), (NOT_STOPPED, 1, False), (NOT_STOPPED, 0, False), (0, 2, False)):
        early_stopping = EarlyStopping("train/loss")
        trainer = SimpleNamespace(early_stopping_callbacks=[early_stopping], should_stop=False, current_epoch=epochs)
        callback = StayStopped()
        callback.setup(trainer, None, "fit")
        early_stopping.load_state_dict({**early_stopping.state_dict(), "stopped_epoch": state})
        callback.on_train_start(trainer, None)
        assert trainer.should_stop == stops
