#include "fstool/msg.h"

#define NAME_CASE(name, value)	case FS_##name: return #name;

const char *
fs_name(unsigned int type)
{
	switch (type) {
	FS_LIST(NAME_CASE)
	}
	return "UNKNOWN";
}
