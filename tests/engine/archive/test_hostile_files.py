"""Files made to do harm: each is refused with its own code, changes nothing, and takes little memory."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import numpy as safetensors

from cnnlab.core import templates
from cnnlab.core.graph.graph import Wire
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen, thawed
from cnnlab.engine.archive import ProjectError, open_project, save, schema

Forge = Callable[..., bytes]
Make = Callable[[Forge], bytes]


def small() -> Project:
    """Input 1 × 4 × 4, a convolution that makes 2 × 2 × 2, a ReLU, and an Output that nothing feeds."""
    project = templates.BY_KEY["empty"].build()
    project = changes.set_params(project, "input", height=4, width=4)
    project = changes.add_layer(project, "conv2d", (0.0, 0.0), uid="conv", out_channels=2)
    project = changes.add_layer(project, "relu", (0.0, 0.0), uid="relu")
    return changes.connect(changes.connect(project, Wire("input", "conv")), Wire("conv", "relu"))


def good() -> dict[str, Any]:
    return thawed(schema.document(small()))  # type: ignore[return-value]


NODE, WIRE = 2, 0
"""Where the convolution stands among the nodes, and the wire into it among the wires."""


def tensors(**changed: Any) -> bytes:
    arrays = {"conv/weight": np.ones((2, 1, 3, 3), np.float32), "conv/bias": np.zeros(2, np.float32)}
    arrays |= {name.replace("__", "/"): array for name, array in changed.items()}
    return safetensors.save({name: array for name, array in arrays.items() if array is not None})


def raw_tensors(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def at(*steps: Any, value: Any) -> Make:
    """A file in which one place of ``project.json`` says something else."""

    def make(forge: Forge) -> bytes:
        document = good()
        holder: Any = document
        for step in steps[:-1]:
            holder = holder[step]
        holder[steps[-1]] = value
        return forge(document)

    return make


def with_node(**changed: Any) -> Make:
    """A file with a second node like the convolution, less what is ``changed``."""

    def make(forge: Forge) -> bytes:
        document = good()
        document["graph"]["nodes"].append({**document["graph"]["nodes"][NODE], "uid": "b", "path": "b", **changed})
        return forge(document)

    return make


def with_wire(**changed: Any) -> Make:
    def make(forge: Forge) -> bytes:
        document = good()
        wire = {"source": "conv", "source_port": 0, "target": "output", "target_port": 0}
        document["graph"]["wires"].append({**wire, **changed})
        return forge(document)

    return make


def text(pattern: str, replacement: str) -> Make:
    """A file with ``project.json`` changed as text."""

    def make(forge: Forge) -> bytes:
        before = json.dumps(good())
        after = re.sub(pattern, lambda match: replacement, before, count=1)
        assert after != before
        return forge(after.encode())

    return make


def member(name: str, data: bytes = b"{}") -> Make:
    return lambda forge: forge(good(), extra={name: data})


def entry(name: str, **attributes: Any) -> Make:
    """A file in which the zip entry of one member is of another kind."""

    def change(info: zipfile.ZipInfo) -> None:
        if info.filename == name:
            for attribute, value in attributes.items():
                setattr(info, attribute, value)

    return lambda forge: forge(good(), weights=tensors(), entry=change)


def manifest(change: Callable[[dict[str, Any]], object]) -> Make:
    def make(forge: Forge) -> bytes:
        return forge(good(), manifest=change)

    return make


def project_entry(**said: Any) -> Make:
    """A file whose manifest says something else of ``project.json``."""

    def change(manifest: dict[str, Any]) -> object:
        manifest["members"]["project.json"].update(said)
        return manifest

    return manifest(change)


def weights(data: bytes) -> Make:
    return lambda forge: forge(good(), weights=data)


def patched(make: Make, old: bytes, new: bytes, count: int = -1) -> Make:
    """A file whose bytes are changed after its checksums were made."""

    def patch(forge: Forge) -> bytes:
        before = make(forge)
        assert old in before
        return before.replace(old, new, count)

    return patch


def plain(forge: Forge) -> bytes:
    return forge(good())


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


class Evil:
    """Unpickled, it makes a folder."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("pwned",)


def twice(forge: Forge) -> bytes:
    buffer = io.BytesIO(forge(good()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr("project.json", json.dumps({**good(), "title": "the other"}))
    return buffer.getvalue()


def flagged_encrypted(forge: Forge) -> bytes:
    data = bytearray(forge(good()))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(b"project.json", data.index(b"PK\x01\x02") if signature == b"PK\x01\x02" else 0)
        data[data.rindex(signature, 0, start) + offset] |= 1
    return bytes(data)


def lying_about_length(forge: Forge) -> bytes:
    """Ten million bytes that both headers call a thousand."""

    def deflate(info: zipfile.ZipInfo) -> None:
        if info.filename == "project.json":
            info.compress_type = zipfile.ZIP_DEFLATED

    document = json.dumps(good()).encode()
    document += os.urandom(30_000).hex().encode() * 160
    return forge(document, entry=deflate).replace(struct.pack("<L", len(document)), struct.pack("<L", 1000))


def sixty_four_bit_end(forge: Forge) -> bytes:
    """A 64-bit end record that tells another story than the classic one, and would be believed."""
    data = forge(good())
    end = data[-22:]
    count, length, place = struct.unpack("<HLL", end[10:20])
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, place)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(data) - 22, 1)
    stretched = end[:12] + struct.pack("<L", length + len(record) + len(locator)) + end[16:]
    return data[:-22] + record + locator + stretched


def many_members(forge: Forge) -> bytes:
    return forge(good(), extra={f"runs/{number}.json": b"{}" for number in range(1200)})


def reordered(forge: Forge) -> bytes:
    with zipfile.ZipFile(io.BytesIO(forge(good()))) as archive:
        return zip_of({name: archive.read(name) for name in reversed(archive.namelist())})


def without_project(forge: Forge) -> bytes:
    with zipfile.ZipFile(io.BytesIO(forge(good(), manifest=lambda said: {**said, "members": {}}))) as archive:
        return zip_of({name: archive.read(name) for name in ("mimetype", "manifest.json")})


def deep(levels: int) -> Make:
    return text(r'"params": \{', '"params": {"x": ' + "[" * levels + "]" * levels + ", ")


ONES = np.ones((2, 1, 3, 3), np.float32)
SPAN = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}

A_NODE = good()["graph"]["nodes"][NODE]

HOSTILE: dict[str, tuple[str, Make]] = {
    # what is no project at all
    "empty": ("not-a-project", lambda forge: b""),
    "letter": ("not-a-project", lambda forge: b"Dear reader, " * 100),
    "bare pickle": ("not-a-project", lambda forge: pickle.dumps(Evil())),
    "zip of something else": ("not-a-project", lambda forge: zip_of({"word/document.xml": b"<w/>"})),
    "zip with other names only": ("not-a-project", lambda forge: zip_of({"project.json": b"{}"})),
    "empty zip": ("not-a-project", lambda forge: zip_of({})),
    "script before the zip": ("not-a-project", lambda forge: b"#!/bin/sh\nrm -r ~\n" + plain(forge)),
    "another mimetype": ("not-a-project", lambda forge: forge(good(), mimetype=b"application/x-keras!")),
    "mimetype not first": ("not-a-project", reordered),
    # the zip
    "checkpoint of torch": ("unsafe", lambda forge: zip_of({"archive/data.pkl": pickle.dumps(Evil())})),
    "pickle inside": ("unsafe", member("data.pkl", pickle.dumps(Evil()))),
    "program inside": ("unsafe", member("runs/start.py", b"import os")),
    "parent folder": ("unsafe", member("../evil.json")),
    "absolute name": ("unsafe", member("/etc/cron.d/evil")),
    "backslashes": ("unsafe", member("..\\..\\evil.json")),
    "member of no format": ("unsafe", member("weights/other.safetensors")),
    "folder": ("unsafe", member("runs/", b"")),
    "same name twice": ("unsafe", twice),
    "name with a tail behind NUL": ("unsafe", patched(member("thumb.png1234.exe"), b"thumb.png1234", b"thumb.png\x00234")),
    "symbolic link": ("unsafe", entry("project.json", external_attr=0o120777 << 16)),
    "device": ("unsafe", entry("project.json", external_attr=0o020666 << 16)),
    "encrypted": ("unsafe", flagged_encrypted),
    "packed with lzma": ("unsafe", entry("project.json", compress_type=zipfile.ZIP_LZMA)),
    "packed weights": ("unsafe", entry("weights/current.safetensors", compress_type=zipfile.ZIP_DEFLATED)),
    "bomb of spaces": (
        "unsafe",
        lambda forge: forge(
            b" " * 10_000_000, entry=lambda info: setattr(info, "compress_type", zipfile.ZIP_DEFLATED)
        ),
    ),
    "too much text": ("unsafe", lambda forge: forge(b" " * (2**24 + 1))),
    "1,200 members": ("unsafe", many_members),
    "two ends": ("unsafe", sixty_four_bit_end),
    "lying about its length": ("damaged", lying_about_length),
    "cut off": ("damaged", lambda forge: plain(forge)[:-100]),
    "comment behind": ("damaged", lambda forge: plain(forge) + b"more"),
    "other name in the local header": ("damaged", patched(plain, b"project.json", b"project.jsoX", count=1)),
    "flipped bit": ("damaged", patched(plain, b'"input"', b'"inpux"', count=1)),
    # the manifest
    "newer major": ("newer", manifest(lambda said: {**said, "format": {"major": 2, "minor": 0}})),
    "newer major with another manifest": ("newer", manifest(lambda said: {"format": {"major": 9, "minor": 0}, "app": "9"})),
    "manifest without version": ("invalid", manifest(lambda said: {**said, "format": {}})),
    "manifest that is a list": ("invalid", manifest(lambda said: [said])),
    "version that is true": ("invalid", manifest(lambda said: {**said, "format": {"major": True, "minor": 0}})),
    "length of something else": ("damaged", project_entry(bytes=2)),
    "checksum of something else": ("damaged", project_entry(sha256="0" * 64)),
    "member that is only listed": (
        "damaged",
        manifest(lambda said: {**said, "members": {**said["members"], "runs/a.json": said["members"]["project.json"]}}),
    ),
    "member that is not listed": ("damaged", manifest(lambda said: {**said, "members": {}})),
    "no project": ("damaged", without_project),
    # JSON
    "not JSON": ("invalid", lambda forge: forge(b"{'title': 1}")),
    "JSON and more": ("invalid", lambda forge: forge(json.dumps(good()).encode() + b"{}")),
    "a list": ("invalid", lambda forge: forge([good()])),
    "UTF-16": ("invalid", lambda forge: forge(json.dumps(good()).encode("utf-16"))),
    "byte order mark": ("invalid", lambda forge: forge(b"\xef\xbb\xbf" + json.dumps(good()).encode())),
    "100,000 levels": ("invalid", deep(100_000)),
    "40 levels": ("invalid", deep(40)),
    "NaN": ("invalid", text(r'"learning_rate": [\d.]+', '"learning_rate": NaN')),
    "Infinity": ("invalid", text(r'"learning_rate": [\d.]+', '"learning_rate": Infinity')),
    "1e400": ("invalid", text(r'"learning_rate": [\d.]+', '"learning_rate": 1e400')),
    "number of 5,000 digits": ("invalid", text(r'"epochs": \d+', '"epochs": ' + "9" * 5000)),
    "number of 32 bits": ("invalid", at("weights", "step", value=2**31)),
    "key twice": ("invalid", text(r'"title"', '"title": "", "title"')),
    "half a character": ("invalid", text(r'"title": "[^"]*"', r'"title": "\ud800"')),
    "endless title": ("invalid", at("title", value="x" * 5000)),
    # fields
    "missing field": ("invalid", text(r'"epochs": \d+, ', "")),
    "unknown field": ("invalid", at("plugins", value=["os.system"])),
    "flag as number": ("invalid", at("training", "epochs", value=True)),
    "text as number": ("invalid", at("training", "epochs", value="2")),
    "negative learning rate": ("invalid", at("training", "learning_rate", value=-1.0)),
    "optimiser by dotted name": ("invalid", at("training", "optimiser", value="os.system")),
    "unknown device": ("invalid", at("training", "device", value="cuda:7")),
    "data from an address": ("invalid", at("data", "source", value="http://example.org/x.zip")),
    "data from a path": ("invalid", at("data", "source", value="../../etc")),
    "deviation of zero": ("invalid", at("preprocessing", "std", value=[0.0])),
    "means without deviations": ("invalid", at("preprocessing", "std", value=[])),
    "card beyond the canvas": ("invalid", at("layout", "positions", "conv", value=[1e300, 0.0])),
    "card in three dimensions": ("invalid", at("layout", "positions", "conv", value=[0.0, 0.0, 0.0])),
    # the graph
    "million channels": ("invalid", at("graph", "nodes", NODE, "params", "out_channels", value=10**6)),
    "no dilation": ("invalid", at("graph", "nodes", NODE, "params", "dilation", value=[0, 0])),
    "unknown setting": ("invalid", at("graph", "nodes", NODE, "params", "forward", value="lambda: 0")),
    "settings as a list": ("invalid", at("graph", "nodes", NODE, "params", value=[])),
    "type by dotted name": ("invalid", at("graph", "nodes", NODE, "type", value="torch.nn.Conv2d")),
    "uid with a slash": ("invalid", with_node(uid="a/b")),
    "same uid twice": ("invalid", with_node(uid="conv")),
    "same path twice": ("invalid", with_node(path="conv1")),
    "path inside a layer": ("invalid", with_node(path="conv1.b")),
    "path around a layer": ("invalid", lambda forge: at("graph", "nodes", NODE, "path", value="relu1.x")(forge)),
    "path that hides a method": ("invalid", with_node(path="train")),
    "path that is no name": ("invalid", with_node(path="../../x")),
    "endless path": ("invalid", with_node(path="x" * 201)),
    "wire from nowhere": ("invalid", with_wire(source="nobody")),
    "wire to nowhere": ("invalid", with_wire(target="nobody")),
    "two wires into one input": ("invalid", with_wire(target="relu")),
    "port out of range": ("invalid", with_wire(source_port=10**6)),
    "negative port": ("invalid", with_wire(target_port=-1)),
    "wire out of Output": ("invalid", with_wire(source="output", target="conv", target_port=0)),
    "wire into Input": ("invalid", with_wire(target="input")),
    "2,001 layers": (
        "invalid",
        at("graph", "nodes", value=[{**A_NODE, "uid": f"u{n}", "path": f"p{n}"} for n in range(2001)]),
    ),
    "8,001 wires": ("invalid", at("graph", "wires", value=good()["graph"]["wires"] * 4001)),
    # weights
    "weights with a flipped bit": ("weights", patched(weights(tensors()), ONES.tobytes()[:8], b"\x01" * 8, count=1)),
    "pickled weights": ("weights", weights(pickle.dumps(Evil()))),
    "empty weights": ("weights", weights(b"")),
    "endless header": ("weights", weights(struct.pack("<Q", 2**63) + b"{}")),
    "extra tensor": ("weights", weights(tensors(conv__more=ONES))),
    "extra layer": ("weights", weights(tensors(nobody__weight=ONES))),
    "weights of a layer without": ("weights", weights(tensors(relu__weight=ONES))),
    "missing tensor": ("weights", weights(tensors(conv__bias=None))),
    "tensor without layer": ("weights", weights(tensors(weight=ONES))),
    "wrong shape": ("weights", weights(tensors(conv__weight=np.ones((2, 1, 5, 5), np.float32)))),
    "wrong dtype": ("weights", weights(tensors(conv__weight=ONES.astype(np.float64)))),
    "dtype that numpy has not": (
        "weights",
        weights(raw_tensors({"conv/weight": {**SPAN, "dtype": "BF16", "shape": [2]}}, bytes(4))),
    ),
    "offsets beyond the end": ("weights", weights(raw_tensors({"conv/weight": SPAN}))),
    "tensor of a trillion nothings": (
        "weights",
        weights(raw_tensors({"conv/weight": {"dtype": "F32", "shape": [0, 2**30], "data_offsets": [0, 0]}})),
    ),
    "tensor twice": (
        "weights",
        weights(raw_tensors(b'{"conv/bias":%b,"conv/bias":%b}' % ((json.dumps(SPAN).encode(),) * 2), bytes(4))),
    ),
    "hidden metadata": ("weights", weights(raw_tensors({"__metadata__": {"run": "me"}}))),
    "10,001 tensors": (
        "weights",
        weights(
            raw_tensors({f"conv/{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(10_001)})
        ),
    ),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _torch_is_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The first look at weights imports torch, whose memory is not the file's."""
    path = tmp_path_factory.mktemp("first") / "net.cnnlab"
    save(replace(small(), weights=Weights(0, Frozen({"conv": safetensors.load(tensors())}))), path)


@pytest.mark.parametrize(("code", "make"), HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused(code: str, make: Make, forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.cnnlab"
    data = make(forge)
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(ProjectError) as error:
            open_project(path)
        maximum = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.value.code == code
    sentence = str(error.value)
    assert "net.cnnlab" in sentence
    assert "{" not in sentence
    assert ".." not in sentence.replace("../", "").replace("..\\", "")
    assert maximum < 20_000_000 + 2 * len(data)
    assert path.read_bytes() == data
    assert os.listdir(tmp_path) == ["net.cnnlab"]
    if code == "weights":
        opened = open_project(path, weights=False)
        assert opened.project == small()
        assert [str(note) for note in opened.notes] == [
            "Opened without its weights: every layer starts from random weights."
        ]


def test_the_file_that_the_others_start_from_opens(forge: Forge, tmp_path: Path) -> None:
    path = tmp_path / "net.cnnlab"
    path.write_bytes(forge(good(), weights=tensors()))
    opened = open_project(path)
    assert opened.project == small()
    assert (opened.project.weights.nodes["conv"]["weight"] == ONES).all()
    assert opened.notes == ()


def test_a_loop_opens(forge: Forge, tmp_path: Path) -> None:
    document = good()
    document["graph"]["wires"][WIRE]["source"] = "relu"
    path = tmp_path / "net.cnnlab"
    path.write_bytes(forge(document, weights=tensors()))
    opened = open_project(path).project
    assert opened.graph.incoming("conv") == (Wire("relu", "conv"),)
    # Sizes on a loop are not known, so nobody can say that the weights are wrong.
    assert (opened.weights.nodes["conv"]["weight"] == ONES).all()


def test_every_fault_is_told(forge: Forge, tmp_path: Path) -> None:
    document = good()
    document["training"]["epochs"] = "2"
    document["graph"]["nodes"][1]["version"] = 0
    del document["title"]
    path = tmp_path / "net.cnnlab"
    path.write_bytes(forge(document))
    with pytest.raises(ProjectError) as error:
        open_project(path)
    assert [detail.split(":")[0] for detail in error.value.details] == [
        "title",
        "graph.nodes[1].version",
        "training.epochs",
    ]
    assert error.value.where == "project.json: title"


def test_a_setting_out_of_range_is_told_with_its_range(forge: Forge, tmp_path: Path) -> None:
    path = tmp_path / "net.cnnlab"
    path.write_bytes(at("graph", "nodes", NODE, "params", "out_channels", value=10**6)(forge))
    with pytest.raises(ProjectError) as error:
        open_project(path)
    assert str(error.value) == (
        "Not opened: “net.cnnlab” is not valid at project.json: graph.nodes[2].params. Filters must be a whole number "
        "from 1 to 65,536. The file was not changed. Get it again from its source, or from a backup of your own."
    )


def test_a_damaged_file_points_to_its_backup(tmp_path: Path) -> None:
    path = tmp_path / "net.cnnlab"
    save(small(), path)
    save(small(), path)
    os.utime(path.with_name("net.cnnlab.bak"), (0, 0))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ProjectError, match=r"A backup from \d{4}-.* is in the same folder: open “net.cnnlab.bak”\.$"):
        open_project(path)


LATER = {"format": {"major": 1, "minor": 7}, "app": "0.8.0"}


def later(forge: Forge, document: dict[str, Any]) -> bytes:
    return forge(document, extra={"edits/kernels.json": b"{}"}, manifest=lambda said: {**said, **LATER})


def test_a_later_minor_version_opens_to_be_looked_at(forge: Forge, tmp_path: Path) -> None:
    document = good()
    document["ensemble"] = 3
    document["graph"]["nodes"][NODE]["frozen"] = True
    path = tmp_path / "net.cnnlab"
    path.write_bytes(later(forge, document))
    before = path.read_bytes()
    opened = open_project(path)
    assert opened.read_only
    assert opened.project == small()
    (note,) = opened.notes
    assert str(note).startswith("Made with cnnlab 0.8.0; this is 0.1.0, and may not show all of it.")
    with pytest.raises(ProjectError) as error:
        save(opened.project, path, expected=opened.stamp)
    assert error.value.code == "newer"
    assert path.read_bytes() == before


def test_a_later_minor_version_that_says_what_is_unheard_of_is_newer(forge: Forge, tmp_path: Path) -> None:
    document = good()
    document["training"]["optimiser"] = "lion"
    path = tmp_path / "net.cnnlab"
    path.write_bytes(later(forge, document))
    with pytest.raises(ProjectError) as error:
        open_project(path)
    assert error.value.code == "newer"
    assert str(error.value) == (
        "“net.cnnlab” was made with cnnlab 0.8.0; this is 0.1.0. It was not changed. Update cnnlab, or ask for the "
        "project in format 1."
    )


def test_a_newer_major_version_is_not_saved_over(forge: Forge, tmp_path: Path) -> None:
    path = tmp_path / "net.cnnlab"
    path.write_bytes(HOSTILE["newer major"][1](forge))
    before = path.read_bytes()
    with pytest.raises(ProjectError) as error:
        save(small(), path)
    assert error.value.code == "newer"
    assert path.read_bytes() == before


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cnnlab")
    (tmp_path / "folder.cnnlab").mkdir()
    codes = {}
    for name in ("pipe.cnnlab", "folder.cnnlab", "nothing.cnnlab"):
        with pytest.raises(ProjectError) as error:
            open_project(tmp_path / name)
        codes[name] = error.value.code
    assert codes == {"pipe.cnnlab": "unreadable", "folder.cnnlab": "unreadable", "nothing.cnnlab": "missing"}


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.cnnlab"
    with path.open("wb") as file:
        file.truncate(2**31)  # sparse: no bytes are on the disk
    with pytest.raises(ProjectError) as error:
        open_project(path)
    assert error.value.code == "too-large"
