"""Masks, sample and class weights, dropout."""

import pytest

from microbp import Net
from microbp.generator import Generator
from microbp.optimizers import OPTIMIZERS, make

X = [[0.5, -1.0, 0.25], [1.0, 0.75, -0.5], [-0.25, 0.5, 1.0], [0.75, 1.0, 0.5]]
Y = [[1, 0], [0, 1], [1, 0], [1, 0]]


def make_net(engine="auto", **keywords):
    return Net(3, 4, 2, seed=5, engine=engine, **keywords)


def everything(net):
    return [list(row) for layer in net.layers for row in (*layer.weights, layer.thresholds)]


# Masks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_frozen_keeps_its_bits_under_every_optimizer(name, batch, precision, engine):
    net = make_net(engine, precision=precision)
    net.layers[0].cut(2, 1)
    net.layers[0].mask[0][3] = False
    net.layers[1].freeze()
    before = everything(net)
    net.train(X, Y, epochs=3, batch=batch, optimizer=make(name, decay=0.1, clip=1.0))
    after = everything(net)
    assert after[4:] == before[4:]  # the output layer
    assert after[2][1] == 0.0
    assert after[0][3] == before[0][3]
    free = [(h, j) for h in range(4) for j in range(4) if (h, j) not in ((2, 1), (0, 3))]
    assert all(after[h][j] != before[h][j] for h, j in free)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_mask_of_ones_changes_no_bit(name, engine):
    net, twin = make_net(engine), make_net(engine)
    net.layers[0].freeze()
    net.layers[0].unfreeze()
    assert net.mask is None
    net.train(X, Y, epochs=3, batch=3, optimizer=name)
    twin.train(X, Y, epochs=3, batch=3, optimizer=name)
    assert net.digest() == twin.digest()


@pytest.mark.parametrize("batch", [1, 3])
def test_freezing_the_first_layer_leaves_the_bits_of_the_other_layers_first_update(batch, engine):
    net, twin = make_net(engine), make_net(engine)
    net.layers[0].freeze()
    net.train(X[:batch], Y[:batch], epochs=1, batch=batch, shuffle=False)
    twin.train(X[:batch], Y[:batch], epochs=1, batch=batch, shuffle=False)
    assert everything(net)[4:] == everything(twin)[4:]


def test_clip_measures_what_is_free_alone(engine):
    def step(clip):
        net = Net(2, 1, activation="linear", init=0, engine=engine)
        net.layers[0].mask = [[1], [0]]
        net.layers[0].threshold_mask = [0]
        net.train([[2, 100]], [4], epochs=1, eta=0.5, optimizer=make("bp", clip=clip))
        return [row[0] for row in net.layers[0].weights]

    assert step(9.0) == [4.0, 0.0]  # D = 8 alone
    assert step(2.0) == [1.0, 0.0]


def test_a_step_respects_the_mask_and_says_so(engine):
    net = make_net(engine)
    net.layers[1].freeze()
    before = everything(net)
    step = net.step(X[0], Y[0])
    assert everything(net)[4:] == before[4:]
    assert step.dw == [[0.0, 0.0]] * 4
    assert step.dtheta == [0.0, 0.0]
    assert all(change for row in step.dv for change in row)


def test_masks_are_copied_saved_and_part_of_the_digest_where_something_is_frozen(tmp_path):
    net = make_net()
    digest = net.digest()
    net.layers[0].mask[1][2] = 0
    assert net.digest() != digest
    net.save(tmp_path / "net.json")
    for twin in (net.copy(), Net.load(tmp_path / "net.json")):
        assert twin.digest() == net.digest()
        assert [list(row) for row in twin.layers[0].mask] == [[1, 1, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]]
        twin.layers[0].unfreeze()
        assert twin.digest() == digest
    assert net.mask is not None
    make_net().save(tmp_path / "free.json")
    assert "mask" not in (tmp_path / "free.json").read_text()


REFUSED = [
    (lambda net: setattr(net.layers[0], "mask", [[1] * 4] * 2), ["mask must have 3 rows", "got 2"]),
    (lambda net: setattr(net.layers[0], "mask", [[1] * 3] * 3), ["layers[0].mask[0] takes 4 numbers", "got 3"]),
    (lambda net: setattr(net.layers[0], "mask", 1), ["mask must have 3 rows", "got 1"]),
    (lambda net: setattr(net.layers[1], "threshold_mask", [1]), ["layers[1].threshold_mask takes 2 numbers", "got 1"]),
    (lambda net: net.layers[0].mask[0].__setitem__(1, 0.5), ["layers[0].mask[0][1]", "1 (free) or 0 (frozen)", "0.5"]),
    (lambda net: net.layers[0].cut(3, 0), ["h must be a whole number from 0 to 2", "got 3"]),
    (lambda net: net.layers[0].cut(0, -1), ["j must be a whole number from 0 to 3", "got -1"]),
]


@pytest.mark.parametrize(("bad", "words"), REFUSED)
def test_wrong_masks_are_refused(bad, words):
    net = make_net()
    with pytest.raises((ValueError, TypeError)) as caught:
        bad(net)
    for word in words:
        assert word in str(caught.value)
    assert net.mask is None


# Sample and class weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
def test_weights_multiply_errors_and_gradients(loss, precision, engine):
    net, twin = [make_net(engine, loss=loss, precision=precision) for _ in range(2)]
    weighted = net.train(X, Y, epochs=2, batch="all", sample_weight=[2, 2, 2, 2], eta=0.25)
    plain = twin.train(X, Y, epochs=2, batch="all", eta=0.5)
    assert net.digest() == twin.digest()
    assert weighted.error == [2 * error for error in plain.error]


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy", "huber"])
def test_the_weighted_error_of_a_net_is_the_one_that_training_meets(loss, precision, engine):
    net, s = make_net(engine, loss=loss, precision=precision), [0.3, 1.0, 2.7, 0.1]
    error = net.error(X, Y, sample_weight=s)
    assert error == make_net("python", loss=loss, precision=precision).error(X, Y, sample_weight=s) != net.error(X, Y)
    assert net.error(X, Y, sample_weight=[1] * 4) == net.error(X, Y)
    total = 0.0
    for x, y, s_k in zip(X, Y, s):
        product = net.structure.buffer()
        product[0] = s_k
        product[0] = product[0] * net.error([x], [y])
        total += product[0]
    assert error == total / 4
    assert error == net.train(X, Y, epochs=1, batch="all", shuffle=False, sample_weight=s).error[0]
    assert net.error(X, Y, class_weight="balanced") == net.error(X, Y, sample_weight=[2 / 3, 2, 2 / 3, 2 / 3])


def test_the_bold_driver_lowers_the_weighted_error(engine):
    s, errors = [0.1, 5, 1, 1], []
    net = make_net(engine)
    errors = [net.error(X, Y, sample_weight=s)]
    net.train(X, Y, 2.0, 40, schedule="bold", sample_weight=s,
              callback=lambda net, history: errors.append(net.error(X, Y, sample_weight=s)))  # fmt: skip
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0]


def test_weights_of_a_validation(engine):
    s = [0.5, 1, 3, 1]
    plain = make_net(engine).train(X, Y, epochs=3, validation=(X, Y)).validation_error
    weighted = make_net(engine).train(X, Y, epochs=3, validation=(X, Y, s)).validation_error
    net = make_net(engine)
    net.train(X, Y, epochs=1)
    assert weighted[0] == net.error(X, Y, sample_weight=s) != plain[0]
    # a class weight is the training's alone; a weight of a sample goes where the sample goes
    validated = make_net(engine).train(X, Y, epochs=3, validation=(X, Y), class_weight="balanced").validation_error
    net = make_net(engine)
    net.train(X, Y, epochs=1, class_weight="balanced")
    assert validated[0] == net.error(X, Y)
    both = X * 3, Y * 3
    one = make_net(engine).train(*both, epochs=3, validation=0.5, sample_weight=[2] * 12)
    two = make_net(engine).train(*both, epochs=3, validation=0.5)
    assert one.validation_error[0] != two.validation_error[0]
    other = make_net(engine).train(*both, 1.0, 3, validation=0.5)  # twice the weight is twice the eta
    assert one.validation_error == [2 * error for error in other.validation_error]


def test_a_sample_of_weight_0_teaches_nothing(engine):
    net, twin = make_net(engine), make_net(engine)
    net.train(X, Y, epochs=2, shuffle=False, sample_weight=[1, 1, 1, 0])
    twin.train(X[:3], Y[:3], epochs=2, shuffle=False)
    assert net.digest() == twin.digest()


def test_balanced_is_m_over_classes_times_count(engine):
    net, twin = make_net(engine), make_net(engine)
    net.train(X, Y, epochs=2, class_weight="balanced")  # 3 of class 0, 1 of class 1
    twin.train(X, Y, epochs=2, sample_weight=[4 / (2 * 3), 4 / 2, 4 / (2 * 3), 4 / (2 * 3)])
    assert net.digest() == twin.digest()
    net.train(X, Y, epochs=2, class_weight=[0.5, 3], sample_weight=[1, 1, 2, 1])
    twin.train(X, Y, epochs=2, sample_weight=[0.5, 3, 1, 0.5])
    assert net.digest() == twin.digest()


def test_classes_of_one_output_are_its_values():
    net, twin = Net(3, 1, seed=1), Net(3, 1, seed=1)
    net.train(X, [0, 1, 1, 1], epochs=2, class_weight=[3, 0.5])
    twin.train(X, [0, 1, 1, 1], epochs=2, sample_weight=[3, 0.5, 0.5, 0.5])
    assert net.digest() == twin.digest()


BAD_WEIGHTS = [
    ({"sample_weight": [1, 1, -1, 1]}, ["sample_weight[2] must be a finite number >= 0, got -1"]),
    ({"sample_weight": [1, 1, float("nan"), 1]}, ["sample_weight[2]", "nan"]),
    ({"sample_weight": [1, 1]}, ["sample_weight must be 4 numbers", "got 2"]),
    ({"sample_weight": [0, 0, 0, 0]}, ["must not make every sample count 0"]),
    ({"sample_weight": 1}, ["sample_weight must be 4 numbers", "got 1"]),
    ({"class_weight": "balance"}, ["class_weight", "did you mean 'balanced'"]),
    ({"class_weight": [1, 2, 3]}, ["class_weight must be 2 numbers", "balanced", "got 3"]),
    ({"class_weight": [1, -2]}, ["class_weight[1] must be a finite number >= 0, got -2"]),
]


@pytest.mark.parametrize(("keywords", "words"), BAD_WEIGHTS)
def test_bad_weights_are_refused(keywords, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        make_net().train(X, Y, epochs=1, **keywords)
    for word in words:
        assert word in str(caught.value)


# Dropout ---------------------------------------------------------------------------------------------------------


def test_dropout_of_one_sample_by_hand(engine):
    net = make_net(engine, activation="tanh", output="linear")
    twin, state = net.copy(), net.generator.state
    history = net.train(X[:1], Y[:1], epochs=1, eta=0.125, shuffle=False, dropout=0.5)
    generator = Generator(state)
    kept = [0.0 if generator.uniform(0.0, 1.0) < 0.5 else 2.0 for _ in range(4)]
    assert 0.0 in kept
    assert 2.0 in kept
    assert net.generator.state == generator.state
    b = [kept_h * b_h for kept_h, b_h in zip(kept, twin.explain(X[0], Y[0]).b)]
    w, theta = [list(row) for row in twin.layers[1].weights], list(twin.layers[1].thresholds)
    y_hat = [sum(b[h] * w[h][j] for h in range(4)) - theta[j] for j in range(2)]
    g = [y - a for y, a in zip(Y[0], y_hat)]
    slope = [1 - (b_h / 2) ** 2 for b_h in b]
    e = [slope[h] * kept[h] * sum(w[h][j] * g[j] for j in range(2)) for h in range(4)]
    assert history.error == pytest.approx([0.5 * sum(r * r for r in g)])
    for h in range(4):
        assert list(net.layers[1].weights[h]) == pytest.approx([w[h][j] + 0.125 * g[j] * b[h] for j in range(2)])
    for i in range(3):
        expected = [twin.layers[0].weights[i][h] + 0.125 * e[h] * X[0][i] for h in range(4)]
        assert list(net.layers[0].weights[i]) == pytest.approx(expected)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_dropout_goes_on_from_the_generator_and_is_off_in_prediction(precision, engine):
    net, twin = [Net(3, 4, 4, 2, seed=2, engine=engine, precision=precision) for _ in range(2)]
    net.train(X, Y, epochs=4, batch=2, dropout=[0.5, 0.25])
    for _ in range(2):
        twin.train(X, Y, epochs=2, batch=2, dropout=[0.5, 0.25])
    assert net.digest() == twin.digest()
    assert net.predict(X) == net.predict(X)
    assert net.predict(X) == twin.predict(X)


def test_dropout_of_rate_0_draws_nothing(engine):
    net, twin = make_net(engine), make_net(engine)
    net.train(X, Y, epochs=3, dropout=0.0)
    twin.train(X, Y, epochs=3)
    assert net.digest() == twin.digest()
    assert net.generator.state == twin.generator.state


@pytest.mark.parametrize("rate", [-0.1, 1.0, "half", [0.5, 0.5]])
def test_bad_rates_are_refused(rate):
    with pytest.raises((ValueError, TypeError), match="dropout"):
        make_net().train(X, Y, epochs=1, dropout=rate)
