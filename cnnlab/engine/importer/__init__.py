"""A module of PyTorch as a network of layers.

``torchvision_models`` makes one of torchvision's models by its name (``published`` has the figures printed for it) and hands it
to ``importing``, which takes any module and gives a project. In between, ``tracing`` runs the module's ``forward`` with the
stand-ins of ``known`` and writes its calls down, under paths from ``naming``; ``modes`` watches what stands around a call, and
``differences`` refuses what is not the same in training, in evaluation and at every call. ``rewriting`` makes the
calls nodes and wires: ``modules`` and ``functions`` know single calls, ``patterns`` and ``sums`` several that are one layer, and
each gives a ``layer_calls.LayerCall``. ``dependence`` traces again to find out what holds for one size of pictures only.
What cannot become a layer is refused: ``refusals`` names the line, ``failures`` words what ``forward`` raised, and ``advice``
says what to write in its place.
"""

from cnnlab.engine.importer.importing import import_module
from cnnlab.engine.importer.refusals import ImportRefused
from cnnlab.engine.importer.torchvision_models import import_torchvision, names

__all__ = ["ImportRefused", "import_module", "import_torchvision", "names"]
