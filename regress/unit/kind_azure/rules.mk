TEST += unit/kind_azure/test_kind_azure
SRCS_unit/kind_azure/test_kind_azure = \
	regress/unit/kind_azure/test_kind_azure.c $(SNPFORGE)
LIBS_unit/kind_azure/test_kind_azure = crypto mu jansson
