"""BP with NumPy in a few lines, as it stands on many pages: the error itself is taken for the gradient."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def my_step(v, gamma, w, theta, x, y, eta):
    hidden = sigmoid(np.dot(x, v) - gamma)
    output = sigmoid(np.dot(hidden, w) - theta)
    error = y - output
    hidden_error = error.dot(w.T) * hidden * (1 - hidden)
    w += eta * np.outer(hidden, error)
    v += eta * np.outer(x, hidden_error)
    theta -= eta * error
    gamma -= eta * hidden_error
    return v, gamma, w, theta
