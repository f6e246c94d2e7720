"""The published worked examples: every digit, on both engines, and what the command says when one is off."""

from math import exp

import pytest

from microbp.cli import main
from microbp.teach import verify


@pytest.mark.parametrize("title", verify.EXAMPLES)
def test_every_quantity_is_as_expected(engine, title):
    rows = list(verify.EXAMPLES[title](engine))
    assert rows
    assert [repr(row) for row in rows if not row.ok] == []


def test_all_engines_compute_the_same_bits():
    result = verify.verify()
    assert result.ok
    assert result.rows
    assert all(row.others == [row.computed] * (len(result.engines) - 1) for row in result.rows)


@pytest.mark.parametrize(
    ("published", "computed", "digits"),
    [
        ("0.291027924", 0.2910279239054419, (9, 9)),
        ("0.291027924", 0.29102777369359933, (6, 9)),
        ("-0.41", -0.4126, (2, 2)),
        ("-0.41", 0.4126, (0, 2)),
        ("0.50", 0.4950001667, (2, 2)),
        ("0.07", 0.0653, (1, 1)),
        ("138", 138, (3, 3)),
        ("138", 139, (2, 3)),
        ("12", 0.4, (0, 2)),
        ("0.5435466682137927", 0.5435466682137927, (16, 16)),
        ("abcd", "abff", (2, 4)),
        ("abcd", "abcd", (4, 4)),
    ],
)
def test_digits_that_agree(published, computed, digits):
    assert verify.matched(published, computed) == digits


def test_a_row_says_when_it_is_not_as_expected():
    assert verify.Row("E", "0.25", 0.2501).verdict == verify.PUBLISHED
    assert verify.Row("E", "0.25", 0.26).verdict == verify.UNEXPECTED
    slip = ("E", "0.19", 0.2084, verify.SLIP, "0.2084")
    assert verify.Row(*slip).verdict == verify.SLIP
    assert not verify.Row("E", "0.19", 0.19, verify.SLIP, "0.2084").ok  # the slip is ours now
    assert not verify.Row("E", "0.21", 0.2084, verify.SLIP, "0.2084").ok  # what is published is right
    twin = verify.Row("E", "0.25", 0.25)
    twin.others.append(0.25 + 2**-54)
    assert not twin.ok
    assert "engines differ" in twin.verdict


def by_hand(v, w, thresholds, x, y, eta, weights_of_e):
    """v after one update of a 2-2-2 net with fixed thresholds, and E then; e_h sums weights_of_e(w, new w, ...)[h]."""

    def forward(v, w):
        b = [1 / (1 + exp(thresholds[0] - v[0][h] * x[0] - v[1][h] * x[1])) for h in (0, 1)]
        return b, [1 / (1 + exp(thresholds[1] - w[0][j] * b[0] - w[1][j] * b[1])) for j in (0, 1)]

    b, y_hat = forward(v, w)
    g = [y_hat[j] * (1 - y_hat[j]) * (y[j] - y_hat[j]) for j in (0, 1)]
    new_w = [[w[h][j] + eta * g[j] * b[h] for j in (0, 1)] for h in (0, 1)]
    e = [b[h] * (1 - b[h]) * weights_of_e(h, w, new_w, g) for h in (0, 1)]
    new_v = [[v[i][h] + eta * e[h] * x[i] for h in (0, 1)] for i in (0, 1)]
    y_hat = forward(new_v, new_w)[1]
    return new_v, sum((y_hat[j] - y[j]) ** 2 for j in (0, 1)) / 2


MAZUR = ([[0.15, 0.25], [0.2, 0.3]], [[0.4, 0.5], [0.45, 0.55]], [-0.35, -0.6], [0.05, 0.1], [0.01, 0.99], 0.5)
ZHEJIANG = ([[0.2, -0.4], [0.5, 0.6]], [[0.1, -0.5], [-0.3, 0.8]], [0.0, 0.0], [0.5, 0.3], [0.23, -0.07], 1.0)


def right(h, w, new_w, g):
    return w[h][0] * g[0] + w[h][1] * g[1]


def test_mazurs_error_by_hand():
    computed = {row.quantity: row.computed for row in verify.mazur("python")}
    assert by_hand(*MAZUR, right)[1] == pytest.approx(computed["E after the update"], abs=1e-15)
    too_early = by_hand(*MAZUR, lambda h, w, new_w, g: right(h, new_w, w, g))[1]
    assert round(too_early, 9) == 0.291027924
    slips = [row for row in verify.mazur("python") if row.quantity == "  if w is updated before e_h"]
    assert slips[0].computed == pytest.approx(too_early, abs=1e-15)


def test_zhejiangs_hidden_layer_by_hand():
    rows = list(verify.zhejiang("python"))
    v = by_hand(*ZHEJIANG, right)[0]
    assert [row.computed for row in rows if row.right] == pytest.approx([v[0][0], v[1][0]], abs=1e-15)
    v = by_hand(*ZHEJIANG, lambda h, w, new_w, g: sum(new_w[h][j] - w[h][j] for j in (0, 1)))[0]
    assert [row.computed for row in rows if "Δw" in row.quantity] == pytest.approx([v[0][0], v[1][0]], abs=1e-15)


# The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    """A way to leave only one example, a function of the engine."""

    def only(example):
        monkeypatch.setattr(verify, "EXAMPLES", {"An example": example})

    return only


def test_the_command_prints_a_table_and_ends_with_0(capsys, quick, engine):
    quick(verify.mazur)
    assert main(["verify", "--engine", engine]) == 0
    out = capsys.readouterr().out
    assert "mattmazur.com" in out
    assert "0.291027924   0.2910277737  6 of 9  the page's slip" in out
    assert "0.291027924   0.2910279239  9 of 9  how the page got it" in out
    assert f"engines  {engine}, " in out
    assert out.endswith("20 of 20 quantities as expected\n")


def test_the_command_ends_with_1_when_a_digit_is_off(capsys, quick):
    quick(lambda engine: iter([verify.Row("E", "0.25", 0.26), verify.Row("g", "0.5", 0.5)]))
    assert main(["verify"]) == 1
    out = capsys.readouterr().out
    assert verify.UNEXPECTED in out
    assert out.endswith("1 of 2 quantities as expected\n")


def test_a_missing_engine_is_told(capsys, quick, monkeypatch):
    quick(verify.xor)
    monkeypatch.setattr(verify, "engines", lambda: ["python"])
    monkeypatch.setattr(verify, "missing", lambda: {"c": "the C engine is missing: no compiler"})
    assert main(["verify"]) == 0
    assert "the C engine is missing: no compiler" in capsys.readouterr().out
