"""What was judged, flagged and decided: when somebody asks, and once a week."""
