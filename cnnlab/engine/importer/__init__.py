"""A module of PyTorch as a network of layers."""

from cnnlab.engine.importer.importing import import_module
from cnnlab.engine.importer.refusals import ImportRefused
from cnnlab.engine.importer.torchvision_models import import_torchvision, names

__all__ = ["ImportRefused", "import_module", "import_torchvision", "names"]
