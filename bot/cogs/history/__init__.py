"""What lies behind: old messages looked through, and what is stored handed out as files."""
