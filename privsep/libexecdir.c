#include "privsep/libexecdir.h"

const char libexec_dir[] = LIBEXECDIR;
