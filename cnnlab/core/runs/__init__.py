"""What a training run reports, and what there is to know of it at a glance."""
