"""A listening page in a real browser, answered by keys alone, from its first question to the evaluation."""

import json
import time
from pathlib import Path

import pytest

from gtzan.cli.main import main
from gtzan.evaluation.listening.key import Key
from gtzan.reports.listening_page import write_listening_page
from tests.reports.test_listening_page import GENRES, material
from tests.test_browser import browser, opened, pytestmark, said  # noqa: F401

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install -e '.[dev]'")
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.wait import WebDriverWait  # noqa: E402

CLIPS = "return [...document.querySelectorAll('audio')].map(audio => audio.src)"
SOUNDS = "return Object.entries(test.sounds)"
ENABLED = "return !document.querySelector('#choices button').disabled"
PREFERRED = ("copy", "real", "generated")


class Listener:
    """Who knows the key, and presses keys."""

    def __init__(self, driver, key: Key) -> None:
        self.driver, self.key = driver, key
        self.names = {sound: name for name, sound in driver.execute_script(SOUNDS)}

    def press(self, *keys: str) -> None:
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def text(self, id_: str) -> str:
        return self.driver.find_element(By.ID, id_).text

    def shown(self, id_: str) -> bool:
        return self.driver.find_element(By.ID, id_).is_displayed()

    def clips(self) -> list:
        return [self.key.clips[self.names[source]] for source in self.driver.execute_script(CLIPS)]

    def listen(self) -> None:
        """One key plays a clip, or two, one after the other."""
        self.press(Keys.SPACE)
        WebDriverWait(self.driver, 5, poll_frequency=0.02).until(lambda driver: driver.execute_script(ENABLED))

    def answer(self) -> str:
        """Knows the genres, but of what is generated; prefers copies to real music and that to generated."""
        clips = self.clips()
        if len(clips) == 2:
            return str(1 + min((0, 1), key=lambda i: PREFERRED.index(clips[i].kind)))
        return "x" if clips[0].kind == "generated" else str(1 + GENRES.index(clips[0].genre))


@pytest.fixture
def listener(browser, tmp_path) -> Listener:  # noqa: F811
    key = write_listening_page(tmp_path, material(seconds=0.1))
    opened(browser, tmp_path / "listening.html")
    browser.execute_script("localStorage.clear()")
    browser.refresh()
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    return Listener(browser, key)


def downloaded(folder: Path, key: Key) -> Path:
    for _ in range(100):
        if found := list(folder.glob(f"listening_{key.page}_*.json")):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"nothing was saved: {sorted(folder.iterdir())}")


def test_answers_by_keys_come_out_as_they_went_in(listener, browser, tmp_path, capsys):  # noqa: F811
    listener.press("Ann 演", Keys.ENTER)
    assert listener.text("where") == "Question 1 of 12"
    listener.press("1", Keys.ENTER)
    assert listener.text("where") == "Question 1 of 12"  # not before listening
    order = []
    while not listener.shown("end"):
        order.append([clip.source for clip in listener.clips()])
        words = browser.find_element(By.TAG_NAME, "body").text
        assert not any(word in words for word in ("copy", "generated", "held-out", "source-"))
        listener.listen()
        listener.press(listener.answer(), Keys.ENTER)
        assert len(order) <= 12
    assert [len(clips) for clips in order] == [1] * 6 + [2] * 6
    assert order != sorted(order)
    listener.press(Keys.ENTER)
    path = downloaded(tmp_path, listener.key)
    assert said(browser) == []

    document = json.loads(path.read_text())
    assert set(document) == {"page", "listener", "seed", "started", "finished", "answers", "checksum"}
    assert document["listener"] == "Ann 演"
    assert main(["listening", str(path), "--json"]) == 0
    results = {r["clips"]: r for r in json.loads(capsys.readouterr().out)["results"]}
    assert {name: (r["count"], r["n"]) for name, r in results.items()} == {
        "real over copy": (0, 2),
        "real over generated": (2, 2),
        "copy over generated": (2, 2),
        "real": (2, 2),
        "copy": (2, 2),
        "generated": (0, 2),
    }
    assert results["generated"]["dont_know"] == 2


def test_the_page_goes_back_and_goes_on_after_it_was_closed(listener, browser):  # noqa: F811
    listener.press(Keys.ENTER)
    listener.listen()
    listener.press("2", Keys.ENTER)
    first = [clip.source for clip in listener.clips()]
    browser.refresh()
    assert listener.text("where") == "Question 2 of 12"
    assert [clip.source for clip in listener.clips()] == first
    listener.press(Keys.BACKSPACE)
    pressed = browser.find_elements(By.CSS_SELECTOR, "#choices [aria-pressed=true]")
    assert [button.get_attribute("data-key") for button in pressed] == ["2"]
    listener.press("3", Keys.ENTER, Keys.BACKSPACE)
    pressed = browser.find_elements(By.CSS_SELECTOR, "#choices [aria-pressed=true]")
    assert [button.get_attribute("data-key") for button in pressed] == ["3"]
    assert said(browser) == []


def test_two_listeners_have_their_own_orders(listener, browser):  # noqa: F811
    orders = []
    for _ in range(2):
        browser.execute_script("localStorage.clear()")
        browser.refresh()
        listener.press(Keys.ENTER)
        orders.append(browser.execute_script("return order.map(question => question.name + question.clips)"))
    assert orders[0] != orders[1]
    assert sorted(map(len, orders[0])) == sorted(map(len, orders[1]))
