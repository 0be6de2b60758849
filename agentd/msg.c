#include "agentd/msg.h"

const char *
msg_name(unsigned int type)
{
	switch (type) {
#define MSG_CASE(name, value)	case value: return #name;
	MSG_LIST(MSG_CASE)
#undef MSG_CASE
	}
	return "UNKNOWN";
}

const char *
role_name(unsigned int role)
{
#define ROLE_TEXT(name, text)	text,
	static const char *const names[] = { ROLE_LIST(ROLE_TEXT) };
#undef ROLE_TEXT

	return role < ROLE_MAX ? names[role] : "unknown";
}
