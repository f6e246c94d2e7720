"""Accumulated BP: the changes of all samples, averaged, then one update."""

import math


def f(x):
    return 1 / (1 + math.exp(-x))


def my_step(v, gamma, w, theta, X, Y, eta):
    d, q, l, m = len(v), len(gamma), len(theta), len(X)
    dv = [[0.0] * q for i in range(d)]
    dgamma = [0.0] * q
    dw = [[0.0] * l for h in range(q)]
    dtheta = [0.0] * l
    for x, y in zip(X, Y):
        b = [f(sum(v[i][h] * x[i] for i in range(d)) - gamma[h]) for h in range(q)]
        y_hat = [f(sum(w[h][j] * b[h] for h in range(q)) - theta[j]) for j in range(l)]
        g = [y_hat[j] * (1 - y_hat[j]) * (y[j] - y_hat[j]) for j in range(l)]
        e = [b[h] * (1 - b[h]) * sum(w[h][j] * g[j] for j in range(l)) for h in range(q)]
        for h in range(q):
            for j in range(l):
                dw[h][j] += g[j] * b[h]
            for i in range(d):
                dv[i][h] += e[h] * x[i]
            dgamma[h] -= e[h]
        for j in range(l):
            dtheta[j] -= g[j]
    rate = eta / m
    v = [[v[i][h] + rate * dv[i][h] for h in range(q)] for i in range(d)]
    gamma = [gamma[h] + rate * dgamma[h] for h in range(q)]
    w = [[w[h][j] + rate * dw[h][j] for j in range(l)] for h in range(q)]
    theta = [theta[j] + rate * dtheta[j] for j in range(l)]
    return v, gamma, w, theta
