"""The engines that every test of behaviour runs over, and how hypothesis looks for examples."""

import os

import pytest
from hypothesis import settings

from microbp.engine import missing

settings.register_profile("microbp", derandomize=True, deadline=None, max_examples=100, database=None)
settings.load_profile("microbp")


@pytest.fixture(scope="session", params=["c", "python"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine, for `Net(..., engine=engine)`; one that is missing here is skipped, or a failure."""
    name: str = request.param
    reason = missing().get(name)
    if reason and os.environ.get("MICROBP_REQUIRE_C") == "1":
        pytest.fail(f"MICROBP_REQUIRE_C=1, but the engine {name!r} is missing: {reason}")
    if reason:
        pytest.skip(f"the engine {name!r} is missing: {reason}")
    return name
