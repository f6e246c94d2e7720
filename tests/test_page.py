"""The replay page: what it holds is the library's, and so is what a reader who clicks through it in Chromium sees."""

import io
import json
import os
import re
import shutil
import time
from importlib.resources import files

import pytest

from microbp import Net, Trace
from microbp.arithmetic import sigmoid
from microbp.cli import main
from microbp.data import Columns, read_csv
from microbp.teach import equations, page
from microbp.teach.formula import digits
from microbp.teach.html import line

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
Y = [[0], [1], [1], [0]]
NAMES = ["</script><script>hacked=1</script>", "<img src=x onerror=hacked=1>", "--><b onclick=hacked=1>&amp;\u2028</b>"]


def xor_trace(steps=60):
    return Net(2, 2, 1, seed=7).trace(X, Y, eta=2, steps=steps)


def deep_trace():
    """Three hidden layers of other activations, softmax, and a layer that is frozen on the way."""
    net = Net(3, 4, 2, 2, activation=["tanh", "relu"], output="softmax", loss="cross_entropy", seed=3)
    trace = net.trace([[0.5, -1.0, 2.0], [-0.25, 0.5, 0.0]], [[1, 0], [0, 1]], eta=0.125, steps=4)
    trace.net.layers[0].freeze()
    trace.run(3)
    return trace


def wide_trace():
    X = [[((i * k) % 7) / 7 for i in range(40)] for k in (1, 2, 3)]
    return Net(40, 9, 7, seed=1).trace(X, [[float(j == k) for j in range(7)] for k in range(3)], steps=7)


def hostile_trace():
    header = ",".join('"' + name.replace('"', '""') + '"' for name in NAMES)
    table = read_csv(io.BytesIO(f"{header}\n1,2,3\n3,1,2\n2,2,5\n".encode()), header=True, delimiter=",")
    columns = Columns.learn(table, [NAMES[2]], "regression")
    net = Net(2, 2, 1, seed=1)
    net.columns = columns
    return net.trace(*columns.encode(table), steps=6)


TRACES = {"xor": xor_trace, "deep": deep_trace, "wide": wide_trace, "hostile": hostile_trace}


def shown(number):
    """A number as the page shows it."""
    return digits(number).replace("-", "−")


# What the page holds -------------------------------------------------------------------------------------------------


def data_of(text):
    """The data of a page."""
    (data,) = re.findall('<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(data)


@pytest.mark.parametrize("name", TRACES)
def test_every_number_of_the_page_is_that_of_the_step(name):
    trace = TRACES[name]()
    data = data_of(page.page(trace))
    refs = data["refs"]
    assert len(data["steps"]) == len(trace)
    for (k, before, after, _, row), step in zip(data["steps"], trace):
        tables = [("sample", "", data["samples"][k]), ("step", "", row)]
        tables += [("state", "", data["states"][before]), ("state", "new_", data["states"][after])]
        for table, prefix, numbers in tables:
            wanted = [equations.value(step, prefix + ref) for ref in refs[table]]
            assert list(map(float, numbers.split(" "))) == wanted
    assert list(map(float, data["error"].split(" "))) == trace.error


@pytest.mark.parametrize("name", TRACES)
def test_every_quantity_of_every_formula_is_held(name):
    data = data_of(page.page(TRACES[name]()))
    held = {ref for table in data["refs"].values() for ref in table}
    for formulas in data["formulas"]:
        for texts in formulas.values():
            for ref in re.findall('<mn data-ref="([^"]*)"></mn>', " ".join(texts)):
                assert ref.removeprefix("new_") in held
    named = [name for phase in data["phases"] for name in phase if name]
    named += [name for names in data["where"].values() for name in names]
    assert set(named) <= set(data["formulas"][0])
    assert "E" in data["phases"][0]


def test_a_run_without_edits_has_one_state_more_than_steps():
    data = data_of(page.page(xor_trace(25)))
    assert [step[1:3] for step in data["steps"]] == [[t, t + 1] for t in range(25)]
    assert len(data["states"]) == 26


def test_of_wide_layers_the_ends_are_drawn():
    data = data_of(page.page(wide_trace()))
    assert data["drawn"] == [[0, 1, 2, None, 37, 38, 39], [0, 1, 2, None, 6, 7, 8], [0, 1, 2, None, 4, 5, 6]]
    assert len([ref for ref in data["refs"]["state"] if ref.startswith("weights.0.")]) == 36


def test_frozen_parameters_make_another_form():
    data = data_of(page.page(deep_trace()))
    assert [step[3] for step in data["steps"]] == [0, 0, 0, 0, 1, 1, 1]
    free, frozen = (formulas["dweights.0.1.2"] for formulas in data["formulas"])
    assert (len(free), len(frozen)) == (1, 2)
    assert "frozen" in frozen[0]
    assert "冻结" in frozen[1]


@pytest.mark.parametrize("name", TRACES)
def test_the_page_is_complete_in_itself(name):
    text = page.page(TRACES[name]())
    assert "://" not in text
    assert not re.search(r"""(src|href)=["'](?!data:,)""", text)
    assert not re.search("@[A-Z_]+@", text)
    assert text.count("<script") == text.count("</script") == 2


def test_no_text_in_the_data_ends_the_script():
    text = page.page(hostile_trace())
    assert all(name not in text for name in NAMES)
    assert [*data_of(text)["names"][0], *data_of(text)["names"][1]] == NAMES
    assert page.embedded("<&>\u2028\u2029@DATA@") == '"\\u003c\\u0026\\u003e\\u2028\\u2029@DATA@"'


def test_the_installed_package_has_the_parts_of_the_page():
    for name in ("page.html", "page.js"):
        assert files("microbp.teach").joinpath(name).is_file()


def test_what_cannot_be_a_page(tmp_path):
    trace = xor_trace(5)
    for call, message in [
        (lambda: trace.to_html(tmp_path / "page.html", lang="fr"), "lang must be one of en, zh, got 'fr'"),
        (lambda: trace.to_html(tmp_path / "page.html", start=5), "start must be a whole number from 0 to 4, got 5"),
        (lambda: Trace(trace.net, X, Y).to_html(tmp_path / "page.html"), "at least one step, and this trace has none"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(ValueError, match=r"^a page of 3000 steps is more than 1 MB, which hold 1\d{3} steps"):
        page.page(xor_trace(3000), largest=1_000_000)
    assert page.LARGEST == 20_000_000
    assert not list(tmp_path.iterdir())


def test_the_size_of_pages():
    assert len(page.page(xor_trace(400))) < 350_000
    X = [[((i * k) % 7) / 7 for i in range(784)] for k in (1, 2, 3)]
    trace = Net(784, 30, 10, seed=1).trace(X, [[0.0] * 10] * 3, steps=20)
    assert len(page.page(trace)) < 600_000


def test_the_command_line_writes_a_page(tmp_path, capsys):
    path = tmp_path / "xor.html"
    assert main(["explain", "--seed", "7", "--eta", "2", "--row", "2", "--html", str(path), "--lang", "zh"]) == 0
    assert capsys.readouterr().out == f"saved    {path}: 200 steps, 0.2 MB; open it in a browser\n"
    data = data_of(path.read_text(encoding="utf-8"))
    assert (data["lang"], len(data["steps"]), [step[0] for step in data["steps"][:5]]) == ("zh", 200, [1, 2, 3, 0, 1])
    step = Net(2, 2, 1, seed=7).explain([0, 1], [1], 2)
    assert data["steps"][0][4].split(" ")[0] == repr(step.E)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "3"], "--steps goes with --html"),
        (["--html", "page.html", "--steps", "0"], "--steps must be a whole number >= 1, got 0"),
        (["--html", "page.html", "--latex"], "--html and --latex do not go together"),
        (["--html", "no such folder/page.html"], "No such file or directory"),
        (["model.json", "--seed", "3"], "--seed is for XOR; a model has its parameters"),
    ],
)
def test_the_command_line_refuses(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["explain", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# In a browser --------------------------------------------------------------------------------------------------------

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1400,1000"
)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A Chromium that is driven from outside, which tells of its console and of every request."""
    programs = [shutil.which("chromium"), shutil.which("chromedriver")]
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        webdriver = None
    if webdriver is None or None in programs:
        reason = "the page's test needs chromium, chromedriver and selenium (microbp[test,browser])"
        if os.environ.get("MICROBP_REQUIRE_BROWSER") == "1":
            pytest.fail(f"MICROBP_REQUIRE_BROWSER=1, but {reason}")
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(programs[1]))
    driver.get("about:blank")
    driver.get_log("performance")  # without what the browser loads for itself
    yield driver
    driver.quit()


class Page:
    """An open page: what a reader does with it and sees in it."""

    def __init__(self, driver, trace):
        self.driver = driver
        self.trace = trace

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def text(self, selector):
        return self.one(selector).text

    def click(self, selector):
        self.one(selector).click()

    def choose(self, key):
        """A click on a part of the drawing, at a place of it where no other part lies over it."""
        from selenium.webdriver import ActionChains

        x, y = self.run(
            """const part = document.querySelector(`#net g[data-key="${arguments[0]}"]`);
            const [shape, transform] = [part.querySelector("line, circle, rect"), part.getScreenCTM()];
            for (let at = 0; at <= 1; at += 0.02) {
              const on = shape.getPointAtLength(shape.getTotalLength() * at).matrixTransform(transform);
              const box = shape.getBoundingClientRect(), isLine = shape.localName === "line";
              const [x, y] = isLine ? [on.x, on.y] : [box.x + box.width / 2, box.y + box.height / 2];
              if (document.elementFromPoint(x, y)?.closest("[data-key]") === part) return [x, y];
            }""",
            key,
        )
        actions = ActionChains(self.driver)
        actions.w3c_actions.pointer_action.move_to_location(round(x), round(y))
        actions.click().perform()

    def press(self, *keys):
        from selenium.webdriver import ActionChains, Keys

        for key in keys:
            ActionChains(self.driver).send_keys(getattr(Keys, key)).perform()

    def hover(self, element):
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).move_to_element(element).perform()

    @property
    def frame(self):
        """The step that is shown, and its phase."""
        phases = [button.get_attribute("aria-pressed") for button in self.all("#phases button")]
        return int(self.one("#steps").get_attribute("value")), phases.index("true")

    def equations(self):
        """Each equation shown: its name, its text, and its numbers with their references."""
        return self.run(
            """return [...document.querySelectorAll("[data-equation]")].map((line) => [line.dataset.equation,
            line.textContent, [...line.querySelectorAll("mn[data-ref]")].map((n) => [n.dataset.ref, n.textContent])])"""
        )

    def check(self):
        """Whatever is shown is what the library computed for this step."""
        t, phase = self.frame
        step = self.trace[t]
        found = self.equations()
        for _, _, numbers in found:
            for ref, number in numbers:
                assert number == shown(equations.value(step, ref)), ref
        for ref, text in self.run(
            "return [...document.querySelectorAll('#net text[data-ref]')].map((n) => [n.dataset.ref, n.textContent])"
        ):
            if text:
                number = text.split("=")[-1].strip().replace("−", "-")
                assert float(number) == pytest.approx(equations.value(step, ref), rel=0.06), ref
        numbers = dict(re.findall("(E|η) = ([−0-9.e]+)", self.text("#status")))
        assert numbers == {"E": shown(step.E), "η": shown(step.eta)}
        error = self.trace.error[t + (phase == 2)]
        assert shown(error) in self.text("#means")
        return found

    def sound(self):
        """No error in the console, no request but for the file, no script that is not the page's."""
        assert self.driver.get_log("browser") == []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                assert url.startswith(("file://", "data:")), url
        assert self.run("return typeof hacked") == "undefined"


@pytest.fixture
def opened(chromium, tmp_path):
    """A function that opens the page of a trace; what was opened is looked at for errors in the end."""
    pages = []

    def opened(trace, **more):
        path = tmp_path / f"{len(pages)}.html"
        trace.to_html(path, **more)
        chromium.get(path.as_uri())
        pages.append(Page(chromium, trace))
        return pages[-1]

    chromium.set_window_size(1400, 1000)
    yield opened
    for used in pages:
        used.sound()


PHASES = [["signals.0.0", "outputs.1.0", "signals.0.1", "outputs.1.1", "signals.1.0", "outputs.2.0", "E"],
          ["gradients.1.0", "gradients.0.0", "gradients.0.1"],
          ["dweights.1.0.0", "dweights.1.1.0", "dthresholds.1.0", "dweights.0.0.0", "dweights.0.0.1", "dweights.0.1.0",
           "dweights.0.1.1", "dthresholds.0.0", "dthresholds.0.1"]]  # fmt: skip


def plain(text):
    """A text without spaces and signs that are not seen."""
    return re.sub("[\\s\u200b\u2061\u2062]", "", text)


def test_a_sample_through_forward_backward_and_update(opened):
    page = opened(xor_trace(), start=1)
    assert page.text("h1") == "Back-propagation, step by step"
    assert page.text("#status").startswith("step 2 of 60 · sample 2: x = (0, 1), y = (1)")
    for t in (1, 2):
        for phase in range(3):
            assert page.frame == (t, phase)
            found = page.check()
            names = [name for name, _, _ in found if not name.startswith("definition.")]
            assert names == PHASES[phase]
            step = page.trace[t]
            written = {e.subject: e for part in equations.phases(step) for e in part.equations if e is not None}
            for name, text, _ in found:
                if name in written:
                    assert plain(text) == plain(re.sub("<[^>]*>", "", line(written[name])))
            page.click("#forward")


def test_numbers_are_rounded_as_python_rounds_them(opened):
    page = opened(xor_trace(1))
    numbers = [0.0, 1.0, -2.5, 1 / 3, 2 / 3e5, -1e-4, 9.9999999999e-5, 123456789.125, 9999999999.5, 99999999995.0, 1e22]
    numbers += [sign * k * 2.0**-n for n in range(60) for k in (1, 3, 5, 77) for sign in (1, -1)]  # with ties
    numbers += [(-7 / 3) ** n * 1.1e-9 for n in range(40)] + [5e-324, 1.7976931348623157e308]
    texts = [repr(number) for number in numbers]
    for figures in (4, 10):
        made = page.run(f"return arguments[0].map((text) => rounded(text, {figures}))", texts)
        assert made == [f"{number:.{figures}g}" for number in numbers]


def test_a_calculator_agrees_with_every_digit(opened):
    page = opened(xor_trace(), start=9)
    page.run("const s = document.getElementById('digits'); s.value = 0; s.dispatchEvent(new Event('change'))")
    counted = 0
    for _ in range(6):
        page.run("for (const node of document.querySelectorAll('.after')) node.textContent = ''")
        for name, text, _ in page.equations():
            sides = plain(text).replace("−", "-").replace("⋅", "*").split("=")
            if name.startswith("definition."):
                continue
            typed, result = sides[2:]
            if name == "E":
                typed = re.sub(r"^12(\(.*\))2$", r"1/2*\1**2", typed)
            assert eval(typed, {"f": sigmoid}) == float(result), name
            counted += 1
        page.click("#forward")
    assert counted > 30


def test_buttons_scrubber_and_phases(opened):
    page = opened(xor_trace())
    assert page.frame == (0, 0)
    assert not page.one("#back").is_enabled()
    page.click("#forward")
    page.click("#forward")
    page.click("#forward")
    assert page.frame == (1, 0)
    page.click("#back")
    assert page.frame == (0, 2)
    page.click("#phases button:nth-child(2)")
    assert page.frame == (0, 1)
    page.run("const s = document.getElementById('steps'); s.value = 37; s.dispatchEvent(new Event('input'))")
    assert page.frame == (37, 1)
    assert page.one("#steps").get_attribute("aria-valuetext") == "step 38 of 60"
    page.check()
    page.click("#rewind")
    assert page.frame == (0, 0)
    page.check()


def wait(condition, seconds=10):
    """Until it is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_play_and_pause(opened):
    page = opened(xor_trace())
    page.run("const s = document.getElementById('speed'); s.value = 2; s.dispatchEvent(new Event('change'))")
    assert page.one("#play").get_attribute("aria-label") == "Play"
    page.click("#play")
    assert page.one("#play").get_attribute("aria-label") == "Pause"
    wait(lambda: page.frame[0] >= 2)
    page.click("#play")
    held = page.frame
    assert page.one("#play").get_attribute("aria-label") == "Play"
    time.sleep(0.5)
    assert page.frame == held
    page.check()
    page.run("const s = document.getElementById('speed'); s.value = 3; s.dispatchEvent(new Event('change'))")
    page.click("#play")
    wait(lambda: page.frame == (59, 2))
    wait(lambda: page.one("#play").get_attribute("aria-label") == "Play")
    page.check()
    page.click("#play")  # at the end it begins again
    wait(lambda: page.frame[0] < 50)
    page.click("#play")


def test_the_keyboard(opened):
    page = opened(xor_trace())
    page.press("ARROW_RIGHT", "ARROW_RIGHT")
    assert page.frame == (0, 2)
    page.press("ARROW_RIGHT", "ARROW_LEFT", "PAGE_DOWN", "PAGE_DOWN")
    assert page.frame == (2, 2)
    page.press("PAGE_UP")
    assert page.frame == (1, 2)
    page.press("END")
    assert page.frame == (59, 2)
    page.press("HOME")
    assert page.frame == (0, 0)
    page.press("SPACE")
    assert page.one("#play").get_attribute("aria-label") == "Pause"
    page.press("SPACE")
    assert page.one("#play").get_attribute("aria-label") == "Play"
    page.run("document.getElementById('steps').focus()")
    page.press("ARROW_RIGHT", "ARROW_RIGHT", "ARROW_RIGHT")
    assert page.frame[0] == 3


def test_parts_of_the_drawing_by_keyboard(opened):
    page = opened(xor_trace())
    reached = []
    for _ in range(30):
        page.press("TAB")
        key = page.run("return document.activeElement.dataset.key || ''")
        reached += [key] if key else []
    assert set(reached) == {f"line.0.{i}.{j}" for i in (0, 1) for j in (0, 1)} | {
        "line.1.0.0", "line.1.1.0", "neuron.0.0", "neuron.0.1", "neuron.1.0", "neuron.1.1", "neuron.2.0", "target.0",
    }  # fmt: skip
    page.run("document.querySelector('g[data-key=\"line.1.1.0\"]').focus()")
    page.press("TAB", "ENTER")
    step, chosen = page.trace[0], page.one("[aria-pressed=true][data-key]")
    assert chosen.get_attribute("data-key") == "neuron.0.0"
    page.press("TAB", "TAB", "SPACE")
    chosen = page.one("[aria-pressed=true][data-key]")
    assert chosen.get_attribute("data-key") == "neuron.1.0"
    assert chosen.get_attribute("aria-label") == (
        f"Neuron b_1 = {shown(step.b[0])}, threshold γ_1 = {shown(step.thresholds[0][0])}, α_1 = {shown(step.alpha[0])}"
    )
    ring = page.run("return getComputedStyle(document.activeElement.querySelector('.ring')).stroke")
    assert ring not in ("none", "")
    page.press("ESCAPE")
    assert not page.all("[aria-pressed=true][data-key]")


PARTS = {
    "neuron.0.1": ["signals.0.0", "signals.0.1", "dweights.0.1.0", "dweights.0.1.1"],
    "neuron.1.0": ["signals.0.0", "outputs.1.0", "gradients.0.0", "dthresholds.0.0"],
    "neuron.1.1": ["signals.0.1", "outputs.1.1", "gradients.0.1", "dthresholds.0.1"],
    "neuron.2.0": ["signals.1.0", "outputs.2.0", "E", "gradients.1.0", "dthresholds.1.0"],
    "target.0": ["E", "gradients.1.0"],
    "line.0.0.0": ["signals.0.0", "dweights.0.0.0"],
    "line.0.0.1": ["signals.0.1", "dweights.0.0.1"],
    "line.0.1.0": ["signals.0.0", "dweights.0.1.0"],
    "line.0.1.1": ["signals.0.1", "dweights.0.1.1"],
    "line.1.0.0": ["signals.1.0", "gradients.0.0", "dweights.1.0.0"],
    "line.1.1.0": ["signals.1.0", "gradients.0.1", "dweights.1.1.0"],
}


def test_a_click_shows_the_equations_of_a_neuron_or_a_line(opened):
    page = opened(xor_trace(), start=17)
    for key, names in PARTS.items():
        page.choose(key)
        assert page.one("[aria-pressed=true][data-key]").get_attribute("data-key") == key
        found = page.check()
        assert [name for name, _, _ in found if not name.startswith("definition.")] == names
        assert page.all("#equations .held")
        page.click("#forward")
        page.check()
    page.click("#all")
    assert not page.all("[aria-pressed=true][data-key]")


def test_terms_are_highlighted_where_they_come_from(opened):
    page = opened(xor_trace(), start=5)
    page.hover(page.one('[data-equation="signals.1.0"] mn[data-ref="weights.1.1.0"]'))
    assert [part.get_attribute("data-key") for part in page.all("#net .near")] == ["line.1.1.0"]
    assert {hot.get_attribute("data-ref") for hot in page.all(".hot")} == {"weights.1.1.0"}
    assert page.all("#net text.hot")
    page.hover(page.one('[data-equation="outputs.1.0"] mn[data-ref="thresholds.0.0"]'))
    assert [part.get_attribute("data-key") for part in page.all("#net .near")] == ["neuron.1.0"]
    page.hover(page.one('#net g[data-key="neuron.1.1"] .value'))
    hot = {hot.get_attribute("data-ref") for hot in page.all("#equations .hot")}
    assert hot == {"outputs.1.1"}
    page.run("highlight(document.querySelector('g[data-key=\"neuron.1.1\"]'))")
    hot = {hot.get_attribute("data-ref") for hot in page.all("#equations .hot")}
    assert hot == {"outputs.1.1", "signals.0.1", "thresholds.0.1"}
    page.one('[data-equation="signals.1.0"] mn[data-ref="outputs.1.0"]').click()
    assert page.one("[aria-pressed=true][data-key]").get_attribute("data-key") == "neuron.1.0"


def test_the_drawing_shows_weights_and_outputs(opened):
    page = opened(xor_trace(), start=30)
    step = page.trace[30]

    def style(key, selector, name):
        return page.run(f"return document.querySelector('g[data-key=\"{key}\"] {selector}').style.{name}")

    for n, i, j in [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 1, 0)]:
        w = step.weights[n][i][j]
        assert style(f"line.{n}.{i}.{j}", ".weight", "stroke") == f"var(--{'negative' if w < 0 else 'positive'})"
    widths = [float(style(f"line.1.{i}.0", ".weight", "strokeWidth")) for i in (0, 1)]
    sizes = [abs(step.weights[1][i][0]) for i in (0, 1)]
    assert (widths[0] < widths[1]) == (sizes[0] < sizes[1])
    for key, output in [("neuron.1.0", step.b[0]), ("neuron.1.1", step.b[1]), ("neuron.2.0", step.y_hat[0])]:
        assert float(style(key, ".level", "opacity")) == pytest.approx(output, abs=6e-4)


def test_the_error_curve(opened):
    page = opened(xor_trace(), start=15)
    left, right = 52, page.run("return document.getElementById('curve').clientWidth") - 12
    assert float(page.one("#curve .mark").get_attribute("x1")) == pytest.approx(left + 15 / 60 * (right - left))
    page.click("#phases button:nth-child(3)")
    assert float(page.one("#curve .mark").get_attribute("x1")) == pytest.approx(left + 16 / 60 * (right - left))
    page.click("#curve")
    assert page.frame[0] == pytest.approx(30, abs=4)
    page.check()


def test_languages(opened):
    page = opened(deep_trace(), lang="zh")
    page.run("go(5, 2)")
    assert page.run("return document.documentElement.lang") == "zh-CN"
    assert page.text("h1") == "误差逆传播，一步一步"
    assert "冻结" in page.text("#equations")
    assert page.text("#status").startswith("第 6 步，共 7 步")
    page.check()
    page.click("#language")
    assert page.run("return document.documentElement.lang") == "en"
    assert page.text("h1") == "Back-propagation, step by step"
    assert "frozen" in page.text("#equations")
    assert page.one("#back").get_attribute("aria-label") == "Back one phase"
    assert page.frame == (5, 2)
    page.check()
    left = page.run("return Object.keys(TEXT.en).filter((key) => !(key in TEXT.zh)).length")
    assert left == 0


@pytest.mark.parametrize("name", ["deep", "wide", "hostile"])
def test_every_part_of_other_nets(opened, name):
    page = opened(TRACES[name]())
    for t in (0, len(page.trace) - 1):
        for phase in range(3):
            page.run(f"go({t}, {phase})")
            assert page.check()
    keys = page.run("return [...parts.keys()].filter((key) => !key.startsWith('layer.'))")
    for key in keys[:: 3 if name == "deep" else 15]:
        page.run("choose('')")
        page.run("choose(arguments[0])", key)
        assert page.check()


def test_wide_layers(opened):
    page = opened(wide_trace())
    assert len(page.all(".neuron")) == 18
    assert len(page.all(".line")) == 72
    assert [text for text in page.text("#net").split("\n") if "more" in text] == ["34 more", "3 more", "1 more"]


def test_hostile_names_are_text(opened):
    page = opened(hostile_trace())
    names = page.run("return [...document.querySelectorAll('#net .name')].map((node) => node.textContent)")
    assert names == [NAMES[0][:14] + "…", NAMES[1][:14] + "…", NAMES[2][:17] + "…"]
    label = page.one('g[data-key="neuron.0.1"]').get_attribute("aria-label")
    assert label.endswith(NAMES[1])
    assert not page.all("img, b[onclick]")


def luminance(colour):
    """The relative luminance of a CSS colour rgb(r, g, b), as contrast is reckoned."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    r, g, b = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_readable(opened, chromium, scheme):
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    page = opened(xor_trace())
    page.run("choose('neuron.1.0')")
    back = luminance(page.run("return getComputedStyle(document.querySelector('section')).backgroundColor"))
    assert (back < 0.1) == (scheme == "dark")
    for selector in ("#status", "#equations math", "#equations h3.now", "#hint", "#means", "footer p", "#facts"):
        ink = luminance(page.run("return getComputedStyle(document.querySelector(arguments[0])).color", selector))
        high, low = max(ink, back), min(ink, back)
        assert (high + 0.05) / (low + 0.05) > 4.5, selector
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("width", [360, 700, 1000])
def test_narrow_windows(opened, chromium, width):
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page = opened(xor_trace())
    for phase in range(3):
        page.run(f"go(40, {phase})")
        assert page.run("return document.scrollingElement.scrollWidth - innerWidth") <= 0
        page.check()
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_no_script_but_the_pages_own_runs(opened, chromium):
    page = opened(xor_trace())
    page.run("const node = document.createElement('div'); node.innerHTML = '<img src=x onerror=\"hacked=1\">'; "
             "document.body.append(node)")  # fmt: skip
    time.sleep(0.2)
    assert page.run("return typeof hacked") == "undefined"
    log = " ".join(entry["message"] for entry in chromium.get_log("browser"))
    assert "Content Security Policy" in log
