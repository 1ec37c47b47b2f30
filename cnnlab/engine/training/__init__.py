"""Training: from a project and a data set to events and weights.

``run_setup`` checks what must be so and builds a run's parts: the device (``devices``), the ``precision``, the loss (``losses``),
the optimiser (``optimisers``), the learning rate (``schedules``), and whether all of it fits into memory (``run_memory``).
``step`` moves the weights by one step, and ``loop`` makes epochs of steps, with ``evaluation`` after each, whose further figures
``metrics`` works out; ``state`` counts how far it has come, ``early_stopping`` judges each epoch, ``pace`` measures speed, and
``freezing`` leaves layers out. ``run`` drives the loop and yields its events. On the way it stops, changes settings (``live``) and
takes checkpoints (``checkpointing``); ``failures`` says why it failed.

Several processes that train one network find each other by ``rendezvous`` and agree by ``distributed``. ``range_test`` is a short
trial with the same parts that suggests a learning rate.
"""
