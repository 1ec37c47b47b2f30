"""torchvision's classification CNNs as projects, by name, and what they are called in print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.core.values import Frozen
from cnnlab.engine.importer.importing import import_trusted
from cnnlab.engine.importer.refusals import ImportRefused

_TITLES: Mapping[str, str] = Frozen(
    {
        r"alexnet": "AlexNet",
        r"convnext_([a-z]+)": "ConvNeXt-{}",
        r"densenet(\d+)": "DenseNet-{}",
        r"efficientnet_(b\d)": "EfficientNet-{}",
        r"efficientnet_v2_([a-z])": "EfficientNetV2-{}",
        r"googlenet": "GoogLeNet",
        r"inception_v3": "Inception v3",
        r"mnasnet(\d)_(\d+)": "MNASNet {}.{}",
        r"mobilenet_v2": "MobileNetV2",
        r"mobilenet_v3_([a-z]+)": "MobileNetV3-{}",
        r"regnet_([xy])_(\d+)([mg])f": "RegNet{}-{}{}F",
        r"regnet_([xy])_(\d)_(\d)gf": "RegNet{}-{}.{}GF",
        r"resnet(\d+)": "ResNet-{}",
        r"resnext(\d+)_(\d+)x(\d+)d": "ResNeXt-{} {}x{}d",
        r"shufflenet_v2_x(\d)_(\d)": "ShuffleNet V2 x{}.{}",
        r"squeezenet(\d)_(\d)": "SqueezeNet {}.{}",
        r"vgg(\d+)": "VGG-{}",
        r"vgg(\d+)_bn": "VGG-{}-BN",
        r"wide_resnet(\d+)_(\d)": "Wide ResNet-{}-{}",
    }
)
"""By pattern of the name; what its groups find goes into the title with a capital."""


def title(name: str) -> str:
    """``ResNet-152`` for ``resnet152``; the name itself for a model of a family that is not known here."""
    for pattern, text in _TITLES.items():
        found = re.fullmatch(pattern, name)
        if found:
            return text.format(*map(str.title, found.groups()))
    return name


_NO_CNNS = ("vit_", "swin_", "maxvit")
"""How the names of transformers begin."""


def names() -> tuple[str, ...]:
    """Every classification CNN of torchvision, e.g. ``resnet50``, in the order of the alphabet."""
    from torchvision import models

    return tuple(name for name in models.list_models(module=models) if not name.startswith(_NO_CNNS))


def import_torchvision(name: str, weights: str | None = None) -> Project:
    """A network of torchvision as layers, without its auxiliary heads, for pictures of the size that its weights are for.

    ``weights`` is a name of torchvision's, such as ``"DEFAULT"`` or ``"IMAGENET1K_V1"``: torchvision then **downloads** them
    into its cache, unless they are there, so ask before. Without it nothing is downloaded or even made, and the
    numbers will be fresh.

    Raises ``ImportRefused`` for an unknown name and where the download fails."""
    from torchvision import models

    if name not in names():
        raise _unknown(name)
    known = models.get_model_weights(name)
    if weights is None:
        entry = known.DEFAULT
        has_head = name in ("googlenet", "inception_v3")
        options = {"aux_logits": False, "init_weights": False} if has_head else {}
        with Blank("meta"):
            module = models.get_model(name, weights=None, **options)
    else:
        entry = _entry(name, weights, known)
        module = _loaded(name, entry)
    (side,) = entry.transforms().crop_size
    project = import_trusted(module, torch.empty(1, 3, side, side, device="meta"), title(name))
    return replace(project, preprocessing=_preprocessing(entry), data=DataSettings(source="imagenet"))


def _unknown(name: str) -> ImportRefused:
    close = ", ".join(get_close_matches(name.lower(), names()))
    if close:
        return ImportRefused(
            _("torchvision has no classification CNN called “{name}”. Similar names: {close}.", name=name, close=close)
        )
    return ImportRefused(_("torchvision has no classification CNN called “{name}”.", name=name))


def _entry(name: str, weights: str, known: Any) -> Any:
    """torchvision's entry for weights called ``weights``."""
    entry = getattr(known, weights, None)
    if not isinstance(entry, known):
        choice = ", ".join(member.name for member in known)
        raise ImportRefused(
            _("torchvision has no weights “{weights}” for {name}. Choose one of: {choice}.",
              weights=weights, name=name, choice=choice)
        )  # fmt: skip
    return entry


def _loaded(name: str, entry: Any) -> nn.Module:
    """The module with torchvision's weights, downloaded if need be."""
    from torchvision import models

    try:
        with Blank():
            module: Any = models.get_model(name, weights=entry)
    except (OSError, RuntimeError) as error:
        raise ImportRefused(
            _(
                "The weights of {name} could not be downloaded ({text}). Nothing was changed. Check the connection and try "
                "again, or load them from a file.", name=name, text=str(error),
            )
        ) from error  # fmt: skip
    if name == "inception_v3":  # torchvision itself takes the head off for GoogLeNet only
        module.aux_logits, module.AuxLogits = False, None
    return module


def _preprocessing(entry: Any) -> Preprocessing:
    """The preprocessing that ``entry`` was trained with. torchvision also crops the middle of a slightly larger
    picture; here all is shown."""
    prepared = entry.transforms()
    return Preprocessing(tuple(prepared.mean), tuple(prepared.std), "resize")


class Blank(TorchFunctionMode):
    """Modules made within have no fresh numbers, and no memory for them either if ``device`` is meta. Unlike ``torch.device``
    it leaves other tensors where they are: RegNet works out its widths with some."""

    def __init__(self, device: str = "cpu") -> None:
        super().__init__()
        self._device = device

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in _RANDOM:
            return args[0]
        if func is torch.empty:
            kwargs = {**(kwargs or {}), "device": self._device}
        return func(*args, **(kwargs or {}))


_RANDOM = frozenset({Tensor.uniform_, Tensor.normal_, torch.nn.init.trunc_normal_})
