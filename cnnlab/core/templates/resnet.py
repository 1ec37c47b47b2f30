"""Residual networks, and the same without shortcuts to compare."""

from __future__ import annotations

from functools import partial

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import Net, avg_pool, bn, conv, flatten, linear, max_pool, pool_to, relu
from cnnlab.core.templates.template import DEPTH, MULTIPLY_ADDS, PARAMETERS, Chapter, Template
from cnnlab.core.training.settings import TrainingSettings


def _basic(net: Net, x: str, width: int, stride: int, projected: bool) -> str:
    """Two 3×3 convolutions, and a shortcut around them."""
    y = net.chain(
        x,
        *(conv("conv1", width, 3, stride=stride, padding=1, bias=False), bn("bn1"), relu()),
        *(conv("conv2", width, 3, padding=1, bias=False), bn("bn2")),
    )
    if projected:
        x = _projection(net, x, width, stride)
    return net.chain(net.add(y, x), relu("relu_1"))


def _bottleneck(net: Net, x: str, width: int, stride: int, projected: bool) -> str:
    """Fewer maps by 1×1, a 3×3 convolution, four times as many by 1×1; and a shortcut around them."""
    y = net.chain(
        x,
        *(conv("conv1", width, 1, bias=False), bn("bn1"), relu()),
        *(conv("conv2", width, 3, stride=stride, padding=1, bias=False), bn("bn2"), relu("relu_1")),
        *(conv("conv3", 4 * width, 1, bias=False), bn("bn3")),
    )
    if projected:
        x = _projection(net, x, 4 * width, stride)
    return net.chain(net.add(y, x), relu("relu_2"))


def _projection(net: Net, x: str, width: int, stride: int) -> str:
    """A shortcut where the sizes change (option B of the paper)."""
    return net.chain(x, conv("downsample.0", width, 1, stride=stride, bias=False), bn("downsample.1"))


def _plain(net: Net, x: str, width: int, stride: int) -> str:
    return net.chain(
        x,
        *(conv("conv1", width, 3, stride=stride, padding=1, bias=False), bn("bn1"), relu()),
        *(conv("conv2", width, 3, padding=1, bias=False), bn("bn2"), relu("relu_1")),
    )


def _begin(net: Net) -> str:
    return net.chain(
        net.input(3, 224),
        *(
            conv("conv1", 64, 7, stride=2, padding=3, bias=False),
            bn("bn1"),
            relu(),
            max_pool("maxpool", 3, 2, padding=1),
        ),
    )


def _end(net: Net, x: str, classes: int) -> Net:
    return net.ended(net.chain(x, pool_to("avgpool", 1), flatten(), linear("fc", classes)))


def _resnet(counts: tuple[int, int, int, int], deep: bool) -> Net:
    """So many blocks in each of the four stages; ``deep`` ones are bottlenecks."""
    kind, block = ("Bottleneck", _bottleneck) if deep else ("BasicBlock", _basic)
    net = Net()
    x = _begin(net)
    for stage, count in enumerate(counts):
        for number in range(count):
            first = number == 0
            with net.block(f"layer{stage + 1}.{number}", kind):
                x = block(net, x, 64 << stage, 2 if first and stage else 1, first and (deep or stage > 0))
    return _end(net, x, 1000)


def _plain18() -> Net:
    net = Net()
    x = _begin(net)
    for stage in range(4):
        for number in range(2):
            with net.block(f"layer{stage + 1}.{number}", "PlainBlock"):
                x = _plain(net, x, 64 << stage, 2 if stage and number == 0 else 1)
    return _end(net, x, 1000)


def _resnet20() -> Net:
    net = Net()
    x = net.chain(net.input(3, 32), conv("conv1", 16, 3, padding=1, bias=False), bn("bn1"), relu())
    for stage in range(3):
        for number in range(3):
            with net.block(f"layer{stage + 1}.{number}", "BasicBlock"):
                x = _padded(net, x, 16 << stage, stage > 0 and number == 0)
    return _end(net, x, 10)


def _padded(net: Net, x: str, width: int, shrinks: bool) -> str:
    """A basic block whose shortcut, where the sizes change, takes every second pixel and adds maps of zeros (option A)."""
    stride = 2 if shrinks else 1
    y = net.chain(
        x,
        *(conv("conv1", width, 3, stride=stride, padding=1, bias=False), bn("bn1"), relu()),
        *(conv("conv2", width, 3, padding=1, bias=False), bn("bn2")),
    )
    if shrinks:
        zeros = ("padchannels", "shortcut.1", {"before": 0, "after": width // 2})
        x = net.chain(x, avg_pool("shortcut.0", 1, 2), zeros)
    return net.chain(net.add(y, x), relu("relu_1"))


_PAPER = "Deep residual learning for image recognition"
_AUTHORS = "He, Zhang, Ren, Sun"
_SINGLE = _("Top-5 errors on ImageNet 2012, one network")
_TEN_CROPS = _("Top-1 errors on ImageNet 2012, ten crops")
_PROJECTIONS = _("Where sizes change, the shortcut has a 1 × 1 convolution (option B of the paper).")
_LATER_STRIDE = _(
    "This is v1.5, as in torchvision: the stride of 2 is in the 3 × 3 convolution of a bottleneck. In the paper it is in the "
    "first 1 × 1, which reads only every fourth pixel; the parameters are the same, the arithmetic is a little less."
)


def _template(
    depth: int,
    counts: tuple[int, int, int, int],
    *,
    new: Message,
    billions: str,
    errors: tuple[Message, Message],
    parameters: int,
    macs: int,
    notes: tuple[Message, ...] = (),
) -> Template:
    deep = depth >= 50
    return Template(
        key=f"resnet{depth}",
        title=_("ResNet-{depth}", depth=depth),
        description=_("{blocks} residual blocks in four stages", blocks=sum(counts)),
        chapter=Chapter.RESIDUAL,
        network=partial(_resnet, counts, deep),
        year=2015,
        paper=_PAPER,
        authors=_AUTHORS,
        new=new,
        numbers=(
            (MULTIPLY_ADDS, _("{billions} billion", billions=billions)),
            (DEPTH, _("{depth}, shortcuts not counted", depth=depth)),
            errors,
        ),
        notes=(*notes, _LATER_STRIDE if deep else _PROJECTIONS),
        parameters=parameters,
        macs=macs,
        torchvision=True,
    )


RESNET18 = _template(
    18,
    (2, 2, 2, 2),
    new=_(
        "Each block learns what to add to its input instead of the whole output, so a block that has nothing to add only has "
        "to learn zeros. That is what let networks become very deep."
    ),
    billions="1.8",
    errors=(_TEN_CROPS, _("27.88 % (validation)")),
    parameters=11_689_512,
    macs=1_814_073_344,
    notes=(_("The paper's figure for errors is of shortcuts without convolutions (option A)."),),
)
RESNET34 = _template(
    34,
    (3, 4, 6, 3),
    new=_(
        "The same with 34 layers, and better than with 18; without shortcuts, 34 layers are worse than 18, already on the "
        "training pictures."
    ),
    billions="3.6",
    errors=(_SINGLE, _("5.71 % (validation)")),
    parameters=21_797_672,
    macs=3_663_761_408,
)
RESNET50 = _template(
    50,
    (3, 4, 6, 3),
    new=_(
        "Bottlenecks: 1 × 1 convolutions make the maps few before the 3 × 3 and many again after it. Three layers a block "
        "cost about as much as two 3 × 3 on fewer maps."
    ),
    billions="3.8",
    errors=(_SINGLE, _("5.25 % (validation)")),
    parameters=25_557_032,
    macs=4_089_184_256,
)
RESNET101 = _template(
    101,
    (3, 4, 23, 3),
    new=_("ResNet-50 with 23 blocks instead of 6 in its third stage."),
    billions="7.6",
    errors=(_SINGLE, _("4.60 % (validation)")),
    parameters=44_549_160,
    macs=7_801_405_440,
)
RESNET152 = _template(
    152,
    (3, 8, 36, 3),
    new=_("Eight times as deep as VGG, with less arithmetic: the deepest network of the winner of ImageNet 2015."),
    billions="11.3",
    errors=(_SINGLE, _("4.49 % (validation); 3.57 % for six residual networks of several depths together (test)")),
    parameters=60_192_808,
    macs=11_513_626_624,
)
PLAIN18 = Template(
    key="plain18",
    title=_("Plain-18"),
    description=_("ResNet-18 without its shortcuts"),
    chapter=Chapter.RESIDUAL,
    network=_plain18,
    year=2015,
    paper=_PAPER,
    authors=_AUTHORS,
    new=_(
        "ResNet-18 without shortcuts, to compare: at 18 layers it still trains to about the same errors, only slower."
    ),
    numbers=(
        (DEPTH, "18"),
        (_TEN_CROPS, _("27.94 % (validation); the residual network has 27.88 %")),
    ),
    parameters=11_515_688,
    macs=1_794_805_760,
)
RESNET20 = Template(
    key="resnet20",
    title=_("ResNet-20 for CIFAR-10"),
    description=_("Nine residual blocks with 16, 32 and 64 maps, for 32 × 32 pixels"),
    chapter=Chapter.RESIDUAL,
    network=_resnet20,
    data="cifar10",
    shape=(3, 32, 32),
    year=2015,
    paper=_PAPER,
    authors=_AUTHORS,
    new=_(
        "A residual network small enough for one evening: three stages of three blocks for pictures of 32 × 32 pixels."
    ),
    numbers=(
        (PARAMETERS, _("0.27 million")),
        (DEPTH, "20"),
        (_("Errors on CIFAR-10's test pictures"), _("8.75 %")),
    ),
    notes=(
        _(
            "Its shortcuts have no weights (option A of the paper): where sizes change they take every second pixel and fill "
            "up with maps of zeros. Average pooling with a 1 × 1 kernel and stride 2 takes every second pixel."
        ),
        _(
            "The paper trained for 64,000 steps of 128 pictures, randomly shifted and mirrored, with a rate of 0.1 that falls "
            "twice by ten. The settings here have ten epochs and a cosine."
        ),
    ),
    parameters=269_722,
    macs=40_551_040,
    training=TrainingSettings(optimiser="sgd", learning_rate=0.1, weight_decay=1e-4, batch_size=128, epochs=10),
)
