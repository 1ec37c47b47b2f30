"""One Inception module each, in a small network that trains in minutes: how the module came to be what it is.

All have the widths of GoogLeNet's first module (3a) divided by four, so that their counts can be compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import (
    Net,
    avg_pool,
    conv,
    flatten,
    linear,
    max_pool,
    relu,
)
from cnnlab.core.templates.template import Group, Template

_ONE, _THREE, _FIVE, _POOL = 16, 32, 8, 8
"""Maps that come out of each branch."""
_BEFORE_THREE, _BEFORE_FIVE = 24, 4
"""Maps between a 1×1 reduction and the larger kernel."""


def _around(module: Callable[[Net, str], str]) -> Net:
    """A convolution before the module, and behind it pooling and a linear layer for ten classes."""
    net = Net()
    x = net.chain(net.input(1, 28), conv("conv1", 48, 3, padding=1), relu("relu1"), max_pool("pool1", 2, 2))
    with net.block("inception", "Inception"):
        x = module(net, x)
    return net.ended(net.chain(x, max_pool("pool2", 2, 2), avg_pool("avgpool", 3, 2), flatten(), linear("fc", 10)))


def _conv(net: Net, x: str, path: str, filters: int, kernel: int | tuple[int, int]) -> str:
    """A convolution that keeps height and width, and ReLU."""
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    with net.block(path, "ConvReLU"):
        return net.chain(x, conv("conv", filters, kernel, padding=(height // 2, width // 2)), relu())


def _convs(net: Net, x: str, branch: str, *layers: tuple[int, int | tuple[int, int]]) -> str:
    """Several of them, given as filters and kernel."""
    for number, (filters, kernel) in enumerate(layers, 1):
        x = _conv(net, x, f"{branch}_{number}", filters, kernel)
    return x


def _pooled(net: Net, x: str) -> str:
    x = net.chain(x, max_pool("pool", 3, 1, padding=1))
    return _conv(net, x, "branch_pool", _POOL, 1)


def _naive(net: Net, x: str) -> str:
    return net.cat(
        _conv(net, x, "branch1x1", _ONE, 1),
        _conv(net, x, "branch3x3", _THREE, 3),
        _conv(net, x, "branch5x5", _FIVE, 5),
        net.chain(x, max_pool("pool", 3, 1, padding=1)),
    )


def _reduced(net: Net, x: str) -> str:
    return net.cat(
        _conv(net, x, "branch1x1", _ONE, 1),
        _convs(net, x, "branch3x3", (_BEFORE_THREE, 1), (_THREE, 3)),
        _convs(net, x, "branch5x5", (_BEFORE_FIVE, 1), (_FIVE, 5)),
        _pooled(net, x),
    )


def _two_threes(net: Net, x: str) -> str:
    return net.cat(
        _conv(net, x, "branch1x1", _ONE, 1),
        _convs(net, x, "branch3x3", (_BEFORE_THREE, 1), (_THREE, 3)),
        _convs(net, x, "branch3x3dbl", (_BEFORE_FIVE, 1), (_BEFORE_FIVE, 3), (_FIVE, 3)),
        _pooled(net, x),
    )


def _one_by_n(net: Net, x: str) -> str:
    row, column = (1, 7), (7, 1)
    return net.cat(
        _conv(net, x, "branch1x1", _ONE, 1),
        _convs(net, x, "branch7x7", (_BEFORE_THREE, 1), (_BEFORE_THREE, row), (_THREE, column)),
        _convs(
            net,
            x,
            "branch7x7dbl",
            *((_BEFORE_FIVE, 1), (_BEFORE_FIVE, column), (_BEFORE_FIVE, row)),
            *((_BEFORE_FIVE, column), (_FIVE, row)),
        ),
        _pooled(net, x),
    )


_DEEPER = (2014, "Going deeper with convolutions", "Szegedy, Liu, Jia and others")
_RETHINKING = (
    2015,
    "Rethinking the Inception architecture for computer vision",
    "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
)
_SMALL = _(
    "The module stands in a small network for MNIST, with a quarter of the widths of GoogLeNet's first module, so that it "
    "trains in a few minutes."
)


def _template(
    key: str,
    title: Message,
    words: Message,
    module: Callable[[Net, str], str],
    source: tuple[int, str, str],
    *,
    new: Message,
    notes: tuple[Message, ...] = (),
    parameters: int,
    macs: int,
) -> Template:
    year, paper, authors = source
    return Template(
        key=key,
        title=title,
        words=words,
        group=Group.INCEPTION,
        network=partial(_around, module),
        data="mnist",
        shape=(1, 28, 28),
        year=year,
        paper=paper,
        authors=authors,
        new=new,
        notes=(*notes, _SMALL),
        parameters=parameters,
        macs=macs,
    )


NAIVE = _template(
    "inception-naive",
    _("Inception module, naive"),
    _("1×1, 3×3 and 5×5 kernels and pooling side by side"),
    _naive,
    _DEEPER,
    new=_(
        "Several kernel sizes and pooling look at the same maps side by side, and their outputs are stacked: the network "
        "need not choose one size. But pooling passes all its maps on, so each module makes more maps than it gets."
    ),
    parameters=34_098,
    macs=5_089_680,
)
REDUCED = _template(
    "inception-reduction",
    _("Inception module with 1×1 reduction"),
    _("1×1 convolutions make fewer maps before the large kernels and behind pooling"),
    _reduced,
    _DEEPER,
    new=_(
        "A 1 × 1 convolution before each large kernel mixes the maps into fewer, so the large kernel has less to compute; "
        "another one behind pooling keeps the number of maps in hand. This is GoogLeNet's module."
    ),
    parameters=16_550,
    macs=2_345_216,
)
TWO_THREES = _template(
    "inception-two-3x3",
    _("Inception module with two 3×3 for the 5×5"),
    _("Two 3×3 convolutions in a row see what one 5×5 sees"),
    _two_threes,
    _RETHINKING,
    new=_(
        "Two 3 × 3 convolutions in a row see 5 × 5 pixels: 18 weights for each pair of maps instead of 25, and a ReLU more."
    ),
    parameters=16_186,
    macs=2_273_088,
)
ONE_BY_N = _template(
    "inception-1xn",
    _("Inception module with 1×n, then n×1"),
    _("A row kernel and a column kernel instead of a square one"),
    _one_by_n,
    _RETHINKING,
    new=_(
        "A 1 × 7 and then a 7 × 1 convolution see 7 × 7 pixels with 14 weights for each pair of maps instead of 49. The paper "
        "found this of use where maps are 12 to 20 pixels wide; here they have 14."
    ),
    notes=(_("As in the module of Inception v3 for maps of 17 × 17: n is 7, and one branch does it twice."),),
    parameters=18_842,
    macs=2_787_392,
)
