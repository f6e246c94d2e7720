"""The elementary functions exp, log, sigmoid and tanh, the same to the last bit on every platform.

Their only steps are + - * /, comparisons, exact powers of two and (log) math.frexp, each in the order written here;
the C engine takes the same steps in the same order. No result of a libm enters, and no fused multiply-add.
"""

from __future__ import annotations

from math import frexp, inf, nan

# 2**n for n = -540.0 ... 540.0, looked up by the float itself.
POWER = {float(n): float(1 << n) if n >= 0 else 1.0 / (1 << -n) for n in range(-540, 541)}


def _tail(c: float, e: float) -> float:
    """p(c, e) = eʳ − 1 − c, where r = c − e, |r| ≤ ½ ln 2, and e is tiny

    >>> 1.0 + (0.25 + _tail(0.25, 0.0)) == exp(0.25)
    True

    p = (((½r² − e) + r³(c₃ + c₄r)) + r⁵(c₅ + c₆r)) + r⁵r²(((c₇ + c₈r) + c₉r²) + r³(c₁₀ + c₁₁r)),
    r² = r·r, r³ = r²r, r⁵ = r³r²: minimax (Remez, tools/coefficients.py), in the manner of Estrin, so that p is
    ready six operations after r.
    """
    r = c - e
    r2 = r * r
    r3 = r2 * r
    r5 = r3 * r2
    return ((((0.5 * r2 - e) + r3 * (0.16666666666666433 + 0.041666666666604 * r))
             + r5 * (0.008333333333499901 + 0.0013888888926778206 * r))
            + r5 * r2 * (((0.0001984126946646329 + 2.4801508707314722e-05 * r) + 2.7557640704047143e-06 * r2)
                         + r3 * (2.762517622850762e-07 + 2.4978410945657412e-08 * r)))


def exp(x: float) -> float:
    """eˣ = 2ⁿ (1 + (c + p))

    >>> exp(1.0), exp(-745.0), exp(710.0)
    (2.718281828459045, 5e-324, inf)

    n = (x log₂e + 1.5·2⁵²) − 1.5·2⁵² rounds x log₂e to an integer. ln 2 = ln2_hi + ln2_lo, where ln2_hi has 42 bits,
    so that c = x − n ln2_hi is exact (Cody & Waite); e = n ln2_lo; p = p(c, e), as in `_tail`.
    2ⁿ is applied as 2ᵐ and then 2ⁿ⁻ᵐ, m ≈ n/2, so that a subnormal result is rounded once.
    Every float is in the domain: e^−inf = 0, a result too large is inf, NaN stays NaN. Error < 0.95 ulp.
    """
    if not -745.2 < x < 709.8:
        return inf if x > 0.0 else 0.0 if x < 0.0 else x
    n = (x * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    c = x - n * 0.6931471805598903
    p = _tail(c, n * 5.497923018708371e-14)
    m = (n * 0.5 + 6755399441055744.0) - 6755399441055744.0
    return (1.0 + (c + p)) * POWER[m] * POWER[n - m]


def log(x: float) -> float:
    """ln x = k ln 2 + ln(1 + f), with x = 2ᵏ (1 + f) and √½ ≤ 1 + f < √2

    >>> log(10.0), log(1.0), log(0.0)
    (2.302585092994046, 0.0, -inf)

    s = f/(2 + f), z = s², h = ½f·f: ln(1 + f) = 2 artanh s = f − (h − s(h + z P(z))), so
    ln x = k ln2_hi + (f − (h − (s(h + z P) + k ln2_lo))); P is minimax (Remez), z⁴ = z²·z², in Estrin's form
    P = ((p₀ + p₁z) + z²(p₂ + p₃z)) + z⁴((p₄ + p₅z) + p₆z²).
    ln 0 = −inf, ln inf = inf; a negative number and NaN give NaN. Error < 0.9 ulp.
    """
    if not 0.0 < x < inf:
        return -inf if x == 0.0 else nan if x < 0.0 else x
    m, k = frexp(x)
    if m < 0.7071067811865476:
        m += m
        k -= 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    h = 0.5 * f * f
    p = (((0.6666666666666734 + 0.3999999999941468 * z) + z2 * (0.28571428742387417 + 0.22222198573206195 * z))
         + z2 * z2 * ((0.18183564324978357 + 0.15314050581555577 * z) + 0.14795949403733893 * z2))
    return k * 0.6931471805598903 + (f - (h - (s * (h + z * p) + k * 5.497923018708371e-14)))


def sigmoid(x: float) -> float:
    """f(x) = 1 / (1 + e⁻ˣ) = u / (u + 1 + (c + p)), with e⁻ˣ = (1 + (c + p)) / u

    >>> sigmoid(0.0), sigmoid(2.0), sigmoid(-745.0)
    (0.5, 0.8807970779778825, 5e-324)

    u = 2ⁿ, n is x log₂e rounded as in `exp`, c = n ln2_hi − x, e = −n ln2_lo, p = p(c, e), written out for speed.
    The factor u is exact and lets nothing overflow, so the left tail is right down to the subnormals. The denominator
    is summed with the rounding errors of its two large steps (Dekker's Fast2Sum):
    b = u + 1, h = b + c, d = h + (((u − (b − 1)) + (c − (h − b))) + p).
    f(−inf) = 0, f(inf) = 1, NaN stays NaN. Error < 1.7 ulp.
    """
    n = (x * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    c = n * 0.6931471805598903 - x
    e = n * -5.497923018708371e-14
    r = c - e
    r2 = r * r
    r3 = r2 * r
    r5 = r3 * r2
    p = ((((0.5 * r2 - e) + r3 * (0.16666666666666433 + 0.041666666666604 * r))
          + r5 * (0.008333333333499901 + 0.0013888888926778206 * r))
         + r5 * r2 * (((0.0001984126946646329 + 2.4801508707314722e-05 * r) + 2.7557640704047143e-06 * r2)
                      + r3 * (2.762517622850762e-07 + 2.4978410945657412e-08 * r)))
    try:
        u = POWER[n]
    except KeyError:  # |x| > 374: the result is 0, 1, NaN, or 2ⁿ / d with u + 1 = 1 and 2ⁿ in two factors
        if not -746.0 < x < 0.0:
            return 1.0 if x > 0.0 else 0.0 if x < 0.0 else x
        h = 1.0 + c
        return POWER[-540.0] / ((h + ((c - (h - 1.0)) + p)) * POWER[-540.0 - n])
    b = u + 1.0
    h = b + c
    return u / (h + (((u - (b - 1.0)) + (c - (h - b))) + p))


def tanh(x: float) -> float:
    """tanh x = 1 − 2/(e²ˣ + 1) = 1 − 2v/d for x > 0, with e²ˣ = (1 + (c + p))/v, d = v + 1 + (c + p); it is odd

    >>> tanh(0.0), tanh(-0.25), tanh(1.0), tanh(20.0)
    (0.0, -0.24491866240370913, 0.7615941559557649, 1.0)

    With z = x·x < 0.302 it is instead x + x(z P(z))/Q(z), the rational minimax (Remez), P and Q in Horner's form.
    Else n, c, e, p are those of `exp` at a = |x| + |x|, and v = 2⁻ⁿ. d has the rounding error t − (d − h), where
    h = (1 + v) + c and t = (c − (h − (1 + v))) + p (Dekker's Fast2Sum). With i = 1/d, w = 2v·i and y = 1 − w,
    the result is y + (((1 − y) − w) + w(i(t − (d − h)))).
    tanh ±inf = ±1, tanh −0 = +0, NaN stays NaN. Error < 0.95 ulp.
    """
    z = x * x
    if z < 0.302:
        return x + (x * (z * (-1613.3527707570752 - z * (99.22306573355613 + z * 0.9643738043900326)))
                    / (4840.058312271226 + z * (2233.6925221091383 + z * (112.74164160384211 + z))))
    a = x + x if x > 0.0 else -x - x
    n = (a * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    if not n < 540.0:
        return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x
    c = a - n * 0.6931471805598903
    p = _tail(c, n * 5.497923018708371e-14)
    v = POWER[-n]
    b = 1.0 + v
    h = b + c
    t = (c - (h - b)) + p
    d = h + t
    i = 1.0 / d
    w = (v + v) * i
    y = 1.0 - w
    y = y + (((1.0 - y) - w) + w * (i * (t - (d - h))))
    return y if x > 0.0 else -y
