# Variants, flags and libraries.  A variant has a folder of its own under
# build/, so that objects of different flags never meet.

SAN ?=
DEBUG ?=
FUZZER ?=
V ?=

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

ifeq ($(origin CC),default)
CC := gcc
endif

ifneq ($(FUZZER),)
VARIANT := fuzz
else ifneq ($(SAN),)
VARIANT := san
else ifneq ($(DEBUG),)
VARIANT := debug
else
VARIANT := plain
endif
ifneq ($(and $(findstring clang,$(CC)),$(filter-out fuzz,$(VARIANT))),)
VARIANT := $(VARIANT)-clang
endif

B := build/$(VARIANT)

# The parent execs its roles from this folder and from nowhere else: it is
# compiled in, and no environment variable can point it elsewhere.
LIBEXECDIR := $(CURDIR)/$(B)/libexec
# So it is with cosmian_fstool, which the parent runs at first launch.
PROGRAMDIR := $(CURDIR)/$(B)/bin

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wformat=2 -Wno-missing-field-initializers
BASE := -std=gnu11 -D_GNU_SOURCE= -D_FILE_OFFSET_BITS=64 -g -fPIE -I.
LDBASE := -pie -Wl,-z,relro,-z,now -Wl,--as-needed

ifneq ($(FUZZER),)
BASE += -O1 -fno-omit-frame-pointer -DFUZZ -DNO_SECCOMP \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDBASE += -fsanitize=address,undefined
else ifneq ($(SAN),)
BASE += -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -DNO_SECCOMP
LDBASE += -fsanitize=address,undefined
else ifneq ($(DEBUG),)
# Unoptimised, gcc cannot see the bounds it warns of.
BASE += -O0 -DDEBUG
WARN += $(if $(findstring clang,$(CC)),,-Wno-format-truncation)
$(info DEBUG build: filters may be off and secrets may be shown, not for use)
else
BASE += -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2
endif

# llhttp: the library where the system has one, else the C sources which
# Debian's node-llhttp ships.  Without strict mode 8.x takes "Host : a", so
# sources and every user of the header must see the same macro.
ifeq ($(shell pkg-config --exists libllhttp 2>/dev/null && echo yes),yes)
LLHTTP_SRCS :=
LLHTTP_LIBS := -lllhttp
else
LLHTTP_DIR := /usr/share/llhttp
LLHTTP_SRCS := api.c http.c llhttp.c
LLHTTP_LIBS :=
BASE += -DLLHTTP_STRICT_MODE=1 -idirafter /usr/share/include/llhttp \
	-idirafter /usr/share/include
endif
BASE += -idirafter /usr/include/fuse3

# LIBS_program is a list of these words.
LIB_event := -levent_core
LIB_seccomp := -lseccomp
LIB_jansson := -ljansson
LIB_crypto := -lcrypto
LIB_ssl := -lssl
LIB_tls := -ltls
LIB_tss2 := -ltss2-esys -ltss2-mu -ltss2-rc
LIB_mu := -ltss2-mu
LIB_md := -lmd
LIB_curl := -lcurl
LIB_fuse3 := -lfuse3 -lpthread
LIB_llhttp := $(LLHTTP_LIBS)
LIB_pthread := -lpthread
LIB_cryptsetup := -lcryptsetup

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')
