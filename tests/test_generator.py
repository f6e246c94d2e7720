"""The random numbers: SplitMix64 as published, its shuffles, and that a training goes on where the last one stopped."""

from time import sleep

import pytest

from microbp import Net
from microbp.generator import Generator


def test_published_vectors_of_splitmix64():
    """The first five outputs for the seed 1234567, as in https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64"""
    generator = Generator(1234567)
    assert [generator.next() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_state_is_one_word_from_which_the_stream_goes_on():
    generator = Generator(2**64 - 1)
    first = [generator.next() for _ in range(3)]
    again = Generator(2**64 - 1)
    assert [again.next(), Generator(again.state).next()] == first[:2]
    assert 0 <= generator.state < 2**64


def test_uniform_is_the_upper_53_bits():
    # 6457827717110365317 >> 11 = 3153236189995295
    assert Generator(1234567).uniform(0.0, 1.0) == (6457827717110365317 >> 11) / 2**53
    assert Generator(1234567).uniform(-1.0, 3.0) == -1.0 + 4.0 * ((6457827717110365317 >> 11) / 2**53)


def test_many_uniforms_are_one_after_the_other():
    many, one = Generator(9), Generator(9)
    assert many.uniforms(100, -0.3, 0.7) == [one.uniform(-0.3, 0.7) for _ in range(100)]
    assert many.uniforms(0, 0.0, 1.0) == []
    assert many.state == one.state


def test_below_is_the_upper_32_bits_scaled():
    generator, again = Generator(5), Generator(5)
    for n in (1, 2, 3, 10, 1000, 2**32 - 1):
        k = generator.below(n)
        assert k == (again.next() >> 32) * n // 2**32
        assert 0 <= k < n


def test_shuffle_swaps_from_the_last_place_to_the_first():
    items = list("abcde")
    Generator(9).shuffle(items)
    expected, generator = list("abcde"), Generator(9)
    for i in (4, 3, 2, 1):
        j = generator.below(i + 1)
        expected[i], expected[j] = expected[j], expected[i]
    assert items == expected


@pytest.mark.parametrize("n", [0, 1, 2, 3, 17, 500])
def test_shuffle_is_a_permutation(n):
    assert sorted(Generator(n).shuffled(n)) == list(range(n))


def test_shuffle_favours_no_order():
    generator = Generator(0)
    counts = {}
    for _ in range(6000):
        order = tuple(generator.shuffled(3))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 20.5  # chi-squared, 5 degrees, p = 0.001


def test_uniform_favours_no_interval():
    generator = Generator(1)
    counts = [0] * 10
    for _ in range(10000):
        counts[int(10 * generator.uniform(0.0, 1.0))] += 1
    assert sum((count - 1000) ** 2 / 1000 for count in counts) < 27.9  # chi-squared, 9 degrees, p = 0.001


def test_initial_parameters_lie_in_their_range_and_differ(engine):
    for init, low, high in (("xavier", -((6 / 50) ** 0.5), (6 / 50) ** 0.5), ("book", 0, 1), ((2, 3), 2, 3)):
        layer = Net(20, 30, init=init, engine=engine).layers[0]
        numbers = [number for row in (*layer.weights, layer.thresholds) for number in row]
        assert len(set(numbers)) == 630
        assert low <= min(numbers) < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < max(numbers) <= high


def test_initial_parameters_are_drawn_row_by_row_then_thresholds(engine):
    net, generator = Net(2, 3, 1, init="book", seed=42, engine=engine), Generator(42)
    for layer in net.layers:
        for row in (*layer.weights, layer.thresholds):
            assert list(row) == [generator.uniform(0.0, 1.0) for _ in row]
    assert net.generator.state == generator.state


def test_another_seed_is_another_net(engine):
    digests = {Net(2, 2, 1, seed=seed, engine=engine).digest() for seed in (0, 1, 2, 2**64 - 1)}
    assert len(digests) == 4
    assert Net(2, 2, 1, seed=7, engine=engine).digest() == Net(2, 2, 1, seed=7, engine=engine).digest()


X = [[k % 3 / 2, k % 5 / 4, k % 7 / 8] for k in range(10)]
Y = [[k % 2, k % 4 / 4] for k in range(10)]


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("batch", [1, 3, "all"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_two_trainings_are_one_long_one(engine, precision, batch, shuffle):
    once = Net(3, 4, 2, seed=1, precision=precision, engine=engine)
    twice = once.copy()
    long = once.train(X, Y, epochs=100, batch=batch, shuffle=shuffle)
    first = twice.train(X, Y, epochs=40, batch=batch, shuffle=shuffle)
    second = twice.train(X, Y, epochs=60, batch=batch, shuffle=shuffle)
    assert first.error + second.error == long.error
    assert twice.digest() == once.digest()
    assert twice.generator.state == once.generator.state


def test_training_with_progress_is_training_without(engine):
    once, reported, calls = Net(3, 4, 2, engine=engine), Net(3, 4, 2, engine=engine), []
    long = once.train(X, Y, epochs=50)
    history = reported.train(X, Y, epochs=50, progress=lambda history: calls.append(history.epochs))
    assert history.error == long.error
    assert reported.digest() == once.digest()
    assert calls == sorted(set(calls))
    assert calls[-1] == 50


def test_slow_progress_is_not_called_more_often(engine):
    # Reports are spaced by the time of the training between them, not by their own.
    calls = []

    def progress(history):
        calls.append(history.epochs)
        sleep(0.12)

    Net(3, 4, 2, engine=engine).train(X, Y, epochs=20, progress=progress)
    assert calls[-1] == 20
    assert len(calls) < 10


def test_shuffle_visits_the_samples_in_the_generators_order(engine):
    shuffled, ordered = Net(3, 4, 2, seed=3, engine=engine), Net(3, 4, 2, seed=3, engine=engine)
    for _ in range(3):
        order = Generator(shuffled.generator.state).shuffled(len(X))
        by_hand = ordered.train([X[k] for k in order], [Y[k] for k in order], epochs=1, shuffle=False)
        assert shuffled.train(X, Y, epochs=1).error == by_hand.error
    assert shuffled.digest() == ordered.digest()


def test_without_shuffle_the_generator_stands_still(engine):
    net = Net(3, 4, 2, seed=3, engine=engine)
    state = net.generator.state
    net.train(X, Y, epochs=2, shuffle=False)
    assert net.generator.state == state
    net.train(X, Y, epochs=1)
    assert net.generator.state != state
