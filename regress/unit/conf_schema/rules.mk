TEST += unit/conf_schema/test_conf_schema unit/conf_schema/test_conf_cert

SRCS_unit/conf_schema/test_conf_schema = \
	regress/unit/conf_schema/test_conf_schema.c \
	workers/conf_schema.c workers/toml.c
SRCS_unit/conf_schema/test_conf_cert = \
	regress/unit/conf_schema/test_conf_cert.c workers/conf_cert.c
LIBS_unit/conf_schema/test_conf_cert = crypto
