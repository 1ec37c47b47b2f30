"""Every benchmark at its smallest size: whether it runs and prints its figures, not how quick anything is."""

from __future__ import annotations

import argparse
from typing import Any


def parsed(parser: argparse.ArgumentParser, **smallest: Any) -> argparse.Namespace:
    """The arguments of ``parser``, which also takes ``--smallest``: then those of ``smallest`` are as small as they can be."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--smallest", action="store_true", help="everything once, to see that it runs")
    asked = parser.parse_args()
    if asked.smallest:
        vars(asked).update(smallest)
    return asked
