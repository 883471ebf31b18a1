"""What Jigi speaks of, put into sentences for either front end."""
