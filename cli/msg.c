#include <stddef.h>

#include "cli/msg.h"

#define NAME_CASE(name, value)	case CL_##name: return #name;
#define NAME_ROW(name, text)	[CLIENT_##name] = text,

static const char *const client_names[CLIENT_MAX] = { CLIENT_LIST(NAME_ROW) };

const char *
cl_name(unsigned int type)
{
	switch (type) {
	CL_LIST(NAME_CASE)
	}
	return "UNKNOWN";
}

const char *
client_name(unsigned int role)
{
	return role < CLIENT_MAX ? client_names[role] : "unknown";
}
