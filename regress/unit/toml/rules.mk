TEST += unit/toml/test_toml unit/toml/test_toml_oracle
SRCS_unit/toml/test_toml = regress/unit/toml/test_toml.c workers/toml.c
SRCS_unit/toml/test_toml_oracle = regress/unit/toml/test_toml_oracle.c \
	workers/toml.c

# The seeds of the fuzz target, without a fuzzer.
TEST += unit/toml/replay_toml
SRCS_unit/toml/replay_toml = regress/fuzz/toml_fuzz.c workers/toml.c \
	workers/conf_schema.c
