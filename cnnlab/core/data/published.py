"""Data sets that others publish: where each is fetched from, and how its files lie on the disk.

Addresses, sizes and checksums of the archives are those in ``url_checksums`` of TensorFlow Datasets (CIFAR, Fashion-MNIST),
the names of files and folders those of torchvision's ``datasets``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Download:
    """One file to fetch."""

    url: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class DataFiles:
    """One way in which a data set lies on the disk."""

    kind: Literal["idx", "cifar", "pickle"]
    """``idx``: pictures and labels of a split in a file each; ``cifar``: the binary version of CIFAR, records of labels and a
    picture; ``pickle``: the Python version, as torchvision has it."""
    folder: str
    """Where they lie in the folder that torchvision is given; they may also lie in the chosen folder itself."""
    train: tuple[str, ...]
    test: tuple[str, ...]

    def place(self, chosen: Path) -> Path | None:
        """The folder with all of the files, which is ``chosen`` or lies in it; None if there is none."""
        places = (chosen, chosen / self.folder)
        return next(
            (place for place in places if all((place / name).is_file() for name in self.train + self.test)), None
        )


_IDX = ("{split}-images-idx3-ubyte", "{split}-labels-idx1-ubyte")


def _idx(folder: str, ending: str) -> DataFiles:
    train, test = (tuple(name.format(split=split) + ending for name in _IDX) for split in ("train", "t10k"))
    return DataFiles("idx", folder, train, test)


_FASHION = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
FASHION_MNIST_DOWNLOADS = (
    Download(_FASHION + "train-images-idx3-ubyte.gz", 26_421_880,
             "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    Download(_FASHION + "train-labels-idx1-ubyte.gz", 29_515,
             "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    Download(_FASHION + "t10k-images-idx3-ubyte.gz", 4_422_102,
             "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    Download(_FASHION + "t10k-labels-idx1-ubyte.gz", 5_148,
             "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)  # fmt: skip
FASHION_MNIST_FILES = (_idx("FashionMNIST/raw", ".gz"), _idx("FashionMNIST/raw", ""))
FASHION_MNIST_CLASSES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

_CIFAR = "https://www.cs.toronto.edu/~kriz/"
CIFAR10_DOWNLOADS = (
    Download(_CIFAR + "cifar-10-binary.tar.gz", 170_052_171,
             "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
)  # fmt: skip
CIFAR100_DOWNLOADS = (
    Download(_CIFAR + "cifar-100-binary.tar.gz", 168_513_733,
             "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
)  # fmt: skip
CIFAR10_FILES = (
    DataFiles("cifar", "cifar-10-batches-bin", tuple(f"data_batch_{n}.bin" for n in range(1, 6)), ("test_batch.bin",)),
    DataFiles("pickle", "cifar-10-batches-py", tuple(f"data_batch_{n}" for n in range(1, 6)), ("test_batch",)),
)
CIFAR100_FILES = (
    DataFiles("cifar", "cifar-100-binary", ("train.bin",), ("test.bin",)),
    DataFiles("pickle", "cifar-100-python", ("train",), ("test",)),
)
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR100_CLASSES = tuple(
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
    forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
    mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
    sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
    willow_tree wolf woman worm
    """.split()  # noqa: SIM905
)
"""The fine labels, in their order."""
