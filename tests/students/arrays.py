"""BP as a beginner writes it with NumPy. It is right; the tests spoil one line or another of it."""

import numpy as np


def f(x):
    return 1 / (1 + np.exp(-x))


def my_step(v, gamma, w, theta, x, y, eta):
    # forward
    alpha = np.dot(x, v)
    b = f(alpha - gamma)
    beta = np.dot(b, w)
    y_hat = f(beta - theta)
    # gradients of the outputs
    g = y_hat * (1 - y_hat) * (y - y_hat)
    # gradients of the hidden neurons
    e = b * (1 - b) * np.dot(w, g)
    # update
    w = w + eta * np.outer(b, g)
    theta = theta - eta * g
    v = v + eta * np.outer(x, e)
    gamma = gamma - eta * e
    return v, gamma, w, theta
