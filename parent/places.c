#include "parent/places.h"

static const struct places fixed = {
	.booted = "/run/systemd/system",
	.systemctl = "/usr/bin/systemctl",
	.fstool = SBINDIR "/cosmian_fstool",
	.run = "/run/cosmian_vm",
	.state = "/var/lib/cosmian_vm",
	.block = "/sys/dev/block",
};

const struct places *
places(void)
{
	return &fixed;
}
