"""The API's commands, one module each."""
