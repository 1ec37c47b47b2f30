from __future__ import annotations

import gettext
import io
import pickle
import struct
from collections.abc import Iterator

import pytest

from cnnlab.core.messages import Message, message, text, use_translation

GERMAN = {
    "": "Content-Type: text/plain; charset=UTF-8\n",
    "{name} cannot run: {why}": "{name} läuft nicht: {why}",
    "the inputs differ.": "die Eingänge sind verschieden.",
}


def catalogue(text: dict[str, str]) -> gettext.GNUTranslations:
    """A compiled gettext catalogue, as ``msgfmt`` writes it: header, two tables of (length, place), the texts."""
    keys = sorted(text)
    texts = [key.encode() for key in keys] + [text[key].encode() for key in keys]
    tables, data, place = b"", b"", 28 + 8 * len(texts)
    for item in texts:
        tables += struct.pack("<2I", len(item), place + len(data))
        data += item + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    return gettext.GNUTranslations(io.BytesIO(head + tables + data))


@pytest.fixture
def german() -> Iterator[None]:
    use_translation(catalogue(GERMAN))
    yield
    use_translation(gettext.NullTranslations())


def test_english_is_the_source() -> None:
    assert str(message("{name} cannot run: {why}", name="conv1", why=message("the inputs differ."))) == (
        "conv1 cannot run: the inputs differ."
    )
    assert text("{count:,} of {total}", count=12345, total=3) == "12,345 of 3"


@pytest.mark.usefixtures("german")
def test_a_message_and_the_messages_in_it_are_translated() -> None:
    why = message("the inputs differ.")
    assert text("{name} cannot run: {why}", name="conv1", why=why) == (
        "conv1 läuft nicht: die Eingänge sind verschieden."
    )


def test_a_message_is_translated_when_it_is_shown_not_when_it_is_made(request: pytest.FixtureRequest) -> None:
    made_before = message("the inputs differ.")
    assert str(made_before) == "the inputs differ."
    request.getfixturevalue("german")
    assert str(made_before) == "die Eingänge sind verschieden."


@pytest.mark.usefixtures("german")
def test_no_words_stay_no_words() -> None:
    """gettext answers the empty text with the catalogue's header."""
    assert str(Message("")) == ""


def test_braces_in_values_and_in_words_without_fields_are_only_braces() -> None:
    assert text("{name}", name="{why}") == "{why}"
    assert text("a set {1, 2}") == "a set {1, 2}"


def test_messages_are_values() -> None:
    assert message("{a}", a=1) == message("{a}", a=1) != message("{a}", a=2)
    assert len({message("{a}", a=1), message("{a}", a=1)}) == 1


def test_a_message_goes_to_another_process_with_those_in_it() -> None:
    told = message("{name} cannot run: {why}", name="conv1", why=message("the inputs differ."))
    assert pickle.loads(pickle.dumps(told)) == told
