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
__all__ = ["DivergedError", "History", "Layer", "Net", "Neuron", "Step", "Trace", "check", "engines"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .teach.check import check
    from .teach.trace import Trace

# public names whose module is imported when they are first used
LATER = {"Trace": "teach.trace", "check": "teach.check"}


def __getattr__(name: str) -> object:
    """The public names of LATER."""
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{LATER[name]}", __name__), name)
