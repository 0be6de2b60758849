TEST += unit/toml/test_toml unit/toml/test_toml_oracle

SRCS_unit/toml/test_toml = regress/unit/toml/test_toml.c workers/toml.c
SRCS_unit/toml/test_toml_oracle = regress/unit/toml/test_toml_oracle.c \
	workers/toml.c
