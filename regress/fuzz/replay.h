#ifndef REGRESS_FUZZ_REPLAY_H
#define REGRESS_FUZZ_REPLAY_H

/*
 * What a fuzz target needs besides itself.  Built with -DFUZZ and a fuzzer's
 * main it is only a prototype; else a main() that runs the target over the
 * files given, or over all files of the folder CORPUS, and counts them.
 */

#include <stddef.h>
#include <stdint.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#ifndef FUZZ
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_MAX	(1 << 20)	/* no seed is that long */

static void
replay_file(const char *path)
{
	uint8_t	*buf, *exact;
	size_t	 n;
	FILE	*f;

	if ((f = fopen(path, "rb")) == NULL)
		err(1, "%s", path);
	if ((buf = malloc(REPLAY_MAX)) == NULL)
		err(1, NULL);
	n = fread(buf, 1, REPLAY_MAX, f);
	if (ferror(f) || !feof(f))
		errx(1, "%s: cannot read all of it", path);
	fclose(f);
	/* a copy of just this size, so that a sanitizer sees its end */
	if ((exact = malloc(n > 0 ? n : 1)) == NULL)
		err(1, NULL);
	memcpy(exact, buf, n);
	free(buf);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

int
main(int argc, char *argv[])
{
	char		 path[4096];
	struct dirent	*e;
	int		 i, n = 0;
	DIR		*d;

	for (i = 1; i < argc; i++, n++)
		replay_file(argv[i]);
	if (argc == 1) {
		if ((d = opendir(CORPUS)) == NULL)
			err(1, "%s", CORPUS);
		while ((e = readdir(d)) != NULL) {
			if (e->d_name[0] == '.' || strstr(e->d_name, ".dict"))
				continue;
			snprintf(path, sizeof(path), "%s/%s", CORPUS, e->d_name);
			replay_file(path);
			n++;
		}
		closedir(d);
	}
	printf("%d inputs replayed\n", n);
	return n == 0;
}
#endif

#endif
