"""How the admin writes and reads days and instants."""
