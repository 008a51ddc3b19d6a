"""The papers that leave the program."""
