TEST += unit/chan/test_chan unit/chan/test_chan_ev
SRCS_unit/chan/test_chan = regress/unit/chan/test_chan.c privsep/chan.c
SRCS_unit/chan/test_chan_ev = regress/unit/chan/test_chan_ev.c privsep/chan.c \
	privsep/chan_ev.c privsep/wire.c
LIBS_unit/chan/test_chan_ev = event
