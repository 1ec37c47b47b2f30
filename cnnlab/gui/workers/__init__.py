"""Threads, so that slow work never stalls the window.

``qt_threads`` has every kind there is: a task done once, tasks one after another, and the processor, one thread in which several
kinds of work take ``turns``. Work goes in as a function and a value; results come out as signals.
"""
