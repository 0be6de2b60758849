TEST += unit/conf_schema/test_conf_schema

SRCS_unit/conf_schema/test_conf_schema = \
	regress/unit/conf_schema/test_conf_schema.c \
	workers/conf_schema.c workers/toml.c
