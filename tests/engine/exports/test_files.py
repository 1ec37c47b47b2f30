"""What other programs compute from an exported file is what the network computes."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import small_networks
import torch
from safetensors import safe_open
from torch import Tensor

from cnnlab.core import catalog, templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine import importer
from cnnlab.engine.archive import ProjectError
from cnnlab.engine.exports import ExportError, formats
from cnnlab.engine.network import state

pytestmark = pytest.mark.slow

NETWORKS = {
    "chain": small_networks.CHAIN,
    "residual": small_networks.RESIDUAL,
    **{key: templates.BY_KEY[key].build() for key in ("mnist", "lenet5")},
    **small_networks.EVERY_LAYER,
}
EXPORTS = pytest.mark.parametrize("suffix", [".onnx", ".pt2", ".safetensors"])


@pytest.fixture(params=NETWORKS, ids=str)
def project(request: pytest.FixtureRequest) -> Project:
    return small_networks.with_numbers(NETWORKS[request.param])


def pictures(project: Project, count: int) -> Tensor:
    params = project.graph.of_type("input")[0].params
    size = (count, params["channels"], params["height"], params["width"])
    return torch.randn(size, generator=torch.Generator().manual_seed(count))


def logits(project: Project, x: Tensor) -> Tensor:
    with torch.no_grad():
        return state.network(project)(x)


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def test_onnxruntime_agrees_at_any_batch(project: Project, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "network.onnx"
    formats.write(project, path)
    assert capfd.readouterr() == ("", "")
    run = session(path)
    for count in (1, 3, 7):
        x = pictures(project, count)
        (got,) = run.run(["logits"], {"pictures": x.numpy()})
        np.testing.assert_allclose(got, logits(project, x), rtol=1e-4, atol=1e-5)


def test_a_program_read_back_agrees_at_any_batch(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "network.pt2"
    formats.write(project, path)
    program = torch.export.load(path).module()
    for count in (1, 3, 7):
        x = pictures(project, count)
        with torch.no_grad():
            torch.testing.assert_close(program(x), logits(project, x))


def test_the_networks_above_have_every_layer_of_the_catalogue() -> None:
    seen = {node.type for project in NETWORKS.values() for node in project.graph.nodes}
    assert seen == set(catalog.BY_KEY)


@pytest.mark.parametrize(
    "name",
    [
        "squeezenet1_1",
        *(pytest.param(n, marks=pytest.mark.soak) for n in ("resnet18", "googlenet", "shufflenet_v2_x0_5")),
    ],
)
def test_networks_of_torchvision_agree_too(name: str, tmp_path: Path) -> None:
    project = importer.import_torchvision(name)
    project = changes.set_params(project, project.graph.of_type("input")[0].uid, height=64, width=64)
    formats.write(project, tmp_path / "network.onnx")
    formats.write(project, tmp_path / "network.pt2")
    run = session(tmp_path / "network.onnx")
    program = torch.export.load(tmp_path / "network.pt2").module()
    for count in (1, 3):
        x = pictures(project, count)
        expected = logits(project, x)
        np.testing.assert_allclose(run.run(None, {"pictures": x.numpy()})[0], expected, rtol=1e-4, atol=1e-5)
        with torch.no_grad():
            torch.testing.assert_close(program(x), expected)


def test_safetensors_hold_the_state_dict(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    formats.write(project, path)
    expected = state.network(project).state_dict()
    with safe_open(path, framework="pt") as file:
        assert set(file.keys()) == set(expected)
        assert all(torch.equal(file.get_tensor(key), tensor) for key, tensor in expected.items())
        assert file.metadata()["title"] == project.title
        assert file.metadata()["app"].startswith("cnnlab ")


def test_an_onnx_file_says_what_it_is_and_is_one_file(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    formats.write(small_networks.CHAIN, path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert {entry.domain: entry.version for entry in model.opset_import} == {"": 20}
    assert "opset 20" in model.doc_string
    assert {entry.key for entry in model.metadata_props} == {"title", "app", "preprocessing"}
    assert {"conv1.weight", "conv1.bias", "fc.weight", "fc.bias"} <= {tensor.name for tensor in model.graph.initializer}
    assert [path.name for path in tmp_path.iterdir()] == ["network.onnx"]


@EXPORTS
def test_no_folder_of_this_computer_is_in_the_file(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"file{suffix}"
    formats.write(small_networks.RESIDUAL, path)
    content = path.read_bytes()
    assert b"network.py" not in content
    assert str(Path(torch.__file__).parent).encode() not in content


@EXPORTS
def test_an_unfinished_network_is_refused_in_words_and_nothing_is_written(suffix: str, tmp_path: Path) -> None:
    project = changes.remove(small_networks.CHAIN, ["uid-flatten"])
    with pytest.raises(ExportError, match=r"Nothing was written") as refused:
        formats.write(project, tmp_path / f"file{suffix}")
    assert refused.value.code == "not-complete"
    assert not list(tmp_path.iterdir())


@EXPORTS
def test_a_folder_that_is_not_there_is_said_in_words(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"Not saved"):
        formats.write(small_networks.CHAIN, tmp_path / "nowhere" / f"file{suffix}")


@EXPORTS
def test_the_project_and_torch_are_as_they_were(suffix: str, tmp_path: Path) -> None:
    project = small_networks.with_numbers(small_networks.CHAIN)
    before, generator = state.network(project).state_dict(), torch.get_rng_state()
    formats.write(project, tmp_path / f"file{suffix}")
    assert torch.equal(torch.get_rng_state(), generator)
    after = state.network(project).state_dict()
    assert all(torch.equal(after[key], before[key]) for key in before)


def test_a_missing_package_is_named_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"onnx, onnxscript.*pip install onnx onnxscript") as refused:
        formats.write(small_networks.CHAIN, tmp_path / "network.onnx")
    assert refused.value.code == "missing-package"


def test_a_layer_that_onnx_does_not_have_is_named_and_pt2_takes_it(tmp_path: Path) -> None:
    project = small_networks.project(
        ("pool", "adaptivemaxpool2d", {"output_size": 3}),
        ("flatten", "flatten", {}),
        ("fc", "linear", {"out_features": 5}),
    )
    with pytest.raises(ExportError, match=r"\(aten\.adaptive_max_pool2d\)\..*Export as \.pt2") as refused:
        formats.write(project, tmp_path / "network.onnx")
    assert refused.value.code == "not-supported"
    assert "\x1b" not in "".join(refused.value.details)
    assert not list(tmp_path.iterdir())
    formats.write(project, tmp_path / "network.pt2")


def test_weights_beyond_what_onnx_can_hold_are_refused_before_the_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnlab.engine.exports.onnx_export._MAX_BYTES", 1000)
    with pytest.raises(ExportError, match=r"safetensors") as refused:
        formats.write(small_networks.CHAIN, tmp_path / "network.onnx")
    assert refused.value.code == "too-large"


def test_a_program_needs_no_cnnlab_and_keeps_its_input_size(tmp_path: Path) -> None:
    path = tmp_path / "network.pt2"
    formats.write(replace(small_networks.CHAIN, title="x"), path)
    program = torch.export.load(io.BytesIO(path.read_bytes())).module()
    with pytest.raises((AssertionError, RuntimeError)):
        program(torch.zeros(1, 2, 9, 9))
