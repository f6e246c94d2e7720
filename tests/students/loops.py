"""BP as a beginner writes it, with loops over lists. It is right; the tests spoil one line or another of it."""

import math


def f(x):
    return 1 / (1 + math.exp(-x))


def my_step(v, gamma, w, theta, x, y, eta):
    d = len(x)
    q = len(gamma)
    l = len(theta)
    # forward
    alpha = [0.0] * q
    b = [0.0] * q
    for h in range(q):
        for i in range(d):
            alpha[h] = alpha[h] + v[i][h] * x[i]
        b[h] = f(alpha[h] - gamma[h])
    beta = [0.0] * l
    y_hat = [0.0] * l
    for j in range(l):
        for h in range(q):
            beta[j] = beta[j] + w[h][j] * b[h]
        y_hat[j] = f(beta[j] - theta[j])
    # gradients of the outputs
    g = [0.0] * l
    for j in range(l):
        g[j] = y_hat[j] * (1 - y_hat[j]) * (y[j] - y_hat[j])
    # gradients of the hidden neurons
    e = [0.0] * q
    for h in range(q):
        s = 0.0
        for j in range(l):
            s = s + w[h][j] * g[j]
        e[h] = b[h] * (1 - b[h]) * s
    # update
    for h in range(q):
        for j in range(l):
            w[h][j] = w[h][j] + eta * g[j] * b[h]
    for j in range(l):
        theta[j] = theta[j] - eta * g[j]
    for i in range(d):
        for h in range(q):
            v[i][h] = v[i][h] + eta * e[h] * x[i]
    for h in range(q):
        gamma[h] = gamma[h] - eta * e[h]
    return v, gamma, w, theta
