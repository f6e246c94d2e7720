"""Which microbp is tested, in how many processes, over which engines, and how hypothesis looks for examples."""

import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# `python -m pytest` in the checkout would find the checkout's package first, which has no C engine unless it was built
# in place; what was installed is tested then.
if not list((ROOT / "microbp").glob("_bp.*")):
    others = [path for path in sys.path if Path(path).resolve() != ROOT]
    if PathFinder.find_spec("microbp", others):
        sys.path[:] = others

import microbp  # noqa: E402
from microbp.engine import missing  # noqa: E402

settings.register_profile("microbp", derandomize=True, deadline=None, max_examples=100, database=None)
settings.load_profile("microbp")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """The whole suite runs in a process for each processor, at most 4, where pytest-xdist is; -n says otherwise."""
    is_whole = config.args == config.getini("testpaths") or config.args == [str(ROOT)]
    is_open = config.getoption("numprocesses", 0) is None and not config.getoption("usepdb")
    if is_whole and is_open and not hasattr(config, "workerinput"):
        config.option.numprocesses = min(4, os.cpu_count() or 1)
        config.option.dist = "loadgroup"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser for all, and first what takes longest, so that no process is left with it in the end."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("browser"))
    items.sort(key=lambda item: item.path.name != "test_sanitize.py")


def pytest_report_header() -> str:
    """Where the package comes from and which engines it has."""
    return f"microbp: {Path(microbp.__file__).parent}, engines: {', '.join(microbp.engines())}"


@pytest.fixture(scope="session", params=["c", "python"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine, for `Net(..., engine=engine)`; one that is missing here is skipped, or a failure."""
    name: str = request.param
    reason = missing().get(name)
    if reason and os.environ.get("MICROBP_REQUIRE_C") == "1":
        pytest.fail(f"MICROBP_REQUIRE_C=1, but the engine {name!r} is missing: {reason}")
    if reason:
        pytest.skip(reason)
    return name
