from __future__ import annotations

import pytest
from training_runs import small_mnist

from cnnlab.engine.data.picture_sets import Dataset


@pytest.fixture(scope="module")
def small() -> Dataset:
    return small_mnist()
