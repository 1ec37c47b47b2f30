"""What cnnlab does without a window: it builds, trains, looks inside, reads and writes, with torch and numpy and without Qt.

``network`` makes a graph a module of torch, with sizes and problems told beforehand. ``data`` fetches pictures and prepares
them. ``training`` teaches a network with them, and reports in events; ``runs`` records these in a folder and reads them back.
``inspection`` sends one picture through and shows what happened to it. ``archive`` is the project file. ``importer`` makes
layers of a module of PyTorch, and ``weight_files`` reads weights from files of other programs; ``codegen`` writes the network as
source code, and ``exports`` as files for other programs. ``system`` is the machine under it all, and ``preload`` does what
is slow the first time.

A project, a value of ``core``, comes in from the window, the command line or a script; back go values of ``core``, arrays of
numpy and events, never a module of torch that is still in training.
"""
