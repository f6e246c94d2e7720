"""microbp: error back-propagation, as the article derives it, made to run.

>>> import microbp
>>> net = microbp.Net(2, 2, 1, seed=7)
>>> history = net.train([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], eta=0.5, epochs=4000)
>>> [round(net(x)[0]) for x in ([0, 0], [0, 1], [1, 0], [1, 1])]
[0, 1, 1, 0]
"""

from .engine import engines
from .net import Layer, Net, Neuron
from .step import Step
from .training import DivergedError, History

__version__ = "0.1.0"
__all__ = ["DivergedError", "History", "Layer", "Net", "Neuron", "Step", "engines"]
