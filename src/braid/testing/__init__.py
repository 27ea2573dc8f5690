"""For tests of the engine and its plug-ins: the driver, the reference interpreter, generated workflows, suites."""
