import threading
import time

import pytest

from gtzan.cli.serve import HOST
from gtzan.cli.serving.page import render_page
from gtzan.cli.serving.predictions import UploadPredictor
from gtzan.experiments.runs.folder import RunFolder


def test_the_page_says_what_the_models_are_and_loads_nothing_from_elsewhere(ask, uploads, music):
    status, html = ask("GET", "/")
    assert status == 200
    assert f"trained on {uploads.predictor.corpus}" in html
    assert f"<code>{music.run.path.name}</code>" in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html


def test_synthetic_music_is_labelled(uploads, music, tiny_run, monkeypatch):
    monkeypatch.setattr(uploads.predictor, "corpus", "some corpus (synthetic music)")
    html = render_page(uploads, RunFolder(tiny_run), music, calibrated=True)
    assert "This is synthetic music composed by rules." in html


@pytest.mark.parametrize("host", ["evil.example", f"{HOST}.evil.example", "192.168.1.2:8765", ""])
def test_another_name_for_this_machine_is_refused(ask, host):
    assert ask("GET", "/", headers={"Host": host})[0] == 400


@pytest.mark.parametrize("path", ["/predictions", "/explanations", "/music", "/ratings"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_is_refused(ask, music, path, origin):
    status, answer = ask("POST", path, b"{}", {"Origin": origin})
    assert (status, answer) == (403, {"error": "a request of another site"})


def test_its_own_page_is_answered(ask, server, tiny_corpus):
    content = tiny_corpus.tracks[0].path.read_bytes()
    own = {"Host": f"localhost:{server}", "Origin": f"http://localhost:{server}"}
    assert ask("POST", "/predictions", content, own)[0] == 200


@pytest.mark.parametrize("path", ["/etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/predictions/x"])
def test_no_path_leads_to_a_file(ask, path):
    assert ask("GET", path)[0] == 404


def test_one_prediction_is_made_at_a_time(ask, tiny_corpus, monkeypatch):
    running, most = [], []
    predict = UploadPredictor.predict

    def counted(*arguments):
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        running.pop()
        return predict(*arguments)

    monkeypatch.setattr(UploadPredictor, "predict", counted)
    content = tiny_corpus.tracks[0].path.read_bytes()
    threads = [threading.Thread(target=ask, args=("POST", "/predictions", content)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]
