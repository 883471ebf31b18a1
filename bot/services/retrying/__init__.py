"""How work goes on after a failure: watched from apart, paused longer each time, cut in halves."""
