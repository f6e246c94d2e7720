"""The command line: what is printed, what is written, and one clear line for what is wrong."""

from __future__ import annotations

import csv
import io
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

import microbp
from microbp import Net
from microbp.cli import main

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(microbp.__file__)))
COMMAND = [sys.executable, "-m", "microbp"]


@pytest.fixture
def table(tmp_path):
    """A table that is learnt in a moment: y says which of the two numbers is larger."""
    path = tmp_path / "larger.csv"
    rows = [(i % 7, (i * 3) % 11) for i in range(60)]
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{'left' if a > b else 'right'}\n" for a, b in rows), "utf-8")
    return path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys, *arguments):
    """The one line on stderr with which a command ends that cannot be carried out."""
    try:
        code, _, err = run(capsys, *arguments)
    except SystemExit as stop:  # argparse
        code, err = stop.code, capsys.readouterr().err
    assert code == 2
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_train_without_a_file_classifies_the_17_melons(capsys):
    code, out, err = run(capsys, "train")
    assert code == 0
    assert err == ""
    assert "net      18-5-1" in out
    assert "training accuracy 100.0% (17 of 17)" in out
    assert re.search(r"^digest   [0-9a-f]{64}$", out, re.MULTILINE)
    assert re.search(r"^  否 +9 +0$", out, re.MULTILINE)


def test_train_prints_the_same_digest_on_both_engines(capsys, engine, table):
    digests = []
    for name in (engine, "python"):
        code, out, _ = run(capsys, "train", table, "--engine", name, "--epochs", 20, "--batch", 7)
        assert code == 0
        assert f"engine {name}" in out
        digests.append(out.split()[-1])
    assert digests[0] == digests[1]


def test_hold_out_confusion_matrix_and_classes(capsys, table):
    _, out, _ = run(capsys, "train", table, "--epochs", 50)
    assert "60 rows, 12 of them held out" in out
    assert "training accuracy" in out
    assert "hold-out accuracy" in out
    assert "true \\ predicted" in out
    assert "50 epochs of standard BP, eta 0.5" in out


def test_regression_reports_r_squared(capsys, tmp_path):
    path = tmp_path / "line.csv"
    path.write_text("x;y\n" + "".join(f"{i / 10:.1f};{3 + i / 4:.2f}\n".replace(".", ",") for i in range(60)), "utf-8")
    code, out, _ = run(capsys, "train", path, "--epochs", 300, "--hidden", 3)
    assert code == 0
    assert "(regression)" in out
    assert float(re.search(r"hold-out R² (\S+)", out).group(1)) > 0.99


def test_predict_reads_the_raw_csv_and_adds_class_and_probability(capsys, tmp_path, table):
    model = tmp_path / "model.json"
    run(capsys, "train", table, "--epochs", 300, "--out", model)
    unlabelled = tmp_path / "new.csv"
    unlabelled.write_text("b,a\n9,1\n0,6\n", "utf-8")
    code, out, err = run(capsys, "predict", model, unlabelled)
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["y predicted"] for row in rows] == ["right", "left"]
    assert all(0.5 <= float(row["y probability"]) <= 1 for row in rows)
    assert run(capsys, "predict", model, unlabelled, "--out", tmp_path / "out.csv")[1] == ""
    assert (tmp_path / "out.csv").read_text("utf-8") == out


def test_the_saved_net_is_the_trained_one(capsys, tmp_path, table):
    model = tmp_path / "model.json"
    _, out, _ = run(capsys, "train", table, "--epochs", 5, "--out", model)
    digest = re.search(r"digest   (\w+)", out).group(1)
    assert Net.load(model).digest() == digest
    _, told, _ = run(capsys, "info", model)
    assert digest in told
    assert "inputs   a, b" in told
    assert "(classification)" in told


def test_explain_shows_the_published_xor(capsys):
    _, out, _ = run(capsys, "explain", "--row", 2, "--eta", 0.1)
    assert "(2)  ŷ_1 = f(β_1 − θ_1) = f(0.6 − 0.6) = 0.5" in out
    assert "(11)  e_1 = b_1·(1 − b_1)·(w_11·g_1) = 0.5·(1 − 0.5)·(0.6·0.125) = 0.01875" in out


def test_explain_takes_a_sample_of_the_raw_csv(capsys, tmp_path, table):
    model = tmp_path / "model.json"
    run(capsys, "train", table, "--epochs", 5, "--out", model)
    code, out, _ = run(capsys, "explain", model, table, "--row", 60)
    assert code == 0
    assert "x_1  a" in out
    assert "Update: η = 0.5" in out


def test_explain_in_chinese_and_in_latex(capsys, tmp_path):
    _, out, _ = run(capsys, "explain", "--lang", "zh")
    assert out.startswith("前向计算：x = (0, 0)\n")
    _, out, _ = run(capsys, "explain", "--latex", "--row", 2, "--eta", 0.1)
    assert r"e_{1} &= b_{1} (1 - b_{1}) (w_{11} g_{1})" in out
    step = Net(2, 2, 1, init=0.6).explain([0, 1], [1], eta=0.1)
    assert out == step.to_latex() + "\n"
    _, out, _ = run(capsys, "explain", "--latex", "--lang", "zh", "--row", 2, "--eta", 0.1)
    assert out == step.to_latex("zh") + "\n"


def test_explain_keeps_the_columns_of_the_table_in_comments_of_the_latex(capsys, tmp_path):
    table, model = tmp_path / "table.csv", tmp_path / "model.json"
    table.write_text('"a\n\\input{secret}",y\n1,2\n2,4\n3,7\n', "utf-8")
    run(capsys, "train", table, "--epochs", 2, "--out", model)
    code, out, _ = run(capsys, "explain", model, table, "--latex")
    assert code == 0
    before, _, _ = out.partition(r"\begin{align*}")
    assert "secret" in before
    assert all(line.startswith("% ") for line in before.splitlines())


def test_info_names_every_engine_or_why_it_is_missing(capsys):
    _, out, _ = run(capsys, "info")
    assert microbp.__version__ in out
    for name in ("c", "python"):
        assert name in microbp.engines() or "the C engine is missing" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "nowhere.csv"], ["nowhere.csv"]),
        (["trian"], ["trian", "train"]),
        ([], ["COMMAND"]),
        (["train", "--eta", "0"], ["eta", "> 0", "0.0"]),
        (["train", "--batch", "0"], ["batch", ">= 1", "0"]),
        (["train", "--batch", "many"], ["--batch", "many"]),
        (["train", "--epochs", "-1"], ["epochs", "-1"]),
        (["train", "--hidden", "5,x"], ["--hidden", "'x'"]),
        (["train", "--hidden", "5,-1"], ["width", "-1"]),
        (["train", "--target", "好果"], ["好果", "好瓜"]),
        (["train", "--test", "1.5"], ["1.5", "[0, 1)"]),
        (["train", "--init", "xavior"], ["xavior", "did you mean 'xavier'"]),
        (["train", "--activation", "sigmoyd"], ["sigmoyd", "sigmoid"]),
        (["train", "--out", "no/such/folder/m.json"], ["no/such/folder/m.json"]),
        (["train", "--seed", "-3"], ["seed", "-3"]),
        (["train", "--optimizer", "adamm"], ["adamm", "adam"]),
        (["train", "--schedule", "cosin"], ["schedule", "did you mean 'cosine'"]),
        (["train", "--stop", "GL:5"], ["GL", "validation"]),
        (["train", "--momentum", "0.9", "--optimizer", "adam"], ["--momentum", "nesterov", "adam"]),
        (["train", "--dropout", "half"], ["--dropout", "'half'"]),
        (["train", "--resume"], ["resume", "checkpoint"]),
        (["train", "--metrics", "acuracy"], ["metrics", "accuracy"]),
        (["train", "--validation", "2"], ["validation", "2.0"]),
        (["train", "iris", "--stream", "--test", "0.2"], ["--test", "--stream"]),
        (["predict", "nowhere.json", "iris"], ["nowhere.json"]),
        (["explain", "--row", "9"], ["--row", "9", "4"]),
        (["explain", "--lang", "fr"], ["--lang", "fr", "en", "zh"]),
    ],
)
def test_bad_usage_ends_with_2_and_one_clear_line(capsys, monkeypatch, tmp_path, arguments, words):
    monkeypatch.chdir(tmp_path)
    line = refused(capsys, *arguments)
    assert line.startswith("microbp")
    for word in words:
        assert word in line


def test_bad_input_names_file_line_and_column(capsys, tmp_path):
    path = tmp_path / "holes.csv"
    path.write_text("a,b,y\n1,2,u\n1,,v\n2,2,u\n", "utf-8")
    line = refused(capsys, "train", path)
    assert "holes.csv" in line
    assert "line 3" in line
    assert "'b'" in line


def test_a_model_that_is_none_is_refused(capsys, tmp_path):
    path = tmp_path / "model.json"
    path.write_text('{"microbp": 1, "widths": [2, "x"]}', "utf-8")
    assert "widths[1]" in refused(capsys, "info", path)


def test_divergence_is_one_line_and_the_last_good_net_is_saved(capsys, tmp_path):
    path = tmp_path / "steep.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i * i}.5\n" for i in range(30)), "utf-8")
    model = tmp_path / "model.json"
    line = refused(capsys, "train", path, "--eta", 30, "--hidden", 0, "--scale", "none", "--out", model)
    assert "smaller eta" in line
    assert model.exists() == ("saved" in line)


def test_training_data_from_standard_input(table):
    with open(table, "rb") as stdin:
        done = subprocess.run(
            [*COMMAND, "train", "-", "--epochs", "3"], stdin=stdin, capture_output=True, cwd=PACKAGE, check=True
        )
    assert b"60 rows" in done.stdout


def test_a_closed_pipe_is_no_traceback(tmp_path):
    model = tmp_path / "model.json"
    main(["train", "iris", "--epochs", "1", "--out", str(model)])
    flowers = b"sepal_length,sepal_width,petal_length,petal_width\n" + b"5.1,3.5,1.4,0.2\n" * 5000
    pipe = subprocess.PIPE
    command = [*COMMAND, "predict", str(model), "-"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=PACKAGE) as process:
        process.stdout.close()
        process.stdin.write(flowers)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def endless(model):
    return [*COMMAND, "train", "--epochs", "100000000", "--out", str(model)]


def test_ctrl_c_stops_cleanly_and_saves(tmp_path):
    model = tmp_path / "model.json"
    process = subprocess.Popen(endless(model), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PACKAGE)
    assert process.stdout.readline().startswith(b"data")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert b"stopped by Ctrl-C after" in out
    assert Net.load(model).digest().encode() in out


def test_a_progress_line_on_a_terminal(tmp_path):
    master, slave = pty.openpty()
    process = subprocess.Popen(
        endless(tmp_path / "model.json"), stdout=subprocess.DEVNULL, stderr=slave, cwd=PACKAGE
    )
    os.close(slave)
    shown = b""
    while shown.count(b"\r") < 3:
        shown += os.read(master, 1000)
    process.send_signal(signal.SIGINT)
    process.wait(30)
    os.close(master)
    line = rb"epoch \d+/100000000   error 0\.\d+   [\d,]+ samples/s   .* left"
    bar = rb"\d+/100000000 \[.*epoch/s, error 0\.\d+"  # where tqdm is installed
    assert re.search(line, shown) or re.search(bar, shown)


def test_more_than_two_classes_take_softmax_with_cross_entropy(capsys, engine):
    _, out, _ = run(capsys, "train", "iris", "--epochs", 3, "--engine", engine)
    assert "net      4-5-3, sigmoid, softmax, cross_entropy, double" in out
    assert "eta 0.1" in out
    _, out, _ = run(capsys, "train", "iris", "--epochs", 3, "--engine", engine, "--article")
    assert "net      4-5-3, sigmoid, sigmoid, double" in out
    _, out, _ = run(capsys, "train", "iris", "--epochs", 3, "--engine", engine, "--output", "tanh")
    assert "net      4-5-3, sigmoid, tanh, double" in out


def test_all_options_of_training_at_once(capsys, engine, tmp_path):
    command = [
        "train", "iris", "--engine", engine, "--hidden", "6,5", "--activation", "relu,tanh", "--optimizer", "adamw",
        "--weight-decay", 0.001, "--clip", 1, "--eta", 0.01, "--batch", 16, "--epochs", 60, "--schedule", "cosine:3",
        "--validation", 0.2, "--patience", 20, "--stop", "GL:50", "--metrics", "accuracy,macro_f1", "--dropout", 0.1,
        "--class-weight", "balanced", "--checkpoint", tmp_path / "run.ckpt", "--checkpoint-every", 10, "--resume",
    ]  # fmt: skip
    code, out, err = run(capsys, *command)
    assert (code, err) == (0, "")
    assert "4-6-5-3, relu, tanh, softmax, cross_entropy" in out
    assert "epochs of mini-batches of 16 by adamw, eta 0.01" in out
    assert "metric   accuracy " in out
    assert "watched  lowest after epoch " in out
    again = run(capsys, *command)[1]
    assert again.split()[-1] == out.split()[-1]


def test_a_stop_is_told(capsys):
    _, out, _ = run(capsys, "train", "--target-error", 0.05, "--momentum", 0.9)
    assert "note     stopped early: the error is at most 0.05" in out
    assert "by momentum" in out


def test_a_killed_training_goes_on_to_the_same_digest(capsys, tmp_path, table):
    command = ["train", table, "--epochs", 30, "--optimizer", "adam", "--checkpoint", tmp_path / "run.ckpt"]
    _, whole, _ = run(capsys, "train", table, "--epochs", 30, "--optimizer", "adam")
    run(capsys, *command[:3], 12, *command[4:])
    _, out, _ = run(capsys, *command, "--resume")
    assert out.split()[-1] == whole.split()[-1]


@pytest.mark.parametrize("batch", [1, "all"])
def test_a_stream_is_trained_on_in_blocks(capsys, tmp_path, table, batch):
    model = tmp_path / "model.json"
    code, out, _ = run(capsys, "train", table, "--stream", "--epochs", 20, "--batch", batch, "--out", model)
    assert code == 0
    assert "read in blocks" in out
    assert "20 epochs of " + ("accumulated BP" if batch == "all" else "standard BP") in out
    _, memory, _ = run(capsys, "train", table, "--test", 0, "--epochs", 20, "--batch", batch)
    assert Net.load(model).digest() == memory.split()[-1]
