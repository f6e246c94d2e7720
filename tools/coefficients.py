"""Derive the coefficients of microbp/arithmetic.py: minimax by Remez's exchange, rounded to doubles.

Run `python tools/coefficients.py` (it needs mpmath): the numbers it prints stand in arithmetic.py.
The leading coefficients are exact in binary or small in effect, so rounding each to nearest costs next to nothing;
the error is printed before and after.
"""

from mpmath import atanh, cos, exp, expm1, floor, linspace, log, lu_solve, mp, mpf, nstr, pi, sqrt, tanh

mp.prec = 160


def value(coefficients, x):
    """c_0 + c_1 x + c_2 x**2 + ..., by Horner's rule."""
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def remez(f, weight, low, high, degree, below=0):
    """P, Q and the least E = max |weight (f - P/Q)| on [low, high]; P has `degree`, Q has degree `below`, Q(0) = 1.

    Each round makes weight (f - P/Q) = E, -E, E ... in the nodes, by one Newton step in (P, Q, E), and then moves
    the nodes to the extrema of the error.
    """
    grid = [low + (high - low) * (1 - cos(pi * t)) / 2 for t in linspace(0, 1, 1600)[1:]]
    table = [(x, f(x), abs(weight(x))) for x in grid]
    count = degree + 1 + below + 1
    nodes = [table[int((len(table) - 1) * (i + 0.5) / count)] for i in range(count)]
    q, level = [mpf(1)] + [mpf(0)] * below, mpf(0)
    for _ in range(50):
        rows, right = [], []
        for i, (x, y, w) in enumerate(nodes):
            sign = (-1) ** i / w
            target = y - sign * level
            slope = sign * value(q, x)
            rows.append([x**k for k in range(degree + 1)] + [-target * x**k for k in range(1, below + 1)] + [slope])
            right.append(target + slope * level)
        *found, level = lu_solve(rows, right)
        p, q = found[:degree + 1], [mpf(1), *found[degree + 1:]]
        errors = [w * (y - value(p, x) / value(q, x)) for x, y, w in table]
        worst = max(map(abs, errors))
        if worst < 1.0001 * abs(level):
            return p, q, worst
        nodes = [table[i] for i in alternation(errors, count)]
    raise ArithmeticError("Remez's exchange did not converge")


def alternation(errors, count):
    """Where `count` consecutive extrema of alternating sign are that hold the largest error."""
    peaks = [0]
    for i, error in enumerate(errors):
        if error * errors[peaks[-1]] <= 0:
            peaks.append(i)
        elif abs(error) > abs(errors[peaks[-1]]):
            peaks[-1] = i
    while len(peaks) > count:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    return peaks


def show(formula, f, weight, low, high, degree, below=0):
    """Print P and Q in doubles, scaled so that Q has leading coefficient 1, and the error before and after rounding."""
    p, q, ideal = remez(f, weight, low, high, degree, below)
    p, q = ([float(c / q[-1]) for c in side] for side in (p, q))
    worst = max(abs(weight(x) * (f(x) - value(p, x) / value(q, x)))
                for x in linspace(low, high, 2000)[1:])
    print(f"{formula}: error 2**{nstr(log(ideal, 2), 4)}, rounded 2**{nstr(log(worst, 2), 4)}")
    print("    P:", *p, "\n    Q:", *q)


if __name__ == "__main__":
    ln2 = log(2)
    part = floor(ln2 * 2**42) / 2**42
    print(f"log2(e) = {float(1 / ln2)}, log(2) = {float(part)} + {float(ln2 - part)}")
    edge = ln2 / 2 * (1 + mpf(2) ** -30)
    show("exp(r) = 1 + r + r²/2 + r³ P(r)",
         lambda r: (expm1(r) - r - r**2 / 2) / r**3, lambda r: r**3 / exp(r), -edge, edge, 8)
    edge = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2
    show("log((1 + s)/(1 - s)) = 2 s + s z P(z), z = s²",
         lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z, lambda z: z / 2, 0, edge, 6)
    show("tanh(x) = x + x z P(z)/Q(z), z = x²",
         lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z, lambda z: z * sqrt(z) / tanh(sqrt(z)), 0, mpf("0.55") ** 2, 2, 3)
