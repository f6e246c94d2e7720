"""The 2-2-2 net of a much-copied page: biases that are fixed, and the output weights updated before the hidden ones."""

import math


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def train(w_in, bias_in, w_out, bias_out, inputs, targets, learning_rate):
    net_h = [w_in[0][h] * inputs[0] + w_in[1][h] * inputs[1] + bias_in[h] for h in range(2)]
    out_h = [sigmoid(net) for net in net_h]
    net_o = [w_out[0][o] * out_h[0] + w_out[1][o] * out_h[1] + bias_out[o] for o in range(2)]
    out_o = [sigmoid(net) for net in net_o]
    deltas = []
    for o in range(2):
        delta = -(targets[o] - out_o[o]) * out_o[o] * (1 - out_o[o])
        deltas.append(delta)
        for h in range(2):
            w_out[h][o] -= learning_rate * delta * out_h[h]
    for h in range(2):
        total = 0
        for o in range(2):
            total += deltas[o] * w_out[h][o]
        for i in range(2):
            w_in[i][h] -= learning_rate * total * out_h[h] * (1 - out_h[h]) * inputs[i]
    return w_in, bias_in, w_out, bias_out
