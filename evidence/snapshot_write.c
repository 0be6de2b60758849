/* A snapshot as the existing implementation's serde_json writes it. */
#include "evidence/json.h"
#include "evidence/snapshot_cvm.h"
#include "evidence/snapshot_fields.h"

static void
put_number(struct buf *b, const struct opt_num *v)
{
	if (v->set)
		buf_printf(b, "%llu", (unsigned long long)v->v);
	else
		buf_add_str(b, "null");
}

static void
put_fields(struct buf *b, const struct field *f, const struct tee_policy *p)
{
	const struct opt_bytes *v;
	const char *comma = "";

	buf_add_str(b, "{");
	for (; f->kind != FIELD_END; f++) {
		buf_printf(b, "%s\"%s\":", comma, f->key);
		comma = ",";
		if (f->kind == FIELD_NUM) {
			put_number(b, (const void *)((const char *)p +
			    f->member));
			continue;
		}
		v = (const void *)((const char *)p + f->member);
		if (v->set)
			json_put_hex(b, span_make(v->b, v->n));
		else
			buf_add_str(b, "null");
	}
	buf_add_str(b, "}");
}

static void
put_policy(struct buf *b, const struct tee_policy *p)
{
	const struct fields *f = &tee_fields[p->kind];

	buf_printf(b, "{\"%s\":", f->tag);
	if (f->header != NULL) {
		buf_add_str(b, "{\"header\":");
		put_fields(b, f->header, p);
		buf_add_str(b, ",\"body\":");
	}
	put_fields(b, f->body, p);
	buf_add_str(b, f->header != NULL ? "}}" : "}");
}

static void
put_files(struct buf *b, const struct fileset *files)
{
	struct span path, digest;
	const char *comma = "";
	size_t i;

	buf_add_str(b, "[");
	for (i = 0; i < fileset_count(files); i++) {
		fileset_get(files, i, &path, &digest);
		/* Such a path has no JSON form: see filehashes_raw. */
		if (!utf8_valid(path))
			continue;
		buf_add_str(b, comma);
		buf_add_str(b, "[");
		json_put_string(b, path);
		buf_add_str(b, ",");
		json_put_hex(b, digest);
		buf_add_str(b, "]");
		comma = ",";
	}
	buf_add_str(b, "]");
}

void
snapshot_write(const struct snapshot *s, struct buf *b)
{
	buf_add_str(b, "{\"cloud_type\":");
	if (s->cloud == CLOUD_NONE)
		buf_add_str(b, "null");
	else
		buf_printf(b, "\"%s\"", cloud_names[s->cloud]);
	buf_add_str(b, ",\"tee_policy\":");
	put_policy(b, &s->tee);
	buf_add_str(b, ",\"tpm_policy\":");
	if (s->has_tpm) {
		buf_add_str(b, "{\"reset_count\":");
		put_number(b, &s->reset_count);
		buf_add_str(b, ",\"restart_count\":");
		put_number(b, &s->restart_count);
		buf_add_str(b, "}");
	} else
		buf_add_str(b, "null");
	buf_add_str(b, ",\"filehashes\":");
	if (s->files != NULL)
		put_files(b, s->files);
	else
		buf_add_str(b, "null");
	if (s->has_cvm) {
		buf_add_str(b, ",\"cvm\":");
		cvm_write(&s->cvm, s->files, b);
	}
	buf_add_str(b, "}");
}
