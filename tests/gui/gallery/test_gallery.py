"""The gallery: search, keys, opening, the page, and torchvision's models with their failures."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from gui.gallery.visitor import MODELS, Make, Visitor, a_project
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project.project import Project
from cnnlab.engine.importer import ImportRefused
from cnnlab.engine.importer.published import Published
from cnnlab.gui.gallery.dialog import GalleryDialog
from cnnlab.gui.gallery.entries import torchvision_entries
from cnnlab.gui.gallery.workshop import import_model, list_models


def keys(dialog: GalleryDialog) -> list[str]:
    return [entry.key for entry in dialog.list.entries]


def marked(dialog: GalleryDialog) -> str:
    entry = dialog.list.current
    return entry.key if entry else ""


def press(dialog: GalleryDialog, *pressed: Qt.Key) -> None:
    """Keys as they arrive while the search has the focus."""
    for key in pressed:
        QTest.keyClick(dialog.search, key)


def test_every_template_is_there_chapter_by_chapter_and_torchvision_comes_last(visitor: Visitor) -> None:
    dialog = visitor.open()
    ours = [template.key for template in templates.TEMPLATES]
    assert sorted(keys(dialog)[: len(ours)]) == sorted(ours)
    assert keys(dialog)[len(ours) :] == [f"torchvision:{model.name}" for model in MODELS]
    groups = [entry.chapter for entry in dialog.list.entries]
    assert groups == sorted(groups, key=groups.index)  # no chapter comes twice
    assert marked(dialog) == keys(dialog)[0]


def test_torchvisions_models_are_in_the_order_of_their_numbers() -> None:
    names = ("vgg19", "resnet101", "resnet18", "vgg11_bn", "vgg11")
    entries = torchvision_entries([Published(name, 1, 1, 1.0, 224) for name in names])
    assert [entry.title for entry in entries] == ["resnet18", "resnet101", "vgg11", "vgg11_bn", "vgg19"]


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("resnet", "resnet18"),
        ("RESNET 152", "resnet152"),
        ("lecun", "lenet5"),
        ("squeezenet 1.1", "squeezenet1_1"),
        ("vgg16", "vgg16"),
    ],
)
def test_search_finds_by_name_key_or_author_and_marks_the_best(visitor: Visitor, text: str, best: str) -> None:
    dialog = visitor.open()
    QTest.keyClicks(dialog.search, text)
    assert marked(dialog) == best
    assert dialog.page.title.text() == str(templates.BY_KEY[best].title)
    dialog.search.clear()
    assert len(keys(dialog)) == len(templates.TEMPLATES) + len(MODELS)


def test_a_search_without_a_hit_says_so_and_nothing_can_be_opened(visitor: Visitor) -> None:
    dialog = visitor.open()
    QTest.keyClicks(dialog.search, "no such net")
    assert keys(dialog) == []
    assert not dialog.open_button.isEnabled()
    assert "No network" in dialog.list.accessibleDescription()
    with_text = dialog.list.viewport().grab().toImage()
    middle = with_text.copy(with_text.rect().adjusted(0, with_text.height() // 3, 0, -with_text.height() // 3))
    assert len({middle.pixel(x, y) for x in range(middle.width()) for y in range(middle.height())}) > 1
    press(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert visitor.projects == []


def test_arrows_walk_through_the_list_from_the_search_field_and_skip_the_titles(visitor: Visitor) -> None:
    dialog = visitor.open()
    walked = [marked(dialog)]
    for _row in keys(dialog)[1:]:
        press(dialog, Qt.Key.Key_Down)
        walked.append(marked(dialog))
    assert walked == keys(dialog)
    press(dialog, Qt.Key.Key_Down)
    assert marked(dialog) == keys(dialog)[-1]
    press(dialog, Qt.Key.Key_Up)
    assert marked(dialog) == keys(dialog)[-2]
    assert dialog.search.hasFocus()


def test_enter_opens_the_marked_network(visitor: Visitor) -> None:
    dialog = visitor.open()
    QTest.keyClicks(dialog.search, "lenet")
    press(dialog, Qt.Key.Key_Return)
    visitor.until(lambda: visitor.projects)
    assert visitor.projects == [templates.BY_KEY["lenet5"].build()]
    assert QApplication.activeModalWidget() is None


def test_double_click_opens(visitor: Visitor) -> None:
    dialog = visitor.open()
    place = dialog.list.visualItemRect(dialog.list.topLevelItem(2)).center()
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    visitor.until(lambda: visitor.projects)
    assert visitor.projects[0].title == str(templates.TEMPLATES[1].title)


def test_the_title_of_a_chapter_can_be_neither_marked_nor_opened(visitor: Visitor) -> None:
    dialog = visitor.open()
    before = marked(dialog)
    QTest.mouseDClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    assert marked(dialog) == before
    assert dialog.isVisible()


def test_escape_opens_nothing(visitor: Visitor) -> None:
    dialog = visitor.open()
    press(dialog, Qt.Key.Key_Down, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert visitor.projects == []


def test_the_gallery_opens_where_it_was_left(visitor: Visitor) -> None:
    dialog = visitor.open()
    dialog.list.mark("resnet50")
    dialog.reject()
    assert marked(visitor.open()) == "resnet50"


def test_the_page_sets_the_papers_numbers_beside_the_counted_ones(visitor: Visitor) -> None:
    dialog = visitor.open()
    dialog.list.mark("vgg16")
    cells = dialog.page.figures.texts
    row = cells.index(str(templates.PARAMETERS))
    assert cells[row + 2] == "138,357,544"
    assert cells[row + 1] == str(dict(templates.BY_KEY["vgg16"].numbers)[templates.PARAMETERS])
    assert dialog.page.new.text() == str(templates.BY_KEY["vgg16"].new)


@pytest.mark.parametrize(("key", "text"), [("lenet5", "MNIST"), ("cifar10", "CIFAR-10"), ("resnet18", "look inside")])
def test_the_page_says_what_can_be_done_with_it(visitor: Visitor, key: str, text: str) -> None:
    dialog = visitor.open()
    dialog.list.mark(key)
    assert text in dialog.page.use.text()


def test_the_drawing_has_a_card_for_each_layer(visitor: Visitor) -> None:
    dialog = visitor.open()
    dialog.list.mark("resnet18")
    visitor.until(lambda: dialog.page.miniature.sketch)
    drawing = dialog.page.miniature.sketch
    assert drawing is not None
    assert len(drawing.cards) == len(templates.BY_KEY["resnet18"].build().graph.nodes)
    assert not dialog.grab().isNull()


def noted(asked: list[str]) -> Callable[[str], Project]:
    """An import that writes down what it was asked for."""

    def importing(name: str) -> Project:
        asked.append(name)
        return a_project(name)

    return importing


def test_a_model_of_torchvision_is_imported_under_its_name_drawn_counted_and_opened(visit: Make) -> None:
    asked: list[str] = []
    visitor = visit(importing=noted(asked))
    dialog = visitor.open()
    dialog.list.mark("torchvision:squeezenet1_1")
    assert "1,235,496" in dialog.page.figures.texts
    visitor.until(lambda: dialog.page.miniature.sketch)
    assert "61,706" in dialog.page.figures.texts  # counted, of what came
    press(dialog, Qt.Key.Key_Return)
    assert [project.title for project in visitor.projects] == ["LeNet-5"]
    assert asked == ["squeezenet1_1"]


def test_what_is_opened_at_once_is_imported_once(visit: Make) -> None:
    asked: list[str] = []
    visitor = visit(importing=noted(asked))
    dialog = visitor.open()
    dialog.list.mark("torchvision:resnet18")
    press(dialog, Qt.Key.Key_Return)
    visitor.until(lambda: visitor.projects)
    again = visitor.open()
    assert again.page.miniature.sketch is not None
    press(again, Qt.Key.Key_Return)
    assert len(visitor.projects) == 2
    assert asked == ["resnet18"]


def test_closing_while_it_is_imported_opens_nothing(visit: Make) -> None:
    go_on = threading.Event()

    def importing(name: str) -> Project:
        assert go_on.wait(20)
        return templates.BY_KEY["lenet5"].build()

    visitor = visit(importing=importing)
    dialog = visitor.open()
    dialog.list.mark("torchvision:resnet18")
    press(dialog, Qt.Key.Key_Return)
    assert "Importing resnet18" in dialog.status.text()
    assert not dialog.open_button.isEnabled()
    dialog.cancel.click()
    go_on.set()
    again = visitor.open()
    again.list.mark("torchvision:resnet18")
    visitor.until(lambda: again.page.miniature.sketch)
    assert visitor.projects == []
    press(again, Qt.Key.Key_Return)
    assert len(visitor.projects) == 1


def test_a_failed_import_is_told_in_words_and_the_gallery_goes_on(visit: Make) -> None:
    def importing(name: str) -> Project:
        raise ImportRefused(message("It branches on its input in line 12."))

    visitor = visit(importing=importing)
    dialog = visitor.open()
    dialog.list.mark("torchvision:resnet18")
    press(dialog, Qt.Key.Key_Return)
    visitor.until(lambda: "line 12" in dialog.status.text())
    assert dialog.isVisible()
    assert dialog.search.hasFocus()
    dialog.list.mark("lenet5")
    assert "line 12" not in dialog.status.text()
    press(dialog, Qt.Key.Key_Return)
    visitor.until(lambda: visitor.projects)


def test_without_torchvision_our_own_networks_are_there(visit: Make) -> None:
    def listing() -> tuple[Published, ...]:
        raise ImportError("no torchvision")

    visitor = visit(listing=listing)
    dialog = visitor.open(listed=False)
    visitor.until(lambda: "no torchvision" in dialog.status.text())
    assert len(keys(dialog)) == len(templates.TEMPLATES)
    dialog.reject()


def test_squeezenet_is_imported_from_the_real_torchvision(visit: Make) -> None:
    visitor = visit(listing=list_models, importing=import_model)
    dialog = visitor.open()
    assert len([key for key in keys(dialog) if key.startswith("torchvision:")]) == 68
    dialog.list.mark("torchvision:squeezenet1_1")
    press(dialog, Qt.Key.Key_Return)
    visitor.until(lambda: visitor.projects)
    assert visitor.projects[0].title == "SqueezeNet 1.1"
    assert visitor.projects[0].layout.positions.keys() == visitor.projects[0].graph.by_uid.keys()


def test_the_page_tells_how_a_recipe_is_trained(visitor: Visitor) -> None:
    dialog = visitor.open()
    dialog.list.mark("cifar10-minutes")
    cells = dialog.page.training.texts
    told = dict(zip(cells[::2], cells[1::2], strict=True))
    template = templates.BY_KEY["cifar10-minutes"]
    assert told["Optimiser"] == "SGD"
    assert told["Schedule"] == "One cycle"
    assert told["Learning rate"] == f"{template.training.learning_rate:g}"
    assert told["Flip left–right"] == f"{template.augmentation.flip_horizontal:g}"
    dialog.list.mark("mnist")
    assert dialog.page.training.isHidden()
    dialog.list.mark("vgg16")
    assert dialog.page.training.isHidden()
