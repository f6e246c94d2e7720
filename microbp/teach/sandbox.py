"""Run a student's function in a process of its own: whatever it does, what it returned up to then comes back.

Against crashes, endless loops, floods of memory and text; it is no wall against someone who means harm.
"""

from __future__ import annotations

import faulthandler
import inspect
import json
import linecache
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from copy import deepcopy
from typing import Any

Event = dict[str, Any]
Calls = dict[str, list[list[Any]]]  # by form: the arguments of every call
Tell = Callable[[Event], None]

MEMORY = 2 << 30  # bytes, besides what is there at the start
NUMBERS = 100_000  # more than a check has
FORMS = {"article": "(v, gamma, w, theta, x, y, eta)", "layers": "(weights, thresholds, x, y, eta)"}
CHILD = """import sys
sys.path[:1] = [{package!r}]
from microbp.teach.sandbox import child
sys.path[:1] = []
child({folder!r})"""


class Record:
    """`outcomes`: what was "returned", and the "arguments" then, as plain lists or None; or a "problem".

    `refusal` says why there were none, `end` what ended them too early.
    """

    def __init__(self, events: list[Event], end: Event | None) -> None:
        of = {event["event"]: event for event in events}
        self.form, self.name, self.filename = map(of.get("loaded", {}).get, ("form", "name", "filename"))
        self.refusal = of.get("refused", {}).get("why")
        self.outcomes = [event for event in events if event["event"] == "outcome"]
        self.end = None if of.keys() & {"done", "refused"} else end


# In the child ----------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """Floats and nested lists."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (str, bytes, dict, set, frozenset)) or value is None:
        raise TypeError(f"{type(value).__name__} where a number or a list of numbers was wanted")
    if not hasattr(value, "__iter__"):
        return float(value)
    items = []
    for item in value:
        items.append(plain(item))
        if len(items) > NUMBERS:
            raise ValueError(f"a list of more than {NUMBERS:,} items")
    return items


def tidy(text: object) -> str:
    """One line, cut where it is long, without what would steer a terminal."""
    words = " ".join(str(text).split())[:300]
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def problem_of(error: BaseException, filename: str | None) -> Event:
    """An exception, and the student's last line that it passed."""
    line, text = None, ""
    if isinstance(error, SyntaxError):
        line, text = error.lineno, error.text or ""
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == filename:
            line = frame.tb_lineno
            text = linecache.getline(str(filename), line)
        frame = frame.tb_next
    message = tidy(error.msg if isinstance(error, SyntaxError) else error)
    return {"kind": "exception", "type": type(error).__name__, "message": message, "line": line, "text": tidy(text)}


def call(function: Callable[..., Any], arguments: list[Any], filename: str | None) -> Event:
    try:
        returned = function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() too
        return {"event": "outcome", "problem": problem_of(error, filename)}
    try:
        values = None if returned is None else plain(returned)
        return {"event": "outcome", "returned": values, "arguments": [plain(argument) for argument in arguments]}
    except Exception as error:
        return {"event": "outcome", "problem": {"kind": "value", "message": tidy(error)}}


def serve(function: Callable[..., Any], form: str, calls: Calls, arrays: bool, tell: Tell) -> None:
    filename = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", None)
    tell({"event": "loaded", "form": form, "name": getattr(function, "__name__", "my_step"), "filename": filename})
    for arguments in calls[form]:
        tell(call(function, as_arrays(form, arguments) if arrays else deepcopy(arguments), filename))
    tell({"event": "done"})


def as_arrays(form: str, arguments: list[Any]) -> list[Any]:
    import numpy

    def array(value: Any) -> Any:
        return numpy.array(value, dtype=float) if isinstance(value, list) else value

    layers = 2 if form == "layers" else 0
    return [[array(layer) for layer in part] for part in arguments[:layers]] + list(map(array, arguments[layers:]))


def form_of(function: Any, calls: Calls) -> str:
    """By the number of its parameters."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # written in C
        return next(iter(calls))
    for form, examples in calls.items():
        try:
            signature.bind(*examples[0])
        except TypeError:
            continue
        return form
    raise ValueError(f"{getattr(function, '__name__', 'the function')} must take {forms(calls)}, and takes {signature}")


def forms(calls: Calls) -> str:
    return " or ".join(FORMS[form] for form in calls)


def find(namespace: dict[str, Any], name: str | None, calls: Calls) -> Any:
    """The one of this name, my_step, or the only one that fits."""
    if name or callable(namespace.get("my_step")):
        function = namespace.get(name or "my_step")
        if not callable(function):
            raise ValueError(f"there is no function {name} in it")
        return function
    fitting = []
    for candidate in namespace.values():
        if inspect.isfunction(candidate) and candidate.__module__ == "student":
            with suppress(ValueError):
                form_of(candidate, calls)
                fitting.append(candidate)
    if not fitting:
        raise ValueError(f"there is no function my_step in it, and no other that takes {forms(calls)}")
    if len(fitting) > 1:
        names = ", ".join(candidate.__name__ for candidate in fitting)
        raise ValueError(f"several functions could be meant: {names}; name one, or call it my_step")
    return fitting[0]


def load(path: str) -> dict[str, Any]:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("student", path)
    if spec is None or spec.loader is None:
        raise ValueError("it is not a Python file (.py)")
    sys.modules["student"] = module = module_from_spec(spec)
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path]
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        problem = problem_of(error, path)
        where = f"line {problem['line']}: " if problem["line"] else ""
        raise ValueError(f"{where}{problem['type']}: {problem['message']}") from None
    return vars(module)


def child(folder: str) -> None:
    with open(os.path.join(folder, "job"), encoding="utf-8") as file:
        job = json.load(file)

    def work(tell: Tell) -> None:
        try:
            function = find(load(job["path"]), job["function"], job["calls"])
            form = form_of(function, job["calls"])
        except ValueError as error:
            tell({"event": "refused", "why": str(error)})
        else:
            serve(function, form, job["calls"], job["arrays"], tell)

    guarded(work, folder, max(0.01, job["until"] - time.time()))  # the start of Python counts too


def guarded(work: Callable[[Tell], None], folder: str, seconds: float) -> None:
    """Work within limits, events in a file, and end."""
    with open(os.path.join(folder, "events"), "w", encoding="utf-8") as events:

        def tell(event: Event) -> None:
            events.write(json.dumps(event) + "\n")
            events.flush()

        trace = os.open(os.path.join(folder, "trace"), os.O_WRONLY | os.O_CREAT)
        faulthandler.enable(trace)  # the line at a crash, and when the time is nearly up
        faulthandler.dump_traceback_later(0.9 * seconds, file=trace)
        limit_memory()
        warnings.simplefilter("ignore")
        work(tell)
    os._exit(0)  # whatever threads are left


def limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", encoding="ascii") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


# In the parent ---------------------------------------------------------------------------------------------------


def run_file(path: str, function: str | None, calls: Calls, arrays: bool, seconds: float) -> Record:
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    path = os.path.abspath(path)
    with tempfile.TemporaryDirectory(prefix="microbp-") as folder:
        with open(os.path.join(folder, "job"), "w", encoding="utf-8") as file:
            job = {"path": path, "function": function, "calls": calls, "arrays": arrays}
            json.dump({**job, "until": time.time() + seconds}, file)
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD.format(package=package, folder=folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={"OPENBLAS_NUM_THREADS": "1", **os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        code = None
        try:
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(seconds)
        finally:
            end_group(process.pid)
            process.kill()
            process.wait()
        return recorded(folder, code, seconds, path)


def run_forked(function: Any, form: str, calls: Calls, arrays: bool, seconds: float) -> Record:
    with tempfile.TemporaryDirectory(prefix="microbp-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forking with threads; the child starts none
            pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                null = os.open(os.devnull, os.O_RDWR)
                for descriptor in range(3):
                    os.dup2(null, descriptor)
                sys.stdin = open(null)  # noqa: SIM115
                sys.stdout = sys.stderr = open(null, "w")  # noqa: SIM115
                guarded(lambda tell: serve(function, form, calls, arrays, tell), folder, seconds)
            finally:
                os._exit(0)
        try:
            code = wait(pid, seconds)
        finally:
            end_group(pid)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
        return recorded(folder, code, seconds, None)


def run_here(function: Any, form: str, calls: Calls, arrays: bool) -> Record:
    """Without a limit of time."""
    events: list[Event] = []
    with open(os.devnull, "w") as null, redirect_stdout(null), redirect_stderr(null), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        serve(function, form, calls, arrays, events.append)
    return Record(events, None)


def can_fork() -> bool:
    """On macOS libraries may crash after it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def wait(pid: int, seconds: float) -> int | None:
    """The exit code, negative for a signal; None: killed."""
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return None
        time.sleep(0.005)


def end_group(pid: int) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def recorded(folder: str, code: int | None, seconds: float, path: str | None) -> Record:
    """What the child wrote, and how and where it ended."""
    kind, detail = "exit", str(code)
    if code is None:
        kind, detail = "timeout", f"{seconds:g}"
    elif code < 0:
        kind, detail = "crash", signal.Signals(-code).name
    end: Event = {"kind": kind, "detail": detail}
    written = read(folder, "events").splitlines(keepends=True)
    record = Record([json.loads(line) for line in written if line.endswith("\n")], end)
    filename = str(record.filename or path)
    shown = filename.encode("ascii", "backslashreplace").decode()  # as faulthandler writes it
    found = re.search(rf'File "{re.escape(shown)}", line (\d+)', read(folder, "trace"))
    if found:
        line = int(found[1])
        end.update(line=line, text=tidy(linecache.getline(filename, line)))
    return record


def read(folder: str, name: str) -> str:
    with suppress(FileNotFoundError), open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""
