"""BP for any number of layers, with lists of layers."""

import math


def f(x):
    return 1 / (1 + math.exp(-x))


def my_step(weights, thresholds, x, y, eta):
    b = [x]
    for w, theta in zip(weights, thresholds):
        b.append([f(sum(w[h][j] * b[-1][h] for h in range(len(w))) - theta[j]) for j in range(len(theta))])
    g = [[b[-1][j] * (1 - b[-1][j]) * (y[j] - b[-1][j]) for j in range(len(y))]]
    for n in range(len(weights) - 1, 0, -1):
        w, below = weights[n], b[n]
        g.insert(
            0, [below[h] * (1 - below[h]) * sum(w[h][j] * g[0][j] for j in range(len(g[0]))) for h in range(len(w))]
        )
    for n in range(len(weights)):
        for j in range(len(thresholds[n])):
            for h in range(len(weights[n])):
                weights[n][h][j] += eta * g[n][j] * b[n][h]
            thresholds[n][j] -= eta * g[n][j]
    return weights, thresholds
