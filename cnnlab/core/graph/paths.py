"""Paths of layers: unique, editable names such as ``layer1.0.conv2`` that ``state_dict`` keys and code use."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _

# Hyphens are no Python, but torchvision's RegNet has blocks called “block1-0”, and state_dict keys are paths.
_PART = re.compile(r"[A-Za-z_]\w*(-\w+)*|\d+", re.ASCII)

# A submodule of one of these names would hide the attribute of torch.nn.Module (2.15: dir(Module()), but for the names that
# begin with two underscores, which are all refused).
MODULE_ATTRIBUTES = frozenset(
    """
    T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl _forward_hooks
    _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs
    _get_backward_hooks _get_backward_pre_hooks _get_name _is_full_backward_hook _load_from_state_dict
    _load_state_dict_post_hooks _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook _modules
    _named_members _non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook
    _register_state_dict_hook _replicate_for_data_parallel _save_to_state_dict _slow_forward _state_dict_hooks
    _state_dict_pre_hooks _version _wrapped_call_impl
    add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia
    named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
    state_dict to to_empty train training type xpu zero_grad
    """.split()  # noqa: SIM905
)


def refusal(path: str, taken: Iterable[str]) -> Message | None:
    """Why ``path`` cannot name a layer beside the layers called ``taken``; None if it can."""
    parts = path.split(".")
    for part in parts:
        if not _PART.fullmatch(part):
            return _(
                "A name has letters, digits, underscores and hyphens, in parts joined by dots; “{path}” is no such name.",
                path=path,
            )
        if keyword.iskeyword(part) or part in MODULE_ATTRIBUTES or part.startswith("__"):
            return _("“{part}” means something else in PyTorch code. Choose another name.", part=part)
    if len(path) > 200:
        return _("A name has at most 200 characters.")
    for other in taken:
        if other == path:
            return _("Another layer is called “{path}”.", path=path)
        if other.startswith(path + ".") or path.startswith(other + "."):
            return _(
                "“{path}” and “{other}” cannot both be layers: one would contain the other.", path=path, other=other
            )
    return None


def free(stem: str, taken: Iterable[str]) -> str:
    """The first of ``stem1``, ``stem2``… that can be added beside ``taken``."""
    names = set(taken)
    number = 1
    while refusal(f"{stem}{number}", names):
        number += 1
    return f"{stem}{number}"
