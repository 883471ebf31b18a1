"""Cases, as moderators work on them: the buttons of an alert, `/cases`, and `/queue`."""
