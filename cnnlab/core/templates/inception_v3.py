"""Inception v3: the modules of GoogLeNet with their kernels split up further."""

from __future__ import annotations

from typing import Any

from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import (
    Layer,
    Net,
    avg_pool,
    bn,
    conv,
    dropout,
    flatten,
    linear,
    max_pool,
    pool_to,
    relu,
)
from cnnlab.core.templates.template import MULTIPLY_ADDS, PARAMETERS, Chapter, Template

_ROW: dict[str, Any] = {"kernel": (1, 7), "padding": (0, 3)}
_COLUMN: dict[str, Any] = {"kernel": (7, 1), "padding": (3, 0)}
_SAME: Layer = avg_pool("pool", 3, 1, padding=1)
_SHRINK: Layer = max_pool("pool", 3, 2)


def _conv(net: Net, x: str, path: str, filters: int, kernel: int | tuple[int, int] = 1, **params: Any) -> str:
    with net.block(path, "BasicConv2d"):
        return net.chain(x, conv("conv", filters, kernel, bias=False, **params), bn("bn", eps=0.001), relu())


def _module_a(net: Net, x: str, pooled: int) -> str:
    """For maps of 35 × 35: two 3×3 in place of a 5×5 in one branch."""
    one = _conv(net, x, "branch1x1", 64)
    five = _conv(net, x, "branch5x5_1", 48)
    five = _conv(net, five, "branch5x5_2", 64, 5, padding=2)
    three = _conv(net, x, "branch3x3dbl_1", 64)
    three = _conv(net, three, "branch3x3dbl_2", 96, 3, padding=1)
    three = _conv(net, three, "branch3x3dbl_3", 96, 3, padding=1)
    pool = _conv(net, net.chain(x, _SAME), "branch_pool", pooled)
    return net.cat(one, five, three, pool)


def _module_b(net: Net, x: str) -> str:
    """From 35 × 35 to 17 × 17."""
    three = _conv(net, x, "branch3x3", 384, 3, stride=2)
    double = _conv(net, x, "branch3x3dbl_1", 64)
    double = _conv(net, double, "branch3x3dbl_2", 96, 3, padding=1)
    double = _conv(net, double, "branch3x3dbl_3", 96, 3, stride=2)
    return net.cat(three, double, net.chain(x, _SHRINK))


def _module_c(net: Net, x: str, width: int) -> str:
    """For maps of 17 × 17: 1×7 and 7×1 in place of 7×7."""
    one = _conv(net, x, "branch1x1", 192)
    seven = _conv(net, x, "branch7x7_1", width)
    seven = _conv(net, seven, "branch7x7_2", width, **_ROW)
    seven = _conv(net, seven, "branch7x7_3", 192, **_COLUMN)
    double = _conv(net, x, "branch7x7dbl_1", width)
    double = _conv(net, double, "branch7x7dbl_2", width, **_COLUMN)
    double = _conv(net, double, "branch7x7dbl_3", width, **_ROW)
    double = _conv(net, double, "branch7x7dbl_4", width, **_COLUMN)
    double = _conv(net, double, "branch7x7dbl_5", 192, **_ROW)
    pool = _conv(net, net.chain(x, _SAME), "branch_pool", 192)
    return net.cat(one, seven, double, pool)


def _module_d(net: Net, x: str) -> str:
    """From 17 × 17 to 8 × 8."""
    three = _conv(net, x, "branch3x3_1", 192)
    three = _conv(net, three, "branch3x3_2", 320, 3, stride=2)
    seven = _conv(net, x, "branch7x7x3_1", 192)
    seven = _conv(net, seven, "branch7x7x3_2", 192, **_ROW)
    seven = _conv(net, seven, "branch7x7x3_3", 192, **_COLUMN)
    seven = _conv(net, seven, "branch7x7x3_4", 192, 3, stride=2)
    return net.cat(three, seven, net.chain(x, _SHRINK))


def _module_e(net: Net, x: str) -> str:
    """For maps of 8 × 8: 1×3 and 3×1 side by side."""
    one = _conv(net, x, "branch1x1", 320)
    three = _split(net, _conv(net, x, "branch3x3_1", 384), "branch3x3_2", "concat")
    double = _conv(net, x, "branch3x3dbl_1", 448)
    double = _conv(net, double, "branch3x3dbl_2", 384, 3, padding=1)
    double = _split(net, double, "branch3x3dbl_3", "concat_1")
    pool = _conv(net, net.chain(x, _SAME), "branch_pool", 192)
    return net.put(("concatenate", "concat_2", {}), one, three, double, pool)


def _split(net: Net, x: str, path: str, concat: str) -> str:
    row = _conv(net, x, f"{path}a", 384, (1, 3), padding=(0, 1))
    column = _conv(net, x, f"{path}b", 384, (3, 1), padding=(1, 0))
    return net.put(("concatenate", concat, {}), row, column)


def _inception_v3() -> Net:
    net = Net()
    x = _conv(net, net.input(3, 299), "Conv2d_1a_3x3", 32, 3, stride=2)
    x = _conv(net, x, "Conv2d_2a_3x3", 32, 3)
    x = _conv(net, x, "Conv2d_2b_3x3", 64, 3, padding=1)
    x = net.chain(x, max_pool("maxpool1", 3, 2))
    x = _conv(net, x, "Conv2d_3b_1x1", 80)
    x = _conv(net, x, "Conv2d_4a_3x3", 192, 3)
    x = net.chain(x, max_pool("maxpool2", 3, 2))
    for path, pooled in {"Mixed_5b": 32, "Mixed_5c": 64, "Mixed_5d": 64}.items():
        with net.block(path, "InceptionA"):
            x = _module_a(net, x, pooled)
    with net.block("Mixed_6a", "InceptionB"):
        x = _module_b(net, x)
    for path, width in {"Mixed_6b": 128, "Mixed_6c": 160, "Mixed_6d": 160, "Mixed_6e": 192}.items():
        with net.block(path, "InceptionC"):
            x = _module_c(net, x, width)
    with net.block("Mixed_7a", "InceptionD"):
        x = _module_d(net, x)
    for path in ("Mixed_7b", "Mixed_7c"):
        with net.block(path, "InceptionE"):
            x = _module_e(net, x)
    return net.ended(net.chain(x, pool_to("avgpool", 1), dropout("dropout", 0.5), flatten(), linear("fc", 1000)))


INCEPTION_V3 = Template(
    key="inception_v3",
    title=_("Inception v3"),
    description=_("Three kinds of modules, with 5×5 and 7×7 kernels split into smaller ones, for 299 × 299 pixels"),
    chapter=Chapter.INCEPTION,
    network=_inception_v3,
    shape=(3, 299, 299),
    year=2015,
    paper="Rethinking the Inception architecture for computer vision",
    authors="Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
    new=_(
        "Rules for designing a network: split large kernels (two 3 × 3 for 5 × 5, 1 × 7 and 7 × 1 for 7 × 7), and shrink maps by "
        "convolution and pooling side by side. Label smoothing comes from here too."
    ),
    numbers=(
        (PARAMETERS, _("less than 25 million")),
        (MULTIPLY_ADDS, _("5 billion")),
        (
            _("Errors on ImageNet 2012, one network, one crop"),
            _("21.2 % top-1, 5.6 % top-5 (validation)"),
        ),
        (_("Top-5 errors on ImageNet 2012, four networks, many crops"), _("3.5 % (validation), 3.6 % (test)")),
    ),
    notes=(
        _(
            "As in torchvision. The auxiliary classifier, which is used in training only, is left out. One branch of the "
            "modules for 35 × 35 keeps its 5 × 5 kernel."
        ),
    ),
    parameters=23_834_568,
    macs=5_713_216_096,
    torchvision=True,
)
