from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project.changes import choose_data
from cnnlab.gui.document import Document
from cnnlab.gui.panels.network_page import network_page


@pytest.fixture
def document(qapp: QApplication) -> Iterator[Document]:
    document = Document(templates.BY_KEY["mnist"].build())
    yield document
    document.close()


@pytest.mark.parametrize(
    ("name", "told", "untold"),
    [
        ("mnist", ["MNIST", "1 × 28 × 28", "10", "5,000 pictures held out"], []),
        ("mnist_seven", ["MNIST: is it a 7?", "2"], []),
        ("mnist_angle", ["MNIST: angle of a digit", "1 × 28 × 28", "a number, in °"], ["Classes"]),
        ("cifar100", ["CIFAR-100", "3 × 32 × 32", "100"], ["Validation"]),
        ("folder", ["Folder of pictures", "any, scaled and cropped to 1 × 28 × 28", "3", "/pictures"], []),
    ],
)
def test_it_tells_what_is_learned_from(document: Document, name: str, told: list[str], untold: list[str]) -> None:
    folder, classes = ("/pictures", ("a", "b", "c")) if name == "folder" else ("", ())
    document.edit(message("Change"), lambda project: choose_data(project, name, folder, classes))
    page = network_page(document)
    page.deleteLater()
    assert set(told) <= set(page.texts)
    assert not set(untold) & set(page.texts)
