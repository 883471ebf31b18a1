"""`python -m bot doctor`: looks at everything that Jigi needs, changes nothing, and says what to mend."""
