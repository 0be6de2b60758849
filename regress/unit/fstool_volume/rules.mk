TEST += unit/fstool_volume/test_dm_table unit/fstool_volume/test_volume
SRCS_unit/fstool_volume/test_dm_table = \
	regress/unit/fstool_volume/test_dm_table.c fstool/dm_table.c \
	fstool/why.c privsep/text.c

SRCS_unit/fstool_volume/test_volume = \
	regress/unit/fstool_volume/test_volume.c $(FSTOOL_VOLUME) \
	$(FSTOOL_HEADER) $(PRIVSEP_WIRE)
LIBS_unit/fstool_volume/test_volume = cryptsetup jansson crypto

TEST += unit/fstool_volume/test_device
SRCS_unit/fstool_volume/test_device = \
	regress/unit/fstool_volume/test_device.c fstool/device.c fstool/fs.c \
	fstool/dm.c fstool/dm_table.c fstool/why.c privsep/unmeasured.c \
	$(PRIVSEP_WIRE) privsep/text.c
