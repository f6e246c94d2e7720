"""Streams: the bits of the same samples in memory, whatever the blocks, and flat memory."""

import gzip
import random
import signal
import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microbp import DivergedError, Net
from microbp.data import Columns, load_mnist, read_csv
from microbp.generator import Generator
from microbp.optimizers import make
from microbp.sources import CsvSource, IdxSource

X = [[(37 * k + 11 * i) % 17 / 16 for i in range(3)] for k in range(50)]
Y = [[(5 * k) % 7 / 8, (3 * k) % 5 / 8] for k in range(50)]


def blocks(*sizes):
    start, cut = 0, []
    for size in sizes:
        cut.append((X[start : start + size], Y[start : start + size]))
        start += size
    return cut


def train(engine, *data, **keywords):
    net = Net(3, 4, 2, seed=5, engine=engine, precision=keywords.pop("precision", "double"))
    history = net.train(*data, **{"eta": 0.7, "epochs": 7, **keywords})
    return net.digest(), history.error, net.generator.state


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("batch", [1, 3, 8, 50, 64])
@pytest.mark.parametrize("sizes", [(50,), (1,) * 50, (7, 20, 3, 20), (49, 1)])
@pytest.mark.parametrize("optimizer", ["bp", "adam"])
def test_in_order_the_bits_are_those_of_memory(engine, precision, batch, sizes, optimizer):
    keywords = {"batch": batch, "precision": precision, "optimizer": optimizer}
    memory = train(engine, X, Y, shuffle=False, **keywords)
    assert train(engine, blocks(*sizes), shuffle=False, **keywords) == memory


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_a_buffer_that_holds_all_is_shuffled_as_memory_is(engine, batch):
    assert train(engine, blocks(7, 20, 23), batch=batch) == train(engine, X, Y, batch=batch)
    assert train(engine, blocks(7, 20, 23), batch=batch, shuffle=60) == train(engine, X, Y, batch=batch)


def weighted(*sizes):
    """The blocks, every second of them with weights."""
    cut, start = [], 0
    for n, (inputs, targets) in enumerate(blocks(*sizes)):
        batch = (inputs, targets, WEIGHTS[start : start + len(inputs)]) if n % 2 else (inputs, targets)
        cut.append(batch)
        start += len(inputs)
    return cut


WEIGHTS = [1 + k % 3 / 7 for k in range(50)]


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("sizes", [(20, 30), (7, 20, 3, 20), (1,) * 50])
def test_weights_come_with_the_batches(engine, precision, sizes):
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    s = [1.0 if next(n for n, end in enumerate(ends) if k < end) % 2 == 0 else WEIGHTS[k] for k in range(50)]
    keywords = {"batch": 3, "shuffle": False, "precision": precision}
    in_memory = train(engine, X, Y, sample_weight=s, **keywords)
    keywords["shuffle"] = False
    assert train(engine, weighted(*sizes), **keywords) == in_memory != train(engine, X, Y, **keywords)


@pytest.mark.parametrize("class_weight", ["balanced", [0.3, 1.7]])
def test_class_weights_of_a_stream_are_those_of_memory(engine, class_weight):
    keywords = {"batch": 4, "shuffle": False, "class_weight": class_weight}
    assert train(engine, blocks(7, 43), **keywords) == train(engine, X, Y, **keywords)


@pytest.mark.parametrize("rows", [8, 50])
def test_the_bold_driver_on_a_stream_is_that_in_memory(engine, rows, monkeypatch):
    monkeypatch.setattr("microbp.options.BUFFER", rows)
    keywords = {"eta": 4.0, "epochs": 40, "shuffle": False, "batch": 2, "schedule": "bold", "class_weight": [0.3, 1.7]}
    etas = []
    for data in ((blocks(7, 20, 3, 20),), (X, Y)):
        net = Net(3, 4, 2, seed=5, engine=engine)
        history = net.train(*data, **keywords)
        etas.append([net.digest(), history.error, history.eta])
    assert etas[0] == etas[1]
    assert any(after < before for before, after in zip(history.eta, history.eta[1:]))


def test_small_buffers_are_shuffled_alike_whatever_the_blocks(engine):
    kept = train(engine, blocks(50), shuffle=10)
    assert kept == train(engine, blocks(*(5,) * 10), shuffle=10)
    assert kept != train(engine, blocks(50), shuffle=20)


def test_small_buffers_in_order_are_several_calls_with_one_sum(engine, monkeypatch):
    from microbp import options

    monkeypatch.setattr(options, "BUFFER", 6)
    for batch in (1, 4):
        assert train(engine, blocks(50), shuffle=False, batch=batch) == train(engine, X, Y, shuffle=False, batch=batch)


# Accumulated BP: one update of all blocks --------------------------------------------------------------------------


@st.composite
def accumulations(draw):
    """A net, samples, how they are cut, and an accumulated training with everything that varies."""
    layers = draw(st.integers(1, 3))
    widths = [draw(st.sampled_from([1, 2, 3, 5, 17, 40])) for _ in range(layers + 1)]
    if draw(st.integers(0, 3)) == 0:
        widths[draw(st.integers(0, layers))] = 140  # in panels, whatever the precision
    loss = draw(st.sampled_from(["squared_error", "huber", "cross_entropy"]))
    m = draw(st.integers(1, 12))
    return {
        "widths": widths,
        "activation": draw(st.sampled_from(["sigmoid", "tanh", "relu", "softplus"])),
        "output": draw(st.sampled_from(["sigmoid", "softmax" if loss == "cross_entropy" else "linear"])),
        "loss": loss,
        "precision": draw(st.sampled_from(["double", "single"])),
        "seed": draw(st.integers(0, 1000)),
        "m": m,
        "cuts": sorted(draw(st.sets(st.integers(1, m)))),  # where a batch of the source ends
        "rows": draw(st.integers(1, m + 1)),
        "density": draw(st.sampled_from([1.0, 0.2])),
        "scale": draw(st.sampled_from([1.0, 1.0, 1.0, 1e30])),
        "weights": draw(st.booleans()),
        "mask": draw(st.booleans()),
        "how": {
            "eta": draw(st.sampled_from([0.1, 0.5, 3.0])),
            "epochs": draw(st.integers(1, 4)),
            "optimizer": make(
                draw(st.sampled_from(["bp", "momentum", "nesterov", "rmsprop", "adam", "adamw", "rprop"])),
                decay=draw(st.sampled_from([0.0, 0.01])),
                clip=draw(st.sampled_from([None, None, 0.05])),
            ),
            "dropout": draw(st.sampled_from([None, 0.4])) if layers > 1 else None,
            "threads": draw(st.sampled_from([None, 1, 2, 3])),
            "schedule": draw(st.sampled_from([None, "bold", "exponential:0.9"])),
        },
    }


def accumulate(case, engine, shuffle, is_stream):
    """All that comes of the case, with the samples in blocks or in memory."""
    rnd, widths, m = random.Random(case["seed"]), case["widths"], case["m"]
    names = ("activation", "output", "loss", "precision", "seed")
    net = Net(*widths, engine=engine, **{name: case[name] for name in names})
    if case["mask"]:
        for layer in net.layers:
            layer.cut(rnd.randrange(layer.n_in), rnd.randrange(layer.n_out))
            layer.threshold_mask[rnd.randrange(layer.n_out)] = False
    pick = lambda: rnd.uniform(-1, 1) * case["scale"] if rnd.random() < case["density"] else 0.0  # noqa: E731
    inputs = [[pick() for _ in range(widths[0])] for _ in range(m)]
    targets = [[float(j == k % widths[-1]) for j in range(widths[-1])] for k in range(m)]
    weights = [rnd.choice([1.0, 0.3, 2.0]) for _ in range(m)] if case["weights"] else None
    how = {**case["how"], "batch": "all", "shuffle": shuffle}
    seen = []
    try:
        if is_stream:
            parts = [slice(*ends) for ends in zip([0, *case["cuts"]], [*case["cuts"], m]) if ends[0] < ends[1]]
            whole = (inputs, targets) if weights is None else (inputs, targets, weights)
            history = net.train([[rows[part] for rows in whole] for part in parts], **how)
        else:
            history = net.train(inputs, targets, sample_weight=weights, **how)
        seen += [history.error, history.eta, history.samples]
    except DivergedError as problem:
        seen.append(problem.epoch)
    return [repr(part) for part in (*seen, net.digest(), net.generator.state, net.parameters.tolist())]


@settings(max_examples=150)
@given(case=accumulations())
def test_one_update_of_all_blocks_is_that_of_memory(engine, case):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("microbp.options.BUFFER", case["rows"])
        expected = accumulate(case, "python", shuffle=False, is_stream=False)
        assert accumulate(case, engine, shuffle=False, is_stream=True) == expected
        shuffled = accumulate(case, engine, shuffle=case["rows"], is_stream=True)
        if engine != "python":
            assert shuffled == accumulate(case, "python", shuffle=case["rows"], is_stream=True)
        if case["rows"] >= case["m"]:
            assert shuffled == accumulate(case, "python", shuffle=True, is_stream=False)


@pytest.mark.parametrize("rows", [1, 7, 49])
@pytest.mark.parametrize("optimizer", ["bp", "adam"])
def test_accumulated_bp_visits_each_block_in_an_order_of_its_own(engine, rows, optimizer):
    generator, order = Generator(Net(3, 4, 2, seed=5).generator.state), []
    for start in range(0, 50, rows):
        order += [start + k for k in generator.shuffled(min(rows, 50 - start))]
    keywords = {"batch": "all", "epochs": 1, "optimizer": optimizer}
    expected = train(engine, [X[k] for k in order], [Y[k] for k in order], shuffle=False, **keywords)
    found = train(engine, blocks(7, 43), shuffle=rows, **keywords)
    assert found == (*expected[:2], generator.state)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("clip", [None, 0.01])
def test_blocks_of_more_than_one_chunk_and_of_one_sample(engine, precision, clip, monkeypatch):
    monkeypatch.setattr("microbp.options.BUFFER", 300)
    rnd = random.Random(3)
    inputs = [[rnd.random() * (rnd.random() < 0.3) for _ in range(20)] for _ in range(601)]
    targets = [[rnd.random()] for _ in range(601)]
    for optimizer in ("bp", "nesterov"):
        seen = []
        for data, name in (((inputs, targets), "python"), (([(inputs, targets)],), engine)):
            net = Net(20, 5, 1, precision=precision, seed=2, engine=name)
            how = {"batch": "all", "shuffle": False, "optimizer": make(optimizer, clip=clip), "epochs": 2}
            seen.append([net.train(*data, **how).error, net.digest()])
        assert seen[0] == seen[1]


@pytest.mark.parametrize("rows", [4, 50])
def test_the_bold_driver_takes_back_updates_of_all_blocks(engine, rows, monkeypatch):
    monkeypatch.setattr("microbp.options.BUFFER", rows)
    keywords = {"eta": 40.0, "epochs": 40, "shuffle": False, "batch": "all", "schedule": "bold"}
    for optimizer in ("bp", "momentum"):
        seen = []
        for data in ((blocks(7, 20, 3, 20),), (X, Y)):
            net = Net(3, 4, 2, seed=5, engine=engine)
            history = net.train(*data, optimizer=optimizer, **keywords)
            seen.append([net.digest(), history.error, history.eta])
        assert seen[0] == seen[1]
        assert any(after < before for before, after in zip(history.eta, history.eta[1:]))


class Source:
    """The blocks, and in the epoch and before the batch that are named, what is to happen."""

    def __init__(self, cut, epoch, number, happen):
        self.cut, self.epoch, self.number, self.happen = cut, epoch, number, happen
        self.passes = 0

    def __iter__(self):
        self.passes += 1
        for number, batch in enumerate(self.cut):
            if (self.passes, number) == (self.epoch, self.number):
                self.happen()
            yield batch


@pytest.mark.parametrize("number", [0, 1, 4])
@pytest.mark.parametrize("optimizer", ["bp", "adam"])
def test_ctrl_c_between_blocks_leaves_the_epoch_before(engine, optimizer, number):
    def interrupt():
        raise KeyboardInterrupt

    keywords = {"eta": 0.7, "optimizer": optimizer, "batch": "all", "shuffle": 8}
    net, twin = (Net(3, 4, 2, seed=5, engine=engine) for _ in range(2))
    with pytest.raises(KeyboardInterrupt):
        net.train(Source(blocks(*(10,) * 5), 3, number, interrupt), epochs=5, **keywords)
    twin.train(blocks(50), epochs=2, **keywords)
    assert (net.digest(), net.generator.state) == (twin.digest(), twin.generator.state)
    assert net.train(blocks(50), epochs=2, **keywords).error == twin.train(blocks(50), epochs=2, **keywords).error


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
def test_ctrl_c_at_any_moment_leaves_a_whole_epoch(engine):
    rnd = random.Random(1)
    data = [([[rnd.random() for _ in range(60)]] * 300, [[rnd.random() for _ in range(5)]] * 300)] * 3
    for seconds in (0.05, 0.2, 0.3):
        net, twin = (Net(60, 90, 5, seed=3, engine=engine) for _ in range(2))
        keywords = {"eta": 0.1, "batch": "all", "shuffle": 500, "optimizer": "momentum"}
        met, expected = [], [twin.digest()]

        def stop(*_):
            raise KeyboardInterrupt

        old = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            with pytest.raises(KeyboardInterrupt):
                net.train(data, epochs=10**6, callback=lambda *_, met=met: met.append(1) or False, **keywords)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)
        twin.train(
            data, epochs=len(met) + 1, callback=lambda net, _, seen=expected: seen.append(net.digest()), **keywords
        )
        assert net.digest() in expected[-2:]  # the last may have been done, and not yet been told of


@pytest.mark.parametrize(
    ("eta", "large"),
    [(0.5, (1e200, 1.0)), (0.5, (1.0, 1e200)), (1e308, (9.0, 9.0))],
    ids=["in the first block", "in the last block", "by the update"],
)
@pytest.mark.parametrize("optimizer", ["bp", "momentum"])
def test_accumulated_bp_that_diverges_leaves_the_net_as_it_was(engine, eta, large, optimizer):
    net = Net(1, 1, output="linear", seed=1, engine=engine)
    digest, state = net.digest(), net.generator.state
    data = [([x] * 5, [x] * 5) for x in large]
    with pytest.raises(DivergedError, match="epoch 1"):
        net.train(data, eta=eta, epochs=1, shuffle=4, batch="all", optimizer=optimizer)
    assert (net.digest(), net.generator.state) == (digest, state)


@pytest.mark.parametrize("how", [{}, {"validation": (X[:9], Y[:9]), "metrics": "r2", "patience": 3}])
def test_checkpoint_of_accumulated_bp_on_a_stream(engine, tmp_path, how):
    path = tmp_path / "run.ckpt"
    keywords = {"optimizer": "rprop", "batch": "all", "shuffle": 8, **how}
    whole = train(engine, blocks(20, 30), epochs=9, **keywords)
    train(engine, blocks(20, 30), epochs=4, checkpoint=path, **keywords)
    assert train(engine, blocks(20, 30), epochs=9, checkpoint=path, resume=True, **keywords) == whole
    with pytest.raises(ValueError, match="batch: it has 'all', this training 8"):
        train(engine, blocks(20, 30), epochs=9, checkpoint=path, resume=True, **{**keywords, "batch": 8})


# Memory, errors, files ---------------------------------------------------------------------------------------------


def test_divergence_in_a_later_block_restores_the_net(engine):
    net = Net(1, 1, output="linear", seed=1, engine=engine)
    digest, state = net.digest(), net.generator.state
    with pytest.raises(ArithmeticError, match="epoch 1"):
        net.train([([1.0] * 5, [1.0] * 5), ([1e200] * 5, [1e200] * 5)], epochs=1, shuffle=4)
    assert (net.digest(), net.generator.state) == (digest, state)


def test_an_error_in_a_later_block_restores_the_net(engine):
    def broken():
        yield X[:20], Y[:20]
        yield X[:20], Y[:19]

    net = Net(3, 4, 2, engine=engine)
    digest = net.digest()
    with pytest.raises(ValueError, match="batch 1 of the stream: X and Y"):
        net.train(broken(), epochs=1, shuffle=4)
    assert net.digest() == digest


def test_csv_in_blocks(engine, tmp_path):
    path = tmp_path / "data.csv"
    rows = [f"{k % 13},{'abc'[k % 3]},{k * 7 % 31 / 4},{'yes' if k % 3 == 0 else 'no'}" for k in range(500)]
    path.write_text("\n".join(["size,kind,width,good", *rows]) + "\n", "utf-8")
    table = read_csv(path)
    for scale in ("range", "standard", "none"):
        columns = Columns.learn(table, scale=scale)
        source = CsvSource(path, scale=scale, rows=37)
        assert source.columns == columns
        net, memory = (Net(columns.width_in, 3, 1, seed=2, engine=engine) for _ in range(2))
        net.train(source, epochs=2, shuffle=False, batch=4)
        memory.train(*columns.encode(table), epochs=2, shuffle=False, batch=4)
        assert net.digest() == memory.digest()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv_in_blocks_in_other_encodings(tmp_path, encoding):
    path = tmp_path / "melons.csv"
    text = "密度;好瓜\n" + "".join(f"0,{k};{'是' if k % 2 else '否'}\n" for k in range(100, 200))
    path.write_bytes(text.encode(encoding))
    source = CsvSource(path, rows=9)
    assert source.columns == Columns.learn(read_csv(path))
    assert [row for block in source for row in block[0]] == Columns.learn(read_csv(path)).encode(read_csv(path))[0]


def test_a_csv_that_ends_badly_names_the_line(engine, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n" + "1,2\n" * 100 + "1,\n" + "3,4\n", "utf-8")
    with pytest.raises(ValueError, match="line 102, column 'b'"):
        CsvSource(path, task="regression")


def idx(path, shape, data):
    with gzip.open(path, "wb") as file:
        file.write(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(data))


def test_idx_in_blocks(engine, tmp_path):
    for part in ("train", "t10k"):
        idx(tmp_path / f"{part}-images-idx3-ubyte.gz", (20, 3, 2), [k * 37 % 256 for k in range(120)])
        idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", (20,), [k * 7 % 10 for k in range(20)])
    (images, labels), _ = load_mnist(tmp_path)
    source = IdxSource(tmp_path / "train-images-idx3-ubyte.gz", tmp_path / "train-labels-idx1-ubyte.gz", rows=6)
    net, memory = (Net(6, 4, 10, seed=2, engine=engine, precision="single") for _ in range(2))
    net.train(source, epochs=3, batch=4, shuffle=False)
    memory.train(images, labels, epochs=3, batch=4, shuffle=False)
    assert net.digest() == memory.digest()


@pytest.mark.parametrize("batch", [64, "all"])
def test_memory_is_flat(engine, tmp_path, batch):
    peaks = []
    for m in (8000, 16000):
        path = tmp_path / f"{m}.csv"
        path.write_text("a,b,y\n" + "".join(f"{k % 97},{k % 89},{k % 83}.5\n" for k in range(m)), "utf-8")
        tracemalloc.start()
        source = CsvSource(path, task="regression", rows=256)
        Net(2, 1, engine=engine).train(source, eta=0.01, epochs=1, shuffle=512, batch=batch)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
    assert peaks[1] < 5_000_000


def test_checkpoint_of_a_stream(engine, tmp_path):
    path = tmp_path / "run.ckpt"
    whole = train(engine, blocks(20, 30), epochs=9, optimizer="adam", shuffle=8)
    train(engine, blocks(20, 30), epochs=4, optimizer="adam", shuffle=8, checkpoint=path)
    assert train(engine, blocks(20, 30), epochs=9, optimizer="adam", shuffle=8, checkpoint=path, resume=True) == whole


@pytest.mark.parametrize(
    ("data", "keywords", "problem", "words"),
    [
        (iter([(X, Y)]), {"epochs": 2}, ValueError, ["once", "epochs is 2"]),
        ([], {}, ValueError, ["no samples"]),
        ([X], {}, TypeError, ["batch 0", "pair (X, Y)"]),
        ("file.csv", {}, TypeError, ["iterable of batches", "file.csv"]),
        (5, {}, TypeError, ["iterable of batches", "5"]),
        (iter([(X, Y)]), {"epochs": 1, "schedule": "bold"}, ValueError, ["once", "bold", "pass of its own"]),
        (iter([(X, Y)]), {"epochs": 1, "class_weight": "balanced"}, ValueError, ["once", "class_weight counts"]),
        ([(X, Y, [1, 2])], {}, ValueError, ["batch 0", "sample_weight must be 50 numbers", "got 2"]),
        ([(X, Y)], {"validation": 0.2}, TypeError, ["(X, Y) for a stream", "0.2"]),
        ([(X, Y)], {"sample_weight": [1] * 50}, ValueError, ["sample_weight", "(X, Y, sample_weight)"]),
        ([(X, Y)], {"metrics": "r2"}, ValueError, ["metrics", "validation"]),
    ],
)
def test_refused(engine, data, keywords, problem, words):
    with pytest.raises(problem) as caught:
        train(engine, data, **keywords)
    for word in words:
        assert word in str(caught.value)


def test_a_generator_is_read_once(engine):
    assert train(engine, iter(blocks(25, 25)), epochs=1) == train(engine, X, Y, epochs=1)
