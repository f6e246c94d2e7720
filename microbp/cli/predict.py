"""microbp predict: the CSV with the predictions behind its columns."""

from __future__ import annotations

import csv
import io
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ..files import write
from ..net import Net
from .parser import add_data, command, read

if TYPE_CHECKING:
    from ..data import Columns


def add(commands: Any) -> None:
    add = command(
        commands,
        run,
        "predict",
        "predict the targets of a CSV file with a trained net",
        "  microbp predict iris.json new.csv > predicted.csv\n"
        "  microbp predict iris.json - --out predicted.csv < new.csv",
    )
    add.add_argument("model", help="file that train --out wrote")
    add_data(add, None)
    add.add_argument("--out", metavar="CSV", help="file to write (standard output)")


def run(args: Namespace) -> int:
    net = Net.load(args.model)
    if net.columns is None:
        raise ValueError(f"{args.model}: the net was not trained on a CSV file, so that it cannot read one")
    columns: Columns = net.columns
    if not columns.header and args.header is None:
        args.header = False  # a single row of words would pass for a header
    rows = read(args)
    outputs = net.predict(columns.encode_inputs(rows))
    names = list(rows.names) if rows.header else [f"column {name}" for name in rows.names]
    for target in columns.targets:
        names.append(f"{target.name} predicted")
        if columns.task == "classification":
            names.append(f"{target.name} probability")
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(names)
    for row, y_hat in zip(rows.rows, outputs):
        cells: list[str] = []
        for prediction in columns.decode(y_hat):
            if isinstance(prediction, tuple):
                cells += [prediction[0], f"{prediction[1]:.6f}"]
            else:
                cells.append(f"{prediction:.10g}")
        out.writerow([*row, *cells])
    if args.out:
        write(args.out, text.getvalue())
    else:
        sys.stdout.write(text.getvalue())
    return 0
