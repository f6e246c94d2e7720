"""What the keywords of `Net.train` mean: checked, they make a Training."""

from __future__ import annotations

from array import array

from . import checks
from .optimizers import make
from .run import Run, State
from .training import Training

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .net import Net
    from .notation import Numbers
    from .schedules import Schedule
    from .training import Validation

BUFFER = 8192  # rows of a stream that are shuffled among themselves


def prepared(
    net: Net,
    X: Any,
    Y: Any,
    eta: Any,
    epochs: Any,
    batch: Any,
    shuffle: Any,
    optimizer: Any,
    schedule: Any,
    sample_weight: Any,
    class_weight: Any,
    dropout: Any,
    validation: Any,
    metrics: Any,
    stop: Any,
    patience: Any,
    min_improvement: Any,
    target_error: Any,
    max_seconds: Any,
    restore_best: Any,
    callback: Any,
    progress: Any,
    checkpoint: Any,
    checkpoint_every: Any,
    resume: Any,
    threads: Any,
) -> Training:
    method = make(optimizer)
    rate = method.eta if eta is None else checks.positive("eta", eta, net.structure.typecode)
    planned = checks.integer("epochs", epochs, 0)
    if isinstance(batch, str) and batch != "all":
        raise ValueError(f'batch must be a whole number >= 1 or "all", got {checks.shown(batch)}')
    rule = None if schedule is None else scheduled(schedule, planned)
    typecode, d, l = net.structure.typecode, net.widths[0], net.widths[-1]

    stream = held = None
    if Y is None:
        from .sources import Stream

        if sample_weight is not None:
            raise ValueError("sample_weight of a stream comes with its batches: let it yield (X, Y, sample_weight)")
        rows = BUFFER if isinstance(shuffle, bool) else checks.integer("shuffle", shuffle, 1)
        size = rows if isinstance(batch, str) else checks.integer("batch", batch, 1)
        passes = f"epochs is {planned}" if planned > 1 else ""
        if class_weight is not None:
            passes = "class_weight counts the classes in a pass of its own"
        if rule is not None and rule.takes_back:
            passes = "the schedule bold measures the error in a pass of its own"
        stream = Stream(net, X, -(-rows // size) * size, passes, class_weight)
        inputs = targets = memoryview(array(typecode))
    else:
        if not isinstance(shuffle, bool) and isinstance(shuffle, int):
            raise ValueError(f"shuffle must be True or False for samples in memory, got {checks.shown(shuffle)}")
        inputs = net._inputs(X)
        targets = net._targets(Y, len(inputs) // d)
        if isinstance(validation, (int, float)):
            if sample_weight is not None:
                from .weights import counted

                sample_weight = counted("sample_weight", sample_weight, len(inputs) // d, "one for each sample")
            inputs, targets, held, sample_weight = divided(net, inputs, targets, validation, sample_weight)
        size = len(inputs) // d if isinstance(batch, str) else min(len(inputs) // d, checks.integer("batch", batch, 1))
    if validation is not None and held is None:
        held = given(net, validation)

    run = Run(
        inputs,
        targets,
        d,
        l,
        rate,
        size,
        bool(shuffle),
        net.generator,
        None if threads is None else checks.integer("threads", threads, 1),
        optimizer=method,
        state=State(net.structure, method),
        sample_weights=None if stream is not None else net._sample_weights(sample_weight, class_weight, targets),
        mask=net.mask,
        dropout=dropped(net, dropout),
        sums=net.structure.buffer() if stream is not None and isinstance(batch, str) else None,
    )

    training = Training(net, run, rate, planned)
    training.schedule, training.stream, training.validation = rule, stream, held
    if metrics:
        from .metrics import chosen

        training.metrics, training.confusion = chosen(metrics)
        if stream is not None and held is None:
            raise ValueError("metrics of a stream need a validation: give validation=(X, Y)")
    if stop is not None or patience is not None or target_error is not None or min_improvement:
        from .stopping import criteria

        training.criteria = criteria(stop, patience, min_improvement, target_error, held is not None)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of (net, history), got {checks.shown(callback)}")
    training.callback = callback
    if max_seconds is not None:
        training.max_seconds = checks.positive("max_seconds", max_seconds)
    training.restore_best = held is not None if restore_best is None else bool(restore_best)
    if training.restore_best and stream is not None and held is None:
        raise ValueError("restore_best of a stream needs a validation: give validation=(X, Y)")

    if checkpoint is not None:
        from .checkpoint import Checkpoint

        training.checkpoint = Checkpoint(checkpoint, checkpoint_every, bool(resume))
    elif resume:
        raise ValueError('resume=True needs the file of the checkpoint, as in checkpoint="run.ckpt"')
    training.progress = reporter(progress)
    return training


def scheduled(schedule: Any, epochs: int) -> Schedule:
    """A cosine is told over how many epochs it falls."""
    from .schedules import Cosine
    from .schedules import schedule as found

    rule = found(schedule)
    if isinstance(rule, Cosine) and rule.epochs is None and epochs:
        rule = Cosine(rule.warmup, rule.low, epochs)
    if isinstance(rule, Cosine) and rule.epochs is not None and rule.warmup >= rule.epochs:
        raise ValueError(
            f"warmup of the schedule cosine must be shorter than its {rule.epochs} epochs, got {rule.warmup}"
        )
    return rule


def divided(
    net: Net, inputs: Numbers, targets: Numbers, fraction: Any, sample_weight: list[float] | None
) -> tuple[Numbers, Numbers, Validation, list[float] | None]:
    """Samples to train and to validate on, weights to train with; class by class, always the same."""
    from .data.holdout import hold_out

    d, l = net.widths[0], net.widths[-1]
    m = len(inputs) // d
    if isinstance(fraction, bool) or not 0.0 < fraction < 1.0:
        raise ValueError(f"validation must be a fraction between 0 and 1, or (X, Y), got {checks.shown(fraction)}")
    labels = [tuple(targets[k * l : k * l + l]) for k in range(m)] if set(targets) <= {0.0, 1.0} else None
    if m < 2 or (labels is not None and m <= len(set(labels))):
        raise ValueError(f"validation={fraction!r} needs more samples, got {m}")
    kept, held = hold_out(labels, m, fraction, 0)

    def taken(flat: Numbers, width: int, chosen: list[int]) -> Numbers:
        numbers: array[float] = array(flat.format)
        for k in chosen:
            numbers.frombytes(flat[k * width : k * width + width].cast("B"))
        return memoryview(numbers)

    weights = [None if sample_weight is None else [sample_weight[k] for k in part] for part in (kept, held)]
    held_targets = taken(targets, l, held)
    validation = (taken(inputs, d, held), held_targets, net._sample_weights(weights[1], None, held_targets))
    return taken(inputs, d, kept), taken(targets, l, kept), validation, weights[0]


def given(net: Net, validation: Any) -> Validation:
    if not isinstance(validation, (list, tuple)) or len(validation) not in (2, 3):
        wanted = "a fraction between 0 and 1, (X, Y) or (X, Y, sample_weight)"
        if isinstance(validation, (int, float)):
            wanted = "(X, Y) for a stream"
        raise TypeError(f"validation must be {wanted}, got {checks.shown(validation)}")
    try:
        X = net._inputs(validation[0])
        Y = net._targets(validation[1], len(X) // net.widths[0])
        return X, Y, net._sample_weights(validation[2] if len(validation) > 2 else None, None, Y)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"validation: {problem}") from None


def dropped(net: Net, dropout: Any) -> tuple[float, ...] | None:
    if dropout is None:
        return None
    hidden = len(net.widths) - 2
    rates = list(dropout) if isinstance(dropout, (list, tuple)) else [dropout] * hidden
    if len(rates) != hidden or not hidden:
        raise ValueError(f"dropout must be one rate for each of {hidden} hidden layers, got {checks.shown(dropout)}")
    for rate in rates:
        if not 0.0 <= checks.real("dropout", rate, "a rate in [0, 1)") < 1.0:
            raise ValueError(f"dropout must be a rate in [0, 1), got {checks.shown(rate)}")
    return tuple(map(float, rates)) if any(rates) else None


def reporter(progress: Any) -> Any:
    if progress is True:
        from .terminal import reporter as shown

        return shown()
    if progress is None or progress is False or callable(progress):
        return progress or None
    raise TypeError(f"progress must be True or a function of the history, got {checks.shown(progress)}")
