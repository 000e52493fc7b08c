# sxhost - `make help` lists what can be asked for.
#
# A flavour is a way to compile everything; each has a tree of its own below build/, so none needs a clean. The program is
# built in two stages: sxhost0 holds no boot image, compiles boot/ and writes one; sxhost is the same objects around it.

FLAVOUR ?= release
OUT := build/$(FLAVOUR)
CC := gcc
JOBS := $(shell nproc)
# a line a file; V=1 shows the commands
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))
MAKEFLAGS += --no-print-directory

LLHTTP_DIR := $(firstword $(wildcard /usr/share/llhttp))
LLHTTP_INCLUDE := $(firstword $(wildcard /usr/share/include/llhttp))
VERSION := 0.1.0

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wno-unused-label -Werror
CFLAGS := -std=gnu11 -D_GNU_SOURCE -g -fno-strict-aliasing -fno-pie -MMD -MP -Iruntime -Ihost $(if $(LLHTTP_INCLUDE),-I$(LLHTTP_INCLUDE)) -DSX_VERSION='"$(VERSION)"' -DSX_ZLIB $(WARN)
LDFLAGS := -no-pie
# libc apart, the libraries are linked in: a start must not pay for the relocations of libcrypto and its like
LDLIBS := -Wl,-Bstatic -luv_a -lreadline -ltinfo -lcrypto -lgmp -lpcre2-8 -lutf8proc -lz -Wl,-Bdynamic -lm -lpthread -ldl

CFLAGS_release := -O2
CFLAGS_labels := -O2 -DSX_DISPATCH_LABELS
CFLAGS_debug := -O0 -DSX_DEBUG -DSX_DISPATCH_LABELS
CFLAGS_asan := -O1 -DSX_DEBUG -DSX_DISPATCH_LABELS -fsanitize=address -fno-omit-frame-pointer
CFLAGS_ubsan := -O1 -DSX_DEBUG -DSX_DISPATCH_LABELS -fsanitize=undefined -fno-sanitize-recover=all -fno-sanitize=alignment
CFLAGS_tsan := -O1 -DSX_DEBUG -DSX_DISPATCH_LABELS -fsanitize=thread
CFLAGS_gc-stress := -O1 -DSX_DEBUG -DSX_DISPATCH_LABELS -DSX_GC_STRESS
CFLAGS_surplus := -O1 -DSX_DEBUG -DSX_DISPATCH_LABELS -DSX_SURPLUS_WAKES
CFLAGS_minigmp := -O1 -DSX_DISPATCH_LABELS -DSX_MINI_GMP -Ibuild/minigmp/include
CFLAGS_gc-asan := -O1 -DSX_DEBUG -DSX_DISPATCH_LABELS -DSX_GC_STRESS -fsanitize=address -fno-omit-frame-pointer
# the fuzzers of tests/fuzz: the only flavour that needs clang, and one without a program
CFLAGS_fuzz := -O1 -w -DSX_DEBUG -DSX_DISPATCH_LABELS -fsanitize=fuzzer-no-link,address -fno-omit-frame-pointer
ifeq ($(FLAVOUR),fuzz)
CC := clang-14
endif
FLAVOURS := release labels debug asan ubsan tsan gc-stress gc-asan minigmp surplus
CFLAGS += $(CFLAGS_$(FLAVOUR))
LDFLAGS += $(filter -fsanitize=%,$(CFLAGS_$(FLAVOUR)))

SOURCES := $(wildcard runtime/*/*.c) $(filter-out host/sys/wasm%,$(wildcard host/*/*.c))
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o) $(OUT)/llhttp.o $(OUT)/llhttp_api.o $(OUT)/llhttp_http.o $(OUT)/boot_files.o
# the WebAssembly build's big integers, natively: gnulib's mini-gmp in place of GMP
ifeq ($(FLAVOUR),minigmp)
LDLIBS := $(filter-out -lgmp,$(LDLIBS))
$(OBJECTS): | $(OUT)/include/mini-gmp.h
MINI_GMP := $(OUT)/mini-gmp.o
OBJECTS += $(MINI_GMP)
endif
BOOT_FILES := $(sort $(shell find boot -type f \( -name '*.sx' -o -name '*.erl' -o -name '*.hrl' -o -name '*.sh' -o -name boot.list \)))

.PHONY: all program run test check bench clean help setup layers format wasm
.DEFAULT_GOAL := all

all: ## build build/sxhost (the default)
	@$(MAKE) -j$(JOBS) program FLAVOUR=release
	@ln -sf release/sxhost build/sxhost
	@ln -sf sxhost build/sx_server

program: $(OUT)/sxhost
	@:

# ---- compiling ----

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

# llhttp is C from Debian's node-llhttp; its warnings are not ours
$(OUT)/llhttp.o: $(LLHTTP_DIR)/llhttp.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) -O2 -w -fno-pie -I$(LLHTTP_INCLUDE) -c $< -o $@
$(OUT)/llhttp_api.o: $(LLHTTP_DIR)/api.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) -O2 -w -fno-pie -I$(LLHTTP_INCLUDE) -c $< -o $@
$(OUT)/llhttp_http.o: $(LLHTTP_DIR)/http.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) -O2 -w -fno-pie -I$(LLHTTP_INCLUDE) -c $< -o $@

# mini-gmp's header alone: its folder has others that would hide the system's
$(OUT)/include/mini-gmp.h: /usr/share/gnulib/lib/mini-gmp.h
	@mkdir -p $(@D)
	@cp $< $@
$(OUT)/mini-gmp.o: /usr/share/gnulib/lib/mini-gmp.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) -O2 -w -fno-pie -c $< -o $@

$(OUT)/boot_files.c: $(BOOT_FILES) tools/embed
	@mkdir -p $(@D)
	$(call say,embed,boot/)
	$(Q)tools/embed boot > $@
$(OUT)/boot_files.o: $(OUT)/boot_files.c
	$(call say,cc,$<)
	$(Q)$(CC) $(CFLAGS) -Wno-overlength-strings -c $< -o $@

$(OUT)/no_image.o: tools/image.S
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) -c $< -o $@
$(OUT)/image.o: tools/image.S $(OUT)/boot.image
	$(call say,cc,$<)
	$(Q)$(CC) -DIMAGE='"$(OUT)/boot.image"' -c $< -o $@

$(OUT)/sxhost0: $(OBJECTS) $(OUT)/no_image.o
	$(Q)$(if $(filter release,$(FLAVOUR)),tools/dispatch $(OUT)/runtime/vm/vm.o)
	$(call say,ld,$@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)
$(OUT)/boot.image: $(OUT)/sxhost0
	$(call say,boot,$@)
	$(Q)$(OUT)/sxhost0 --make-image $@
$(OUT)/sxhost: $(OBJECTS) $(OUT)/image.o
	$(call say,ld,$@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(LDLIBS)

# unit tests and fuzzers link the machine and the pure parts of the host
PURE_HOST := cli/framing cli/framing_command cli/options cli/test_options cli/test_expect cli/test_mask cli/test_diff io/writer http/head http/chunk http/request http/client_address
UNIT_OBJECTS := $(filter $(OUT)/runtime/% $(OUT)/llhttp% $(MINI_GMP),$(OBJECTS)) $(PURE_HOST:%=$(OUT)/host/%.o)
$(OUT)/unit/%: tests/unit/%.c tests/unit/sys_stub.c $(UNIT_OBJECTS)
	@mkdir -p $(@D)
	$(call say,ld,$@)
	$(Q)$(CC) $(CFLAGS) -Itests/unit $(LDFLAGS) $^ -o $@ $(LDLIBS)
$(OUT)/fuzz_%: tests/fuzz/fuzz_%.c tests/unit/sys_stub.c $(UNIT_OBJECTS)
	$(call say,ld,$@)
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -fsanitize=fuzzer $(LDFLAGS) $^ -o $@ $(LDLIBS)

# those that get in between the steps of the waiting protocol link a machine whose sched/ has the hooks of sched/seams.h
HOOKED := $(patsubst $(OUT)/runtime/sched/%,$(OUT)/hooked/runtime/sched/%,$(UNIT_OBJECTS))
$(OUT)/hooked/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DSX_HOOKS -c $< -o $@
$(OUT)/hooked.a: $(HOOKED)
	@rm -f $@
	@ar rc $@ $^
$(OUT)/unit/test_seam%: tests/unit/test_seam%.c tests/unit/sys_stub.c $(OUT)/hooked.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DSX_HOOKS -Itests/unit $(LDFLAGS) $^ -o $@ $(LDLIBS)

-include $(wildcard $(OUT)/*.d $(OUT)/*/*/*.d $(OUT)/*/*/*/*.d)

# ---- using ----

run: setup ## install what is missing, build, serve the demo on http://127.0.0.1:8080/
	@$(MAKE) all
	@build/sxhost boot/demo/echo.sx

test: ## install what the tests need, build, run every everyday test
	@tools/setup test
	@$(MAKE) all
	@tools/test

check: ## the long tests: sanitizers, collector stress, both dispatch builds, a minute of fuzzing each
	@tools/setup test
	@$(MAKE) all
	@tools/check

bench: ## benchmarks beside the installed peers, ratios of one run
	@tools/setup bench
	@$(MAKE) all
	@tools/bench

wasm: ## build the machine and the boot files for WebAssembly
	@tools/setup wasm
	@$(MAKE) all
	@tools/wasm

$(addprefix flavour-,$(FLAVOURS)): flavour-%: ## build one flavour: build/NAME/sxhost
	@$(MAKE) -j$(JOBS) program FLAVOUR=$*

setup: ## install missing packages (Debian); says what it does
	@tools/setup build

layers: ## check that no layer includes one above it, and that runtime/ makes no system call
	@tools/layers

format: ## put all C files into the house style
	@clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z$$][^:=]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | sed 's/^$$(addprefix flavour-[^|]*/flavour-NAME/' | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'
	@echo "  flavours: $(FLAVOURS)"
