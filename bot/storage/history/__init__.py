"""What a look through old messages has found so far, and pages of what is stored."""
