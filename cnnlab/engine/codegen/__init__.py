"""The network as PyTorch source code.

``tree`` sorts the layers into blocks by their paths, ``bodies`` works out what each block calls and in which ``ordering``,
``classes`` finds the blocks that share a class, and ``parameters`` the arguments of each class. ``constructor`` and
``forward`` write the methods: ``calls`` knows how torch's constructors are called, ``access`` how code reaches the parts of its
module, ``growth`` finds parts that add to a list, and ``names`` and ``variables`` name what is written. ``printing`` breaks it
into lines, and ``module`` puts the file together.
"""

from cnnlab.engine.codegen.module import Code, export_code

__all__ = ["Code", "export_code"]
