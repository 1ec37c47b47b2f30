"""One Inception module each, in a small network that trains in minutes: how the module came to be what it is.

All have the widths of GoogLeNet's first module (3a) divided by four, so that their counts can be compared."""

from __future__ import annotations

from collections.abc import Mapping
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
from cnnlab.core.templates.template import Chapter, Template

_Branches = Mapping[str, tuple[tuple[int, int | tuple[int, int]], ...]]
"""Convolutions, as filters and kernel, of each branch by its name; ``branch_pool`` begins with pooling."""

_ROW, _COLUMN = (1, 7), (7, 1)

_NAIVE: _Branches = {
    "branch1x1": ((16, 1),),
    "branch3x3": ((32, 3),),
    "branch5x5": ((8, 5),),
    "branch_pool": (),
}
_REDUCED: _Branches = {
    "branch1x1": ((16, 1),),
    "branch3x3": ((24, 1), (32, 3)),
    "branch5x5": ((4, 1), (8, 5)),
    "branch_pool": ((8, 1),),
}
_TWO_THREES: _Branches = {
    "branch1x1": ((16, 1),),
    "branch3x3": ((24, 1), (32, 3)),
    "branch3x3dbl": ((4, 1), (4, 3), (8, 3)),
    "branch_pool": ((8, 1),),
}
_ONE_BY_N: _Branches = {
    "branch1x1": ((16, 1),),
    "branch7x7": ((24, 1), (24, _ROW), (32, _COLUMN)),
    "branch7x7dbl": ((4, 1), (4, _COLUMN), (4, _ROW), (4, _COLUMN), (8, _ROW)),
    "branch_pool": ((8, 1),),
}


def _network(branches: _Branches) -> Net:
    """A convolution before the module, and behind it pooling and a linear layer for ten classes. Each branch has a row of
    cards of its own."""
    net = Net()
    net.line_up(0, 0)
    x = net.chain(net.input(1, 28), conv("conv1", 48, 3, padding=1), relu("relu1"), max_pool("pool1", 2, 2))
    with net.block("inception", "Inception"):
        x = _module(net, x, branches)
    net.line_up(0, len(branches) + 1)
    return net.ended(net.chain(x, max_pool("pool2", 2, 2), avg_pool("avgpool", 3, 2), flatten(), linear("fc", 10)))


def _module(net: Net, x: str, branches: _Branches) -> str:
    ends = []
    for row, (branch, convolutions) in enumerate(branches.items(), 1):
        net.line_up(0, row)
        end = net.chain(x, max_pool("pool", 3, 1, padding=1)) if branch == "branch_pool" else x
        for number, (filters, kernel) in enumerate(convolutions, 1):
            path = branch if len(convolutions) == 1 else f"{branch}_{number}"
            end = _conv(net, end, path, filters, kernel)
        ends.append(end)
    longest = 2 * max(map(len, branches.values()))
    net.line_up(longest, (1 + len(branches)) / 2)
    return net.cat(*ends)


def _conv(net: Net, x: str, path: str, filters: int, kernel: int | tuple[int, int]) -> str:
    """A convolution that keeps height and width, and ReLU."""
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    with net.block(path, "ConvReLU"):
        return net.chain(x, conv("conv", filters, kernel, padding=(height // 2, width // 2)), relu())


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
    text: Message,
    branches: _Branches,
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
        description=text,
        chapter=Chapter.INCEPTION,
        network=partial(_network, branches),
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
    _NAIVE,
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
    _("1×1 convolutions make fewer maps before the large kernels and after pooling"),
    _REDUCED,
    _DEEPER,
    new=_(
        "A 1 × 1 convolution before each large kernel mixes the maps into fewer, so the large kernel has less to compute; "
        "another one after pooling limits the number of maps. This is GoogLeNet's module."
    ),
    parameters=16_550,
    macs=2_345_216,
)
TWO_THREES = _template(
    "inception-two-3x3",
    _("Inception module with two 3×3 for the 5×5"),
    _("Two 3×3 convolutions in a row see what one 5×5 sees"),
    _TWO_THREES,
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
    _ONE_BY_N,
    _RETHINKING,
    new=_(
        "A 1 × 7 and then a 7 × 1 convolution see 7 × 7 pixels with 14 weights for each pair of maps instead of 49. The paper "
        "found this of use where maps are 12 to 20 pixels wide; here they have 14."
    ),
    notes=(_("As in the module of Inception v3 for maps of 17 × 17: n is 7, and one branch does it twice."),),
    parameters=18_842,
    macs=2_787_392,
)
