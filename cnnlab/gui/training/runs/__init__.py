"""Recorded runs, read from their folders behind the window.

``run_library`` lists those of the open project, ``runs_model`` turns them into rows with words and numbers, and ``runs_table``
shows the rows and takes what the person wants. ``run_following`` reads records for the curves, again and again where a run goes
on; ``resume_offer`` goes on with one that was interrupted or stopped, and ``run_deletion`` throws runs away.
"""
