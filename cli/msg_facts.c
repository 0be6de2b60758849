#include <string.h>

#include "cli/msg_facts.h"

void
facts_put(struct wbuf *w, const struct collateral_facts *f)
{
	put_u8(w, f->ok != 0);
	put_u64(w, (uint64_t)f->this_update);
	put_u64(w, (uint64_t)f->next_update);
	put_u8(w, f->has_number != 0);
	put_blob(w, f->number, f->number_len);
}

int
facts_get(struct rbuf *r, struct collateral_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->ok = get_u8(r);
	f->this_update = (int64_t)get_u64(r);
	f->next_update = (int64_t)get_u64(r);
	f->has_number = get_u8(r);
	f->number_len = get_blob(r, f->number, sizeof(f->number));
	return msg_end(r) == -1 || f->ok > 1 || f->has_number > 1 ||
	    (!f->has_number && f->number_len != 0) ? -1 : 0;
}
