"""The executor: carries out what the machine says, and tells it what the world answered."""
