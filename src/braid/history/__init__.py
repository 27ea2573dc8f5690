"""What a journal tells of a run: its plan, its replay, what a crash left open, what an edited file may keep. Pure."""
