"""What only the demo and the tests use: never part of a hospital's installation."""
