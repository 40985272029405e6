import math

import pytest
from jinja2 import DictLoader, UndefinedError

from gtzan.reports import page

EVIL = "</script><img src=x onerror=alert(1)>"
TEMPLATE = """{% extends "page.html.j2" %}{% block title %}{{ name }}{% endblock %}{% block content %}<p>{{ name }}</p>
{% endblock %}{% block data %}<script type="application/json">{{ [name] | tojson }}</script>{% endblock %}"""


@pytest.fixture
def template(monkeypatch):
    environment = page._environment()
    base = environment.loader
    shared = [name for name in base.list_templates() if name.startswith(("page.", "print."))]
    both = {name: base.get_source(environment, name)[0] for name in shared}
    monkeypatch.setattr(environment, "loader", DictLoader(both | {"some.html.j2": TEMPLATE}))
    return "some.html.j2"


def test_names_stay_text_in_html_and_in_json(template):
    html = page.render(template, name=EVIL)
    assert "<img" not in html
    assert html.count("</script>") == 1
    page.render(template, name="\udcff").encode()  # bytes that are no text


def test_a_forgotten_value_is_an_error(template):
    with pytest.raises(UndefinedError):
        page.render(template)


def test_nothing_is_loaded_from_elsewhere(template):
    html = page.render(template, name="x")
    assert "default-src 'none'" in html
    assert "script-src 'none'" in html
    assert not {"http:", "https:", "url(", "@import"} & set(html.replace("=", " ").split())


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_no_number_is_a_dash(value):
    assert page.percent(value) == page.number(value) == "—"
    assert page.interval({"a_low": value, "a_high": 1.0}, "a") == ""


def test_numbers_as_printed():
    assert page.percent(0.835, 1) == "83.5%"
    assert page.number(0.835) == "0.83"
    assert page.interval({"a_low": 0.742, "a_high": 0.899}, "a") == "74.2–89.9%"


@pytest.mark.parametrize("name", ["a b#1?.wav", "javascript:alert(1)", "//host/a", "\udcff"])
def test_a_link_leads_to_a_file_beside_the_page(name):
    assert page.link(name).startswith("./")
    assert not set("#?: ") & set(page.link(name))


def test_a_link_has_slashes_on_every_system(monkeypatch):
    monkeypatch.setattr(page.os, "sep", "\\")
    assert page.link("..\\points\\a\\report.html") == "./../points/a/report.html"
