"""The command line: one file for each command; each opens, calls one thing and writes.

- `main`: the group `kg`, and how an error becomes a message and an exit code
- `options`: what several commands take (`--store`, `--given`, `--side`)
- `output`: table, JSON, JSON lines, CSV; a terminal or a pipe or a file
- `tree`: an expression as lines of text
- `records`: records from arguments, JSON lines, CSV or Parquet
- `demo`, `read`, `build`, `show`, `combinations`, `check`, `query`, `export`, `doctor`: the commands
"""
