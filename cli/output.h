#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdint.h>

/* What goes on, on stderr, and only if that is a terminal. */

void	output_init(void);
/* Colour on this stream: a terminal, and NO_COLOR is not set. */
int	output_colour(int fd);

/* One line that replaces the last one. */
void	progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Take the line away before anything else is printed. */
void	progress_end(void);

/* "1.2 GiB" into dst of 16 bytes. */
void	bytes_text(uint64_t, char dst[16]);

#endif
