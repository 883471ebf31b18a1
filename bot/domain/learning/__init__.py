"""What a guild teaches its model: examples, trainings, versions."""
