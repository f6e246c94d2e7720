"""Each equation of the article on its own, against numbers worked by hand, and each rule of its arithmetic.

The inputs are binary fractions for which every intermediate result is exact, so `==` is the right comparison in both
precisions. Where rounding itself is tested, the expected numbers are written operation by operation.
"""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microbp import Net, bp
from microbp.arithmetic import sigmoid
from microbp.rows import double, single
from microbp.rows.single import Binary32

ULP = {double: 2.0**-52, single: 2.0**-23}  # the distance from 1 to the next number


@pytest.fixture(params=[double, single], ids=["double", "single"])
def rows(request):
    return request.param


def make_layer(rows, w, theta, f=sigmoid, slope=bp.sigmoid_slope):
    return bp.UnpackedLayer([rows.row(w_h) for w_h in w], rows.row(theta), bp.each(f), slope)


def output_gradient(rows, slope, y_hat, y):
    """(6) for the squared error."""
    y_hat, y = rows.row(y_hat), rows.row(y)
    return bp.output_gradient(rows, slope, y_hat, y_hat, rows.row(map(bp.LOSSES["squared_error"][1], y, y_hat)))


def hidden_gradient(rows, slope, b, w, g):
    """(11), for slopes that need no z."""
    b = rows.row(b)
    return bp.hidden_gradient(rows, slope, b, b, matrix(rows, w), rows.row(g))


def matrix(rows, w):
    return [rows.row(w_h) for w_h in w]


def lists(w):
    return [list(w_h) for w_h in w]


# The equations ---------------------------------------------------------------------------------------------------


def test_1_error_of_one_sample(rows):
    # 1/2 ((3/4 - 1)^2 + (1/4 - 0)^2 + (1/2 - 1/2)^2) = 1/2 (1/16 + 1/16 + 0) = 1/16
    assert bp.error(rows, rows.row([0.75, 0.25, 0.5]), rows.row([1.0, 0.0, 0.5])) == 1 / 16


def test_1_halves_the_whole_sum(rows):
    # (1.2 * 2^k)^2 = 1.44 * 2^2k: half of four of them is a finite number, the sum of four is not
    big = {double: 1.2 * 2.0**511, single: 1.25 * 2.0**63}[rows]
    assert math.isfinite(bp.error(rows, rows.row([big] * 2), rows.row([0.0] * 2)))
    assert bp.error(rows, rows.row([big] * 4), rows.row([0.0] * 4)) == math.inf


def test_signal_is_the_weighted_sum_of_what_comes_in(rows):
    # beta_1 = 2*1/2 + 3*1/4 + (-1)*2 = 1 + 3/4 - 2 = -1/4;   beta_2 = 1*1/2 + (-2)*1/4 + 1/4*2 = 1/2
    w = matrix(rows, [[2.0, 1.0], [3.0, -2.0], [-1.0, 0.25]])
    assert list(bp.signal(rows, w, rows.row([0.5, 0.25, 2.0]))) == [-0.25, 0.5]


def test_2_output_subtracts_the_threshold(rows):
    def double(x):
        return 2.0 * x

    # 2 (3 - 5/2) = 1;   2 (3 - 15/4) = -3/2
    layer = make_layer(rows, [[1.0, 1.0]], [2.5, 3.75], double, bp.sigmoid_slope)
    zs, outputs = bp.forward(rows, [layer], rows.row([3.0]))
    assert (list(zs[0]), list(outputs[1])) == ([0.5, -0.75], [1.0, -1.5])


def test_2_output_is_one_half_where_the_signal_meets_the_threshold(rows):
    layer = make_layer(rows, [[1.25, -2.0]], [1.25, -2.0])
    assert list(bp.forward(rows, [layer], rows.row([1.0]))[1][1]) == [0.5, 0.5]


def test_3_slope_of_the_sigmoid_in_terms_of_its_value():
    # 1/2 * 1/2 = 1/4;   1/4 * 3/4 = 3/16;   7/8 * 1/8 = 7/64;   flat where saturated
    assert [bp.sigmoid_slope(f) for f in (0.5, 0.25, 0.875, 0.0, 1.0)] == [1 / 4, 3 / 16, 7 / 64, 0.0, 0.0]


@pytest.mark.parametrize("x", [-5.0, -1.5, -0.1, 0.0, 0.7, 2.0, 6.0])
def test_4_slope_is_the_derivative_of_the_sigmoid(x):
    # the second line of (4), before it is brought into the form of (3)
    assert bp.sigmoid_slope(sigmoid(x)) == pytest.approx(math.exp(-x) / (1 + math.exp(-x)) ** 2, rel=1e-13)
    h = 1e-5
    assert bp.sigmoid_slope(sigmoid(x)) == pytest.approx((sigmoid(x + h) - sigmoid(x - h)) / (2 * h), rel=1e-8)


def test_slopes_of_the_other_activations():
    # tanh: 1 - (1/2)^2 = 3/4, 1 - (-3/4)^2 = 7/16; linear: 1
    tanh_slope, linear_slope = bp.ACTIVATIONS["tanh"][1], bp.ACTIVATIONS["linear"][1]
    assert [tanh_slope(f) for f in (0.5, -0.75, 0.0, 1.0)] == [3 / 4, 7 / 16, 1.0, 0.0]
    assert [linear_slope(f) for f in (0.5, -7.0, 0.0)] == [1.0, 1.0, 1.0]


def test_5_chain_rule_gives_minus_g_b(rows):
    # y_hat = 1/4, y = 1, b = 1/2: dE/dy_hat = y_hat - y = -3/4; dy_hat/dbeta = 1/4 * 3/4 = 3/16; dbeta/dw = b = 1/2
    dE_dw = (-3 / 4) * (3 / 16) * (1 / 2)
    g = output_gradient(rows, bp.sigmoid_slope, rows.row([0.25]), rows.row([1.0]))
    layer = make_layer(rows, [[0.0]], [0.0])
    bp.update(rows, 1.0, layer, rows.row([0.5]), g)
    assert layer.w[0][0] == -dE_dw == 9 / 128


def test_6_gradient_of_the_output_neurons(rows):
    # 3/4 * 1/4 * (1 - 3/4) = 3/64;   1/2 * 1/2 * (0 - 1/2) = -1/8;   1/4 * 3/4 * (1/4 - 1/4) = 0
    g = output_gradient(rows, bp.sigmoid_slope, rows.row([0.75, 0.5, 0.25]), rows.row([1.0, 0.0, 0.25]))
    assert list(g) == [3 / 64, -1 / 8, 0.0]
    assert not negative_zeros(g)  # y - y_hat, not -(y_hat - y)


def test_7_8_update_of_the_output_layer(rows):
    # eta = 1/2, g = (1/4, -1/8), b = (1/2, 2)
    # eta g_j b_h: 1/2 * 1/8 = 1/16, 1/2 * -1/16 = -1/32;   1/2 * 1/2 = 1/4, 1/2 * -1/4 = -1/8
    # -eta g_j:    -1/8, 1/16
    layer = make_layer(rows, [[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0])
    bp.update(rows, 0.5, layer, rows.row([0.5, 2.0]), rows.row([0.25, -0.125]))
    assert lists(layer.w) == [[1 + 1 / 16, 2 - 1 / 32], [3 + 1 / 4, 4 - 1 / 8]]
    assert list(layer.theta) == [1 - 1 / 8, -1 + 1 / 16]


def test_9_10_update_of_the_hidden_layer(rows):
    # eta = 1/4, e = (1/2, -1), x = (1, 0, -2): eta e_h x_i = 1/8, -1/4;   0, 0;   -1/4, 1/2;   -eta e_h = -1/8, 1/4
    layer = make_layer(rows, [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], [0.5, 0.5])
    bp.update(rows, 0.25, layer, rows.row([1.0, 0.0, -2.0]), rows.row([0.5, -1.0]))
    assert lists(layer.w) == [[9 / 8, 3 / 4], [1.0, 1.0], [3 / 4, 3 / 2]]
    assert list(layer.theta) == [3 / 8, 3 / 4]


def test_11_gradient_of_the_hidden_neurons(rows):
    # sums over j: 2*1/4 + (-1)*1/8 = 3/8;   1/2*1/4 + 5*1/8 = 3/4.   e = 1/2*1/2 * 3/8 = 3/32;   1/4*3/4 * 3/4 = 9/64
    w = matrix(rows, [[2.0, -1.0], [0.5, 5.0]])
    e = hidden_gradient(rows, bp.sigmoid_slope, rows.row([0.5, 0.25]), w, rows.row([0.25, 0.125]))
    assert list(e) == [3 / 32, 9 / 64]


# The equations together, through a net, on every engine -----------------------------------------------------------


@pytest.mark.parametrize("precision", ["double", "single"])
def test_one_step_by_hand(engine, precision):
    net = Net(2, 2, 1, precision=precision, engine=engine)
    net.layers[0].weights = [[1.0, -2.0], [3.0, 0.5]]
    net.layers[0].thresholds = [4.0, -1.5]
    net.layers[1].weights = [[2.0], [-4.0]]
    net.layers[1].thresholds = [-1.0]
    step = net.step([1, 1], [1], eta=0.5)
    assert step.alpha == [4.0, -1.5]  # 1 + 3, -2 + 1/2: just the thresholds
    assert step.b == [0.5, 0.5]
    assert step.beta == [-1.0]  # 2*1/2 - 4*1/2: again the threshold
    assert step.y_hat == [0.5]
    assert step.E == 1 / 8  # 1/2 (1/2 - 1)^2
    assert step.g == [1 / 8]  # 1/2 * 1/2 * 1/2
    assert step.e == [1 / 16, -1 / 8]  # 1/4 * 2 * 1/8,  1/4 * (-4) * 1/8
    assert step.dw == [[1 / 32], [1 / 32]]  # 1/2 * 1/8 * 1/2
    assert step.dtheta == [-1 / 16]
    assert step.dv == [[1 / 32, -1 / 16], [1 / 32, -1 / 16]]
    assert step.dgamma == [-1 / 32, 1 / 16]
    assert [list(row) for row in net.layers[0].weights] == [[1 + 1 / 32, -2 - 1 / 16], [3 + 1 / 32, 0.5 - 1 / 16]]
    assert list(net.layers[0].thresholds) == [4 - 1 / 32, -1.5 + 1 / 16]
    assert [list(row) for row in net.layers[1].weights] == [[2 + 1 / 32], [-4 + 1 / 32]]
    assert list(net.layers[1].thresholds) == [-1 - 1 / 16]


def linear_chain(engine, v, w):
    net = Net(1, 1, 1, activation="linear", init=0, engine=engine)
    net.layers[0].weights = [[v]]
    net.layers[1].weights = [[w]]
    return net


@pytest.mark.parametrize("update", [Net.step, lambda net, x, y, eta: net.train([x], [y], eta, epochs=1)])
def test_hidden_gradient_uses_the_weights_from_before_the_update(engine, update):
    # v = 1, w = 2, x = 1, y = 0: y_hat = 2, g = -2, e = w g = -4. With eta = 1/2: w = 2 - 1, v = 1 - 2, gamma = 2.
    # Had w been updated first, e would be 1 * -2, and v = 0.
    net = linear_chain(engine, 1.0, 2.0)
    update(net, [1], [0], 0.5)
    assert net.layers[1].weights[0] == [1.0]
    assert net.layers[0].weights[0] == [-1.0]
    assert net.layers[0].thresholds == [2.0]


def test_step_reports_the_gradient_from_before_the_update(engine):
    assert linear_chain(engine, 1.0, 2.0).step([1], [0], eta=0.5).e == [-4.0]


def test_accumulated_update_is_the_mean_over_the_samples(engine):
    # y_hat = w x - theta with w = theta = 0. Samples (1, 2), (3, -2): g = 2, -2; eta = 1/2, m = 2.
    # w = 1/4 (2*1 - 2*3) = -1; theta = -1/4 (2 - 2) = 0. mean E = 1/2 (2 + 2) = 2
    net = Net(1, 1, activation="linear", init=0, engine=engine)
    history = net.train([1, 3], [2, -2], eta=0.5, epochs=1, batch="all", shuffle=False)
    assert net.layers[0].weights[0] == [-1.0]
    assert net.layers[0].thresholds == [0.0]
    assert history.error == [2.0]


def test_standard_bp_updates_after_every_sample(engine):
    # The same samples with eta = 1/4: after (1, 2) g = 2, so w = 1/2, theta = -1/2; then y_hat = 3/2 + 1/2 = 2, g = -4,
    # so w = 1/2 - 3 = -5/2, theta = -1/2 + 1 = 1/2. mean E = 1/2 (2 + 8) = 5
    net = Net(1, 1, activation="linear", init=0, engine=engine)
    history = net.train([1, 3], [2, -2], eta=0.25, epochs=1, shuffle=False)
    assert net.layers[0].weights[0] == [-2.5]
    assert net.layers[0].thresholds == [0.5]
    assert history.error == [5.0]


def test_last_batch_is_divided_by_its_own_size(engine):
    # Three samples (1, 1), (1, 1), (1, 4) in batches of two, eta = 1/2: first w = 1/4 * 2 = 1/2, theta = -1/2, so
    # y_hat = 1; then g = 3 and the rate is 1/2 / 1: w = 1/2 + 3/2 = 2, theta = -2.
    net = Net(1, 1, activation="linear", init=0, engine=engine)
    net.train([1, 1, 1], [1, 1, 4], eta=0.5, epochs=1, batch=2, shuffle=False)
    assert net.layers[0].weights[0] == [2.0]
    assert net.layers[0].thresholds == [-2.0]


# The order of sums and products -----------------------------------------------------------------------------------
#
# With t = ulp / 4, (((1 + t) + t) + t) + t is 1, since each t is lost; (((t + t) + t) + t) + 1 is 1 + ulp.


def test_signal_sums_in_the_order_of_the_index(rows):
    ulp = ULP[rows]
    w = matrix(rows, [[1.0], [ulp / 4], [ulp / 4], [ulp / 4], [ulp / 4]])
    ones = rows.row([1.0] * 5)
    assert list(bp.signal(rows, w, ones)) == [1.0]
    assert list(bp.signal(rows, w[::-1], ones)) == [1.0 + ulp]


def test_hidden_gradient_sums_in_the_order_of_the_index(rows):
    ulp = ULP[rows]
    w = rows.row([1.0, ulp / 4, ulp / 4, ulp / 4, ulp / 4])
    ones, b = rows.row([1.0] * 5), rows.row([0.5])
    assert list(hidden_gradient(rows, bp.sigmoid_slope, b, [w], ones)) == [0.25]
    assert list(hidden_gradient(rows, bp.sigmoid_slope, b, [w[::-1]], ones)) == [0.25 * (1.0 + ulp)]


def test_error_sums_in_the_order_of_the_index(rows):
    root, terms = {double: (2.0**-27, 4), single: (2.0**-13, 8)}[rows]  # terms * root^2 = ulp
    y_hat, y = rows.row([1.0] + [root] * terms), rows.row([0.0] * (terms + 1))
    assert bp.error(rows, y_hat, y) == 0.5
    assert bp.error(rows, y_hat[::-1], y) == 0.5 * (1.0 + ULP[rows])


def test_sums_are_not_compensated():
    # 0.1 ten times is 0.9999999999999999 term by term; fsum, and sum() since Python 3.12, say 1.0
    tenths, ones = [0.1] * 10, [1.0] * 10
    assert math.fsum(tenths) == 1.0
    assert bp.signal(double, [[tenth] for tenth in tenths], ones) == [0.9999999999999999]
    assert hidden_gradient(double, lambda f, z: 1.0, [0.5], [tenths], ones) == [0.9999999999999999]


def test_error_is_not_compensated():
    y_hat = [0.1] * 10
    total = 0.0
    for y_hat_j in y_hat:
        total = total + y_hat_j * y_hat_j
    assert total != math.fsum(y_hat_j * y_hat_j for y_hat_j in y_hat)
    assert bp.error(double, y_hat, [0.0] * 10) == 0.5 * total


def test_batch_sums_over_the_samples_in_the_order_of_the_visits(engine):
    # A net of one weight, w = theta = 0, linear: g = y, and w becomes 1/m sum_k y_k x_k with x = 1.
    t = 2.0**-54
    forward, backward = [1.0] + [t] * 7, [t] * 7 + [1.0]
    for targets, total in ((forward, 1.0), (backward, 1.0 + 2.0**-51)):  # 7 t + 1 is 1 + 7/4 ulp: 1 + 2 ulp
        net = Net(1, 1, activation="linear", init=0, engine=engine)
        net.train([1] * 8, targets, eta=1.0, epochs=1, batch="all", shuffle=False)
        assert net.layers[0].weights[0] == [total / 8]
        assert net.layers[0].thresholds == [-total / 8]


def test_mean_error_sums_over_the_samples_in_the_order_of_the_visits(engine):
    # y = 1 or 2^-27 and y_hat = 0: E_k = 1/2 or 1/2 ulp / 4
    small = [2.0**-27] * 4
    net = Net(1, 1, activation="linear", init=0, engine=engine)
    for targets, mean in (([1.0, *small], 0.5 / 5), ([*small, 1.0], (0.5 + 2.0**-53) / 5)):
        assert net.error([1] * 5, targets) == mean
        history = net.copy().train([1] * 5, targets, eta=0.5, epochs=1, batch="all", shuffle=False)
        assert history.error == [mean]


@pytest.mark.parametrize("precision", ["double", "single"])
def test_threshold_is_subtracted_after_the_sum(engine, precision):
    t = {"double": 2.0**-52, "single": 2.0**-23}[precision] / 4
    net = Net(5, 1, activation="linear", precision=precision, engine=engine)
    net.layers[0].weights = [[1.0], [t], [t], [t], [t]]
    net.layers[0].thresholds = [1.0]
    assert net([1] * 5) == [0.0]  # had the sum begun at -theta, it would be 4 t


def test_products_of_three_go_left_to_right_in_6():
    y_hat = 0.03
    assert (y_hat * (1 - y_hat)) * (1 - y_hat) != y_hat * ((1 - y_hat) * (1 - y_hat))
    g = output_gradient(double, bp.sigmoid_slope, [y_hat], [1.0])
    assert g == [(y_hat * (1 - y_hat)) * (1 - y_hat)]


def test_products_of_three_go_left_to_right_in_11():
    b, total = 0.03, 1 - 0.03
    assert (b * (1 - b)) * total != b * ((1 - b) * total)
    e = hidden_gradient(double, bp.sigmoid_slope, [b], [[total]], [1.0])
    assert e == [(b * (1 - b)) * total]


def test_update_multiplies_g_and_b_first():
    eta, g, b = 0.1, 0.1, 0.3
    assert eta * (g * b) != (eta * g) * b
    layer = make_layer(double, [[0.0]], [0.0])
    bp.update(double, eta, layer, [b], [g])
    assert layer.w == [[eta * (g * b)]]


@pytest.mark.parametrize("precision", ["double", "single"])
def test_rate_of_a_batch_is_rounded_once(engine, precision):
    # three samples whose g_j b_h is 1: w = (eta / m) * 3
    rounded = {"double": float, "single": binary32}[precision]
    rate = rounded(0.9 / 3)
    assert rounded(rate * 3) != rounded(0.9)  # not eta * (3 / m)
    assert precision == "double" or rate != binary32(binary32(0.9) / 3)  # not of an eta that is rounded before
    net = Net(1, 1, activation="linear", init=0, precision=precision, engine=engine)
    net.train([1] * 3, [1] * 3, eta=0.9, epochs=1, batch="all", shuffle=False)
    assert net.layers[0].weights[0] == [rounded(rate * 3)]


@pytest.mark.parametrize("precision", ["double", "single"])
def test_eta_of_standard_bp_is_rounded(engine, precision):
    # w = 0, x = 1, y = 3, linear: w = eta (3 * 1)
    rounded = {"double": float, "single": binary32}[precision]
    assert rounded(rounded(0.27) * 3) != rounded(0.27 * 3) or precision == "double"
    net = Net(1, 1, activation="linear", init=0, precision=precision, engine=engine)
    net.train([1], [3], eta=0.27, epochs=1)
    assert net.layers[0].weights[0] == [rounded(rounded(0.27) * 3)]


# Zeros ------------------------------------------------------------------------------------------------------------


def test_skipping_zeros_changes_no_bit_of_a_signal(rows):
    w = matrix(rows, [[0.1, -0.7], [0.3, 0.9], [-0.2, 1e-3], [0.5, 5.0]])
    b = rows.row([0.7, 0.0, 0.9, -0.0])
    kept = bp.signal(rows, [w[0], w[2]], rows.row([b[0], b[2]]))
    total = rows.row([0.0, 0.0])
    for w_h, b_h in zip(w, b):  # every term, the zeros as well
        rows.add_product(total, w_h, b_h)
    assert list(bp.signal(rows, w, b)) == list(kept) == list(total)


def test_skipping_zeros_changes_no_bit_of_an_update(rows):
    layer = make_layer(rows, [[0.1, -0.7], [0.3, 0.9]], [0.2, 0.4])
    bp.update(rows, 0.3, layer, rows.row([0.0, 0.6]), rows.row([0.11, -0.13]))
    assert list(layer.w[0]) == list(rows.row([0.1, -0.7]))
    assert list(layer.w[1]) != list(rows.row([0.3, 0.9]))


def test_zeros_in_the_data_change_no_bit_of_a_training(engine):
    # The middle input is always 0: the net learns what it learns without it.
    wide, narrow = Net(3, 2, 1, seed=5, engine=engine), Net(2, 2, 1, engine=engine)
    for mine, its in zip((0, 1), (0, 2)):
        narrow.layers[0].weights[mine][:] = wide.layers[0].weights[its]
    narrow.layers[0].thresholds = wide.layers[0].thresholds
    narrow.layers[1].weights = wide.layers[1].weights
    narrow.layers[1].thresholds = wide.layers[1].thresholds
    unused = list(wide.layers[0].weights[1])
    y = [0.25, 0.75, 0.5]
    wide.train([[0.3, 0, 0.9], [0, 0, 0.1], [0.7, -0.0, 0]], y, epochs=20, shuffle=False)
    narrow.train([[0.3, 0.9], [0, 0.1], [0.7, 0]], y, epochs=20, shuffle=False)
    assert wide.layers[0].weights[1] == unused
    assert wide.layers[0].weights[2] == narrow.layers[0].weights[1]
    assert wide.layers[1].weights[0] == narrow.layers[1].weights[0]


def negative_zeros(numbers):
    return [number for number in numbers if number == 0.0 and math.copysign(1.0, number) < 0.0]


def test_sum_of_negative_zeros_is_positive_zero(rows):
    tiny = {double: 2.0**-600, single: 2.0**-100}[rows]  # its square is rounded to 0
    total = bp.signal(rows, matrix(rows, [[-tiny], [-tiny]]), rows.row([tiny, tiny]))
    assert list(total) == [0.0]
    assert not negative_zeros(total)


def test_zero_parameter_stays_positive_zero_under_a_vanishing_update(rows):
    tiny = {double: 2.0**-600, single: 2.0**-100}[rows]
    layer = make_layer(rows, [[0.0]], [0.0])
    bp.update(rows, tiny, layer, rows.row([tiny]), rows.row([-tiny]))
    assert not negative_zeros([*layer.w[0], *layer.theta])


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("batch", [1, 2, "all"])
def test_no_parameter_becomes_negative_zero(engine, precision, batch):
    # saturated neurons (slope 0), zero gradients and updates that cancel a parameter exactly
    net = Net(2, 3, 2, activation="linear", output="sigmoid", init=-0.0, precision=precision, engine=engine)
    net.layers[1].weights = [[-0.0, 900], [900, -0.0], [-900, 900]]
    net.train([[0, -1], [-0.0, 1], [1, 1e-30]], [[0, 1], [0.5, 0.5], [1, 0]], eta=1e-40, epochs=3, batch=batch)
    assert negative_zeros(net.parameters) == []


@pytest.mark.parametrize("precision", ["double", "single"])
def test_weight_that_is_cancelled_becomes_positive_zero(engine, precision):
    # w = 1, x = 1, y = 0: g = -1, w + 1 * (g x) = 1 - 1
    net = Net(1, 1, activation="linear", init=0, precision=precision, engine=engine)
    net.layers[0].weights = [[1.0]]
    net.step([1], [0], eta=1)
    assert net.layers[0].weights[0] == [0.0]
    assert negative_zeros(net.parameters) == []


# Single precision -------------------------------------------------------------------------------------------------


def binary32(x):
    """x rounded to binary32, by struct: another way than the one in the package."""
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)


class ByStruct:
    """Single-precision operations: in double precision, then rounded."""

    add = staticmethod(lambda a, b: binary32(a + b))
    subtract = staticmethod(lambda a, b: binary32(a - b))
    multiply = staticmethod(lambda a, b: binary32(a * b))


def operations():
    """Single-precision operations that are not the package's own: the processor's, through NumPy, where installed."""
    try:
        import numpy
    except ImportError:
        return ByStruct

    def single(operation):
        def rounded(a, b):
            with numpy.errstate(all="ignore"):
                return float(operation(numpy.float32(a), numpy.float32(b)))

        return staticmethod(rounded)

    names = ("add", "subtract", "multiply")
    return type("ByNumPy", (), {name: single(getattr(numpy, name)) for name in names})


REFERENCE = operations()
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)  # subnormals and the largest included
small = st.floats(width=32, min_value=-(2.0**-60), max_value=2.0**-60)  # whose products are subnormal
singles = st.one_of(numbers, small, st.floats(width=32, min_value=-2, max_value=2))


def same(a, b):
    """Equal, and NaN equal to NaN."""
    return a == b or (a != a and b != b)


@given(singles, singles)
def test_single_operations_are_rounded_to_binary32(a, b):
    assert same(Binary32(a) + b, REFERENCE.add(a, b))
    assert same(b + Binary32(a), REFERENCE.add(b, a))
    assert same(Binary32(a) - b, REFERENCE.subtract(a, b))
    assert same(b - Binary32(a), REFERENCE.subtract(b, a))
    assert same(Binary32(a) * b, REFERENCE.multiply(a, b))
    assert same(b * Binary32(a), REFERENCE.multiply(b, a))


@given(st.lists(st.tuples(singles, singles), min_size=1, max_size=5))
def test_single_signal_rounds_each_operation(terms):
    total = 0.0
    for w, b in terms:
        total = REFERENCE.add(total, REFERENCE.multiply(w, b)) if b else total
    beta = bp.signal(single, matrix(single, [[w] for w, _ in terms]), single.row([b for _, b in terms]))
    assert same(beta[0], total)


@given(st.lists(st.tuples(singles, singles), min_size=1, max_size=5))
def test_single_error_rounds_each_operation(terms):
    total = 0.0
    for y_hat, y in terms:
        difference = REFERENCE.subtract(y_hat, y)
        total = REFERENCE.add(total, REFERENCE.multiply(difference, difference))
    y_hat, y = single.row([a for a, _ in terms]), single.row([b for _, b in terms])
    assert same(bp.error(single, y_hat, y), REFERENCE.multiply(0.5, total))


@given(singles, singles)
def test_single_output_gradient_rounds_each_operation(y_hat, y):
    slope = REFERENCE.multiply(y_hat, REFERENCE.subtract(1.0, y_hat))
    g = output_gradient(single, bp.sigmoid_slope, single.row([y_hat]), single.row([y]))
    assert same(g[0], REFERENCE.multiply(slope, REFERENCE.subtract(y, y_hat)))


@given(singles, singles, singles)
def test_single_hidden_gradient_rounds_each_operation(b, w, g):
    slope = REFERENCE.subtract(1.0, REFERENCE.multiply(b, b))
    e = hidden_gradient(single, bp.tanh_slope, single.row([b]), [single.row([w])], single.row([g]))
    total = REFERENCE.add(0.0, REFERENCE.multiply(w, g)) if g else 0.0
    assert same(e[0], REFERENCE.multiply(slope, total))


@given(singles, singles, singles, singles, st.floats(width=32, min_value=2.0**-20, max_value=2))
def test_single_update_rounds_each_operation(w, theta, g, b, eta):
    layer = make_layer(single, [[w]], [theta])
    bp.update(single, eta, layer, single.row([b]), single.row([g]))
    change = REFERENCE.multiply(eta, REFERENCE.multiply(g, b))
    assert same(layer.w[0][0], REFERENCE.add(w, change) if b else w)
    assert same(layer.theta[0], REFERENCE.subtract(theta, REFERENCE.multiply(eta, g)))


def test_subnormal_weights_survive_a_training(engine):
    # one weight of the smallest subnormal, an input that keeps it: y_hat = y, nothing is to be learnt
    for precision, tiny in (("double", 5e-324), ("single", 2.0**-149)):
        net = Net(1, 1, activation="linear", init=0, precision=precision, engine=engine)
        net.layers[0].weights = [[tiny]]
        assert net([1]) == [tiny]
        net.train([1], [tiny], epochs=3)
        assert net.layers[0].weights[0] == [tiny]
        net.train([1], [0], eta=1, epochs=1)  # g = -tiny, and w + g = 0
        assert net.layers[0].weights[0] == [0.0]
