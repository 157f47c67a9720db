"""Django's PostgreSQL backend, on the private cluster: starts it when the first connection is made."""
