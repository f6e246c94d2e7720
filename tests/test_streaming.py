"""Streams: the bits of the same samples in memory, whatever the blocks, and flat memory."""

import gzip
import struct
import tracemalloc

import pytest

from microbp import Net
from microbp.data import Columns, load_mnist, read_csv
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


def test_memory_is_flat(engine, tmp_path):
    peaks = []
    for m in (8000, 16000):
        path = tmp_path / f"{m}.csv"
        path.write_text("a,b,y\n" + "".join(f"{k % 97},{k % 89},{k % 83}.5\n" for k in range(m)), "utf-8")
        tracemalloc.start()
        source = CsvSource(path, task="regression", rows=256)
        Net(2, 1, engine=engine).train(source, eta=0.01, epochs=1, shuffle=512, batch=64)
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
        ([(X, Y)], {"batch": "all"}, ValueError, ['batch="all"', "one block", "in memory"]),
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
