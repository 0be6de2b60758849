TEST += unit/binding/test_binding
SRCS_unit/binding/test_binding = regress/unit/binding/test_binding.c \
	evidence/binding.c
LIBS_unit/binding/test_binding = crypto
