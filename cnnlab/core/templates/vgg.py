"""VGG: nothing but 3×3 convolutions, ever more of them."""

from __future__ import annotations

from functools import partial

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.templates.building import (
    Layer,
    Net,
    bn,
    conv,
    dropout,
    flatten,
    linear,
    max_pool,
    pool_to,
    relu,
)
from cnnlab.core.templates.template import DEPTH, PARAMETERS, Chapter, Template
from cnnlab.core.training.settings import TrainingSettings

_WIDTHS = (64, 128, 256, 512, 512)
_TWO, _THREE, _FOUR = (2, 2, 2, 2, 2), (2, 2, 3, 3, 3), (2, 2, 4, 4, 4)


def _features(counts: tuple[int, ...], normalised: bool) -> list[Layer]:
    """``counts`` convolutions before each of the five poolings, numbered as torchvision does."""
    layers: list[Layer] = []
    for count, width in zip(counts, _WIDTHS, strict=True):
        for _convolution in range(count):
            layers.append(conv(str(len(layers)), width, 3, padding=1))
            if normalised:
                layers.append(bn(str(len(layers))))
            layers.append(relu(str(len(layers))))
        layers.append(max_pool(str(len(layers)), 2, 2))
    return layers


def _vgg(counts: tuple[int, ...], normalised: bool = False) -> Net:
    net = Net()
    x = net.input(3, 224)
    with net.block("features"):
        x = net.chain(x, *_features(counts, normalised))
    x = net.chain(x, pool_to("avgpool", 7), flatten())
    with net.block("classifier"):
        x = net.chain(
            x,
            *(linear("0", 4096), relu("1"), dropout("2", 0.5)),
            *(linear("3", 4096), relu("4"), dropout("5", 0.5)),
            linear("6", 1000),
        )
    return net.ended(x)


def _small() -> Net:
    net = Net()
    x = net.input(3, 32)
    with net.block("features"):
        x = net.chain(x, *_features(_THREE, True))
    return net.ended(net.chain(x, flatten(), linear("classifier", 10)))


_PAPER = "Very deep convolutional networks for large-scale image recognition"
_AUTHORS = "Simonyan, Zisserman"
_SINGLE_SCALE = _("Top-5 errors on ImageNet 2012, one network, one scale in the test")
_SUBMISSION = (_("Top-5 errors on ImageNet 2014, seven networks together"), _("7.3 % (test)"))
_POOLED = _(
    "Average pooling to 7 × 7 before the classifier is torchvision's, so that pictures of other sizes fit too; at "
    "224 × 224 it does nothing."
)


def _template(
    letter: str,
    counts: tuple[int, ...],
    depth: int,
    *,
    parameters: int,
    macs: int,
    millions: int,
    errors: Message,
    new: Message,
) -> Template:
    return Template(
        key=f"vgg{depth}",
        title=_("VGG-{depth}", depth=depth),
        description=_("Configuration {letter}: {depth} layers with weights", letter=letter, depth=depth),
        chapter=Chapter.VGG,
        network=partial(_vgg, counts),
        year=2014,
        paper=_PAPER,
        authors=_AUTHORS,
        new=new,
        numbers=(
            (PARAMETERS, _("{millions} million", millions=millions)),
            (DEPTH, str(depth)),
            (_SINGLE_SCALE, errors),
            _SUBMISSION,
        ),
        notes=(_POOLED,),
        parameters=parameters,
        macs=macs,
        torchvision=True,
    )


VGG11 = _template(
    "A",
    (1, 1, 2, 2, 2),
    11,
    parameters=132_863_336,
    macs=7_609_090_048,
    millions=133,
    errors=_("10.4 % (validation)"),
    new=_(
        "Only 3 × 3 kernels: two of them in a row see 5 × 5 pixels and three see 7 × 7, with fewer weights and more ReLUs "
        "between. This is the shallowest of the family."
    ),
)
VGG13 = _template(
    "B",
    _TWO,
    13,
    parameters=133_047_848,
    macs=11_308_466_176,
    millions=133,
    errors=_("9.9 % (validation)"),
    new=_("Two convolutions before every pooling: the first two stages of VGG-11 become twice as deep."),
)
VGG16 = _template(
    "D",
    _THREE,
    16,
    parameters=138_357_544,
    macs=15_470_264_320,
    millions=138,
    errors=_("8.1 % (validation)"),
    new=_(
        "Three convolutions in each of the last three stages. Nine tenths of the parameters lie in the three linear "
        "layers, and nearly all the arithmetic in the convolutions."
    ),
)
VGG19 = _template(
    "E",
    _FOUR,
    19,
    parameters=143_667_240,
    macs=19_632_062_464,
    millions=144,
    errors=_("8.0 % (validation)"),
    new=_("Four convolutions in each of the last three stages, where more depth hardly helped any more."),
)
VGG16_BN = Template(
    key="vgg16_bn",
    title=_("VGG-16 with batch normalisation"),
    description=_("VGG-16, normalised after every convolution"),
    chapter=Chapter.VGG,
    network=partial(_vgg, _THREE, True),
    year=2014,
    paper=_PAPER,
    authors=_AUTHORS,
    new=_("VGG-16 with batch normalisation after every convolution, so that it trains from random weights at once."),
    notes=(
        _(
            "Batch normalisation came in 2015; the paper instead trained the shallow network first and began the deeper ones "
            "with its weights. torchvision offers this variant; the bias of its convolutions is of no use before a "
            "normalisation, but is there."
        ),
        _POOLED,
    ),
    parameters=138_365_992,
    macs=15_470_264_320,
    torchvision=True,
)
VGG16_CIFAR10 = Template(
    key="vgg16-cifar10",
    title=_("VGG-16 for 32 × 32"),
    description=_("VGG-16's convolutions, normalised, with one linear layer, for CIFAR-10"),
    chapter=Chapter.VGG,
    network=_small,
    data="cifar10",
    shape=(3, 32, 32),
    year=2014,
    paper=_PAPER,
    authors=_AUTHORS,
    new=_(
        "After five poolings one pixel is left of 32 × 32, so one linear layer of 5,130 parameters takes the place of "
        "three with 124 million."
    ),
    notes=(_("A common adaptation and not from the paper: batch normalisation, and no hidden linear layers."),),
    parameters=14_728_266,
    macs=313_201_664,
    training=TrainingSettings(optimiser="sgd", learning_rate=0.05, weight_decay=5e-4, batch_size=128, epochs=10),
)
