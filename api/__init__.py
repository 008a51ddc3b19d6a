"""The faces: command line, HTTP service and documents."""
