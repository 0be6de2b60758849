#ifndef CLI_VERSION_H
#define CLI_VERSION_H

/* Agents refuse clients below 1.0 (WIRE 8). */
#define CLI_VERSION	"2.0"

#endif
