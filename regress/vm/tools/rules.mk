# Run in the virtual machine by regress/vm/volume.sh.
TEST += vm/tools/volumetool
SRCS_vm/tools/volumetool = regress/vm/tools/volumetool.c $(FSTOOL_VOLUME) \
	$(FSTOOL_HEADER) $(PRIVSEP_WIRE)
LIBS_vm/tools/volumetool = cryptsetup jansson crypto
