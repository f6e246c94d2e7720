"""The elementary functions against mpmath, at every seam of their range reductions, and bit by bit."""

import hashlib
import math
import random
import runpy
import struct
from itertools import islice
from math import inf, isnan, nan
from pathlib import Path

import pytest
from mpmath import mp, mpf

import microbp.arithmetic as arithmetic
from microbp.arithmetic import exp, log, sigmoid, tanh

FUNCTIONS = [exp, log, sigmoid, tanh]
LN2 = math.log(2.0)
LARGEST = 1.7976931348623157e308
SMALLEST = 5e-324
NORMAL = 2.2250738585072014e-308
SWITCH = 0.5495452665613635  # the least x whose square is 0.302: from here on tanh goes by exp

GOLDEN = {
    exp: [
        (0.0, "0x1.0000000000000p+0"),
        (1.0, "0x1.5bf0a8b145769p+1"),
        (-1.0, "0x1.78b56362cef38p-2"),
        (0.5, "0x1.a61298e1e069cp+0"),
        (-0.25, "0x1.8ebef9eac820bp-1"),
        (1e-10, "0x1.000000006df38p+0"),
        (-1e-17, "0x1.0000000000000p+0"),
        (0.34657359027997264, "0x1.6a09e667f3bccp+0"),
        (0.34657359027997275, "0x1.6a09e667f3bcdp+0"),
        (-0.3466, "0x1.6a0773cd678a4p-1"),
        (2.0, "0x1.d8e64b8d4ddaep+2"),
        (-5.5, "0x1.0bd4a5aca7728p-8"),
        (10.1, "0x1.7c5c09a68d572p+14"),
        (-37.25, "0x1.3278bcd70e981p-54"),
        (88.7, "0x1.f4705bbffae5cp+127"),
        (300.125, "0x1.fc0ed35ef0037p+432"),
        (-650.3, "0x1.c28286f8e8088p-939"),
        (709.782712893384, "0x1.fffffffffff2ap+1023"),
        (-708.3964185322641, "0x1.000000000007cp-1022"),
        (-720.5, "0x0.00005cf08fff0p-1022"),
        (-744.9, "0x0.0000000000001p-1022"),
        (-745.1332191019411, "0x0.0000000000001p-1022"),
        (-745.1332191019412, "0x0.0p+0"),
    ],
    log: [
        (1.0, "0x0.0p+0"),
        (0.5, "-0x1.62e42fefa39efp-1"),
        (2.0, "0x1.62e42fefa39efp-1"),
        (10.0, "0x1.26bb1bbb55516p+1"),
        (0.1, "-0x1.26bb1bbb55515p+1"),
        (0.7071067811865475, "-0x1.62e42fefa39f1p-2"),
        (0.7071067811865476, "-0x1.62e42fefa39eep-2"),
        (1.4142135623730951, "0x1.62e42fefa39f0p-2"),
        (1.4142135623730954, "0x1.62e42fefa39f3p-2"),
        (0.9999999999999999, "-0x1.0000000000000p-53"),
        (1.0000000000000002, "0x1.fffffffffffffp-53"),
        (1.1, "0x1.8663f793c46ccp-4"),
        (0.95, "-0x1.a431d5bcc193ep-5"),
        (3.5, "0x1.40b512eb53d60p+0"),
        (123456.789, "0x1.77281cad8a844p+3"),
        (1e-05, "-0x1.7069e2aa2aa5bp+3"),
        (1e+300, "0x1.5963447f87fb5p+9"),
        (1.7976931348623157e+308, "0x1.62e42fefa39efp+9"),
        (2.2250738585072014e-308, "-0x1.6232bdd7abcd2p+9"),
        (1.5e-310, "-0x1.64b2ad4cffd15p+9"),
        (5e-324, "-0x1.74385446d71c3p+9"),
    ],
    sigmoid: [
        (0.0, "0x1.0000000000000p-1"),
        (1.0, "0x1.764d4f5d5a2bdp-1"),
        (-1.0, "0x1.136561454ba86p-2"),
        (0.1, "0x1.0cca12729afb8p-1"),
        (-0.3, "0x1.b3c5574372aebp-2"),
        (1e-09, "0x1.0000000225c18p-1"),
        (0.34657359027997264, "0x1.2bec333018867p-1"),
        (-0.3466, "0x1.a825eb9635663p-2"),
        (2.0, "0x1.c2f7d5a8a79cbp-1"),
        (-2.5, "0x1.36b7112534847p-4"),
        (5.25, "0x1.fd53c9a5baf5fp-1"),
        (-7.125, "0x1.a592965fa4d73p-11"),
        (17.3, "0x1.fffffef88d3fep-1"),
        (-25.4, "0x1.478b53360617dp-37"),
        (36.6, "0x1.ffffffffffffep-1"),
        (-36.7, "0x1.0998b04bdd18fp-53"),
        (38.0, "0x1.0000000000000p+0"),
        (-300.5, "0x1.629f5b5352a54p-434"),
        (-374.6, "0x1.7b19cde535d27p-541"),
        (-500.25, "0x1.39634f3ad26d0p-722"),
        (-708.4, "0x0.ff15b469edf89p-1022"),
        (-720.5, "0x0.00005cf08fff0p-1022"),
        (-745.1332191019411, "0x0.0000000000001p-1022"),
        (-745.1332191019412, "0x0.0p+0"),
    ],
    tanh: [
        (0.0, "0x0.0p+0"),
        (5e-324, "0x0.0000000000001p-1022"),
        (1e-09, "0x1.12e0be826d695p-30"),
        (0.1, "0x1.983d7795f413ap-4"),
        (-0.3, "-0x1.2a4dda7d914fap-2"),
        (0.5, "0x1.d9353d7568af3p-2"),
        (-0.549, "-0x1.ffc3cce48227ep-2"),
        (0.5495452665613634, "0x1.001780fd061b2p-1"),
        (0.5495452665613635, "0x1.001780fd061b3p-1"),
        (-0.55, "-0x1.00442f6419203p-1"),
        (0.6, "0x1.12f8292d2ccfcp-1"),
        (0.75, "0x1.45323e552f228p-1"),
        (-0.8664, "-0x1.662a2a2b4c908p-1"),
        (0.9, "0x1.6ebe982d6605dp-1"),
        (1.0, "0x1.85efab514f394p-1"),
        (-1.25, "-0x1.b2523bb6b2deep-1"),
        (1.5, "0x1.cf6f9786df577p-1"),
        (2.0, "0x1.ed9505e1bc3d4p-1"),
        (-3.3, "-0x1.fe9bdf44f7c03p-1"),
        (5.5, "0x1.fffb9f2fc1e91p-1"),
        (10.0, "0x1.ffffffdc96f35p-1"),
        (-17.7, "-0x1.ffffffffffff8p-1"),
        (18.9, "0x1.fffffffffffffp-1"),
        (19.1, "0x1.0000000000000p+0"),
    ],
}

EXACT = {exp: mp.exp, log: mp.log, sigmoid: lambda x: 1 / (1 + mp.exp(-x)), tanh: mp.tanh}
BOUND = {exp: 0.95, log: 0.9, sigmoid: 1.7, tanh: 0.95}


def sign(rng):
    return rng.choice((-1.0, 1.0))


def any_size(low, high):
    """Every power of two from 2**low to 2**high is as likely as the next."""
    return lambda rng: math.ldexp(rng.uniform(1.0, 2.0), rng.randint(low, high))


def near(points):
    """Close to one of the points, by a relative distance of 1e-15 to 1e-3."""
    return lambda rng: rng.choice(points) * (1.0 + sign(rng) * 10.0 ** rng.uniform(-15.0, -3.0))


def between(low, high):
    return lambda rng: rng.uniform(low, high)


def signed(draw):
    return lambda rng: sign(rng) * draw(rng)


EXP_SEAMS = [(n + 0.5) * LN2 for n in range(-1076, 1025)]
SAMPLES = {
    exp: {
        "all": between(-745.2, 709.78),
        "middle": between(-2.0, 2.0),
        "tiny": signed(any_size(-1074, -3)),
        "subnormal result": between(-745.2, -708.0),
        "seams": near(EXP_SEAMS[1:-2]),
    },
    log: {
        "all": any_size(-1022, 1023),
        "subnormal": lambda rng: rng.getrandbits(rng.randint(1, 52)) * SMALLEST + SMALLEST,
        "middle": between(0.5, 2.0),
        "near 1": lambda rng: 1.0 + sign(rng) * 2.0 ** rng.uniform(-52.0, -2.0),
        "seams": near([math.ldexp(math.sqrt(0.5), n) for n in range(-1021, 1024)]),
        "seams next to 1": near([math.sqrt(0.5), math.sqrt(2.0)]),
    },
    sigmoid: {
        "all": between(-745.2, 40.0),
        "middle": between(-8.0, 8.0),
        "saturating": between(8.0, 40.0),
        "left tail": between(-60.0, -20.0),
        "just below 1/4": between(-1.2, -1.09),
        "tiny": signed(any_size(-1074, -3)),
        "subnormal result": between(-745.2, -708.0),
        "seams": near(EXP_SEAMS[:1130]),
    },
    tanh: {
        "all": signed(between(0.0, 20.0)),
        "middle": signed(between(0.0, 1.0)),
        "tiny": signed(any_size(-1074, -3)),
        "switch": signed(between(0.5, 0.6)),
        "seams": near([(n + 0.5) * LN2 / 2 for n in range(1, 55)]),
    },
}


def error(f, x):
    """|f(x) - exact| in units of the last place of the exact value."""
    with mp.workprec(150):
        exact = EXACT[f](mpf(x))
        _, exponent = mp.frexp(exact)
        return float(abs(f(x) - exact) * mpf(2) ** -max(exponent - 53, -1074))


def floats_from(x, step):
    """x and the floats after it (step = inf) or before it (step = -inf)."""
    while True:
        yield x
        x = math.nextafter(x, step)


def floats_around(x, count):
    """The floats next to x, ascending, `count` on each side."""
    return [*[*islice(floats_from(x, -inf), count + 1)][::-1], *islice(floats_from(x, inf), 1, count + 1)]


@pytest.mark.parametrize(("f", "name"), [(f, name) for f in FUNCTIONS for name in SAMPLES[f]])
def test_error_bound(f, name):
    rng = random.Random(f"{f.__name__} {name}")
    worst, x = max((error(f, x), x) for x in (SAMPLES[f][name](rng) for _ in range(8000)))
    assert worst < BOUND[f], f"{f.__name__}({x!r}) is off by {worst} ulp"


@pytest.mark.parametrize("f", FUNCTIONS)
def test_error_bound_at_the_points_of_the_worst_errors_known(f):
    known = {
        exp: [-29.407020361887703, 302.57550863040956, -707.99845390808764],
        log: [0.70539117020314179, 1.4020107696008612],
        sigmoid: [-1.0986303881538961, 8.4551765192585435, -1.1552768775419728e-05],
        tanh: [0.54062985658374951, 0.54987879680776586],
    }
    for x in known[f]:
        assert BOUND[f] - 0.25 < error(f, x) < BOUND[f]


def assert_monotone(f, points):
    values = [f(x) for x in points]
    falls = [x for x, y, after in zip(points, values, values[1:]) if not y <= after]
    assert not falls, f"{f.__name__} falls after {falls[0]!r}"


@pytest.mark.parametrize(("f", "seams"), [
    (exp, EXP_SEAMS),
    (sigmoid, EXP_SEAMS[:1700]),
    (tanh, [s * (n + 0.5) * LN2 / 2 for n in range(60) for s in (-1.0, 1.0)]),
    (log, [math.ldexp(m, n) for n in range(-1021, 1024, 3) for m in (math.sqrt(0.5), 1.0)]),
])
def test_monotone_at_every_seam(f, seams):
    for seam in seams:
        assert_monotone(f, floats_around(seam, 8))


@pytest.mark.parametrize(("f", "seams"), [
    (exp, [-1.5 * LN2, -0.5 * LN2, 0.0, 0.5 * LN2, 7.5 * LN2, 709.782712893384, -708.3964185322641,
           -745.1332191019412]),
    (log, [math.sqrt(0.5), 1.0, math.sqrt(2.0), math.sqrt(8.0), NORMAL]),
    (sigmoid, [-1.5 * LN2, -0.5 * LN2, 0.0, 0.5 * LN2, 1.5 * LN2, 36.7, -36.7, 540.5 * LN2, -540.5 * LN2,
               -708.3964185322641, -745.1332191019412, -746.0]),
    (tanh, [-SWITCH, SWITCH, 0.0, 1.25 * LN2, 1.75 * LN2, 19.06]),
])
def test_monotone_on_thousands_of_neighbours(f, seams):
    for seam in seams:
        assert_monotone(f, floats_around(seam, 3000))


@pytest.mark.parametrize(("f", "low", "high"), [
    (exp, -746.0, 710.0), (exp, -1.0, 1.0), (log, SMALLEST, 4.0), (log, 1.0, 1e4),
    (sigmoid, -750.0, 50.0), (sigmoid, -4.0, 4.0), (tanh, -20.0, 20.0), (tanh, -1.0, 1.0),
])
def test_monotone_on_a_grid(f, low, high):
    assert_monotone(f, [low + (high - low) * (i / 50000) for i in range(50001)])


@pytest.mark.parametrize(("f", "x", "y"), [
    (exp, 0.0, 1.0), (exp, -0.0, 1.0), (exp, -inf, 0.0), (exp, inf, inf), (exp, -1e308, 0.0), (exp, 1e308, inf),
    (exp, SMALLEST, 1.0), (exp, 709.7827128933841, inf), (exp, -745.1332191019412, 0.0),
    (log, 1.0, 0.0), (log, 0.0, -inf), (log, -0.0, -inf), (log, inf, inf),
    (sigmoid, 0.0, 0.5), (sigmoid, -0.0, 0.5), (sigmoid, -inf, 0.0), (sigmoid, inf, 1.0), (sigmoid, -1e308, 0.0),
    (sigmoid, 1e308, 1.0), (sigmoid, SMALLEST, 0.5), (sigmoid, -SMALLEST, 0.5), (sigmoid, 400.0, 1.0),
    (sigmoid, -745.1332191019412, 0.0), (sigmoid, -746.0, 0.0),
    (tanh, 0.0, 0.0), (tanh, -0.0, 0.0), (tanh, -inf, -1.0), (tanh, inf, 1.0), (tanh, LARGEST, 1.0),
    (tanh, -LARGEST, -1.0), (tanh, 187.0, 1.0), (tanh, 188.0, 1.0), (tanh, -SMALLEST, -SMALLEST),
])
def test_special_values(f, x, y):
    assert f(x).hex() == y.hex()


@pytest.mark.parametrize("f", FUNCTIONS)
def test_nan_stays_nan(f):
    assert isnan(f(nan))


@pytest.mark.parametrize("x", [-SMALLEST, -1.0, -inf])
def test_log_of_a_negative_number_is_nan(x):
    assert isnan(log(x))


def test_tanh_is_odd():
    rng = random.Random(1)
    for draw in SAMPLES[tanh].values():
        for _ in range(1000):
            x = draw(rng)
            assert tanh(-x) == -tanh(x)


def test_sigmoid_is_its_formula():
    """sigmoid writes _tail out; both have the same bits, and far on the left f(x) is eˣ within rounding."""
    rng = random.Random(2)
    for _ in range(20000):
        x = rng.uniform(-370.0, 370.0) * rng.random() ** 4
        n = float(round(x * 1.4426950408889634))
        c = n * 0.6931471805598903 - x
        p = arithmetic._tail(c, n * -5.497923018708371e-14)
        u = arithmetic.POWER[n]
        b = u + 1.0
        h = b + c
        assert sigmoid(x) == u / (h + (((u - (b - 1.0)) + (c - (h - b))) + p))
    for _ in range(1000):
        x = rng.uniform(-746.0, -370.0)
        assert abs(sigmoid(x) - exp(x)) <= 2 * math.ulp(exp(x))


def test_powers_of_two_are_exact():
    assert len(arithmetic.POWER) == 1081
    for n, power in arithmetic.POWER.items():
        assert math.frexp(power) == (0.5, n + 1)


def test_no_libm_result_enters():
    borrowed = {name for name, value in vars(arithmetic).items() if getattr(value, "__module__", None) == "math"}
    assert borrowed == {"frexp"}
    assert " ** " not in Path(arithmetic.__file__).read_text(encoding="utf-8")


def test_the_coefficients_are_those_that_the_tool_derives(capsys):
    root = Path(__file__).resolve().parent.parent
    runpy.run_path(str(root / "tools" / "coefficients.py"), run_name="__main__")
    source = Path(arithmetic.__file__).read_text(encoding="utf-8")
    printed = [word.lstrip("-") for word in capsys.readouterr().out.replace(",", " ").split() if word[-1].isdigit()]
    numbers = [word for word in printed if len(word) > 12 and "*" not in word]
    assert len(numbers) == 3 + 9 + 7 + 6
    assert [number for number in numbers if number not in source] == []


@pytest.mark.parametrize(("f", "x", "y"), [(f, x, y) for f, pairs in GOLDEN.items() for x, y in pairs])
def test_golden_bits(f, x, y):
    assert f(x).hex() == y


@pytest.mark.parametrize(("f", "low", "high", "digest"), [
    (exp, -752.0, 712.0, "d02c7469ffaaedb9"),
    (exp, -1.0, 1.0, "2a1b73b389280c82"),
    (log, 0.0, 4.0, "d545eee33fe7b2f2"),
    (log, 0.0, 1024.0, "4da160bf6ddec8ce"),
    (sigmoid, -752.0, 752.0, "5f7d1f55c78b0155"),
    (sigmoid, -8.0, 8.0, "89203bdf1950c7f4"),
    (tanh, -20.0, 20.0, "59557039aa395b7d"),
    (tanh, -1.0, 1.0, "3a34e347b98cb2c3"),
])
def test_golden_digest(f, low, high, digest):
    """SHA-256 over the little-endian bits of 2**15 + 1 values at equal, exact distances."""
    step = (high - low) / 32768
    values = [f(low + i * step) for i in range(32769)]
    assert hashlib.sha256(struct.pack("<32769d", *values)).hexdigest()[:16] == digest
