from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_runs import RUN_ID, dataset, project, recorded

from cnnlab.engine.data.picture_sets import Dataset


@pytest.fixture(scope="session")
def patches() -> Dataset:
    """Small pictures of four classes."""
    return dataset()


@pytest.fixture(scope="session")
def completed(patches: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that went through; never write into it."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("completed")
    for _event in recorded(project(epochs=3), patches, root):
        pass
    return root / RUN_ID
