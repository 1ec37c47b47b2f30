"""The forms that say how to train, over the project's settings.

``settings_form`` has the panel with both forms: the training settings and, from ``pictures_form``, preprocessing and augmentation
with examples in a ``preview_strip``. ``live_settings`` are the few that can be changed while a run goes on: they go to
the controller of the run, all others to the document, for the next run.
"""
