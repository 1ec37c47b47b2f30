"""Training runs on the disk: each a folder, written while the run trains and read by everybody else.

``folder`` says where they lie and what is in one. On the way in, ``recorder`` takes each event of a run and decides what is due,
and ``recording`` writes it: ``event_lines`` the lines of ``events.jsonl``, ``run_files`` the small JSON files, ``checkpoints``
what it takes to resume, ``run_weights`` the best and last weights and snapshots, ``probes`` a few pictures; arrays go into
``checksummed`` files. ``owners`` holds the lock, ``messages`` words what fails, and ``tensorboard`` takes the same events.

On the way out, ``table`` sums up the runs of a project, ``follower`` reads one that another process writes, ``run_archive``
gives curves and what a project file keeps, ``reopen`` makes a run a project again, and ``resume`` lets it go on.
"""
