"""What Jigi speaks of: frozen types and rules. No Discord, no SQL, no runtime, no file, no clock."""
