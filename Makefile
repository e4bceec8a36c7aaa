# costmark: the whole build. `make help` lists the targets.
#
# Plug-ins are found by file name and put into build/registry.c; no list here is edited by hand.
# Variables: SAN=address,undefined  V=1 (full command lines)  PREFIX=/usr/local  DEPS=0 (skip deps)

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:

PREFIX ?= /usr/local
CC := gcc
VERSION := 0.1.0
comma := ,
B := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# udunits and libcsv ship no .pc that names their library, libxlsxwriter's asks for zlib's headers: named
# by hand
pc := hwloc sqlite3 libfyaml jansson libcrypto zlib libcurl expat
CPPFLAGS += -D_GNU_SOURCE -DCM_VERSION='"$(VERSION)"' \
	-Ibench -Ireports -I$(B) $(shell pkg-config --cflags $(pc) 2>/dev/null)
# One file alone knows where it was built, so that the other objects are the same in every checkout.
here = -DCM_SOURCE_DIR='"$(CURDIR)"' -DCM_PREFIX='"$(PREFIX)"'
$(B)/bench/base/file.o: private CPPFLAGS += $(here)
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wundef -Werror
OPT := $(if $(SAN),-O1 -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all,-O2)
CFLAGS += -std=c11 -g $(OPT) $(WARN) -fopenmp -MMD -MP
# Kernels: the vectoriser at full strength, and a·b+c in one rounding as device compilers do.
KFLAGS := $(if $(SAN),,-O3) -ffp-contract=fast -fno-math-errno -fno-trapping-math
LDFLAGS += $(if $(SAN),-fsanitize=$(SAN)) -fopenmp
LDLIBS += $(shell pkg-config --libs $(pc) 2>/dev/null) -lpapi -ludunits2 -lcsv -lxlsxwriter -lm -ldl -lpthread

# The sampler's blocks are vector code too.
$(B)/reports/model/tape_run.o: CFLAGS += $(KFLAGS)

# ---- sources, by role ---------------------------------------------------------------------------
core    := $(sort $(wildcard bench/base/*.c bench/engine/*.c bench/history/*.c))
cli     := $(sort $(filter-out bench/cli/cmd_%.c,$(wildcard bench/cli/*.c)))
commands:= $(sort $(wildcard bench/cli/cmd_*.c))
kernels := $(sort $(wildcard kernels/*.c))
vendors := $(sort $(wildcard vendors/*/*.c))
report  := $(sort $(wildcard reports/*.c reports/model/*.c reports/decide/*.c))
sources := $(core) $(cli) $(commands) $(kernels) $(vendors) $(report)
objects := $(sources:%.c=$(B)/%.o) $(B)/registry.o $(B)/embedded.o
library := $(filter-out $(B)/bench/cli/main.o,$(objects))
headers := $(sort $(wildcard bench/*/*.h reports/*/*.h vendors/*/*.h))

.PHONY: help all deps report test lint valgrind fuzz bench dist install clean FORCE
all: deps-build
	$(Q)$(MAKE) --no-print-directory costmark

costmark: $(B)/costmark
	$(if $(SAN),,$(Q)ln -sf $(B)/costmark $@)

help:
	@echo 'make report   install what is missing, build, measure, price, write out/report.*'
	@echo 'make test     install what is missing, build, test     (SAN=address,undefined)'
	@echo 'make all | deps | lint | valgrind | fuzz | bench | dist | install PREFIX=… | clean'

# ---- what is missing is installed, and said -----------------------------------------------------
deps: ; $(Q)tools/deps build report test bench
deps-build: ; $(Q)$(if $(filter 0,$(DEPS)),true,tools/deps build)
deps-report: ; $(Q)$(if $(filter 0,$(DEPS)),true,tools/deps build report)
deps-test: ; $(Q)$(if $(filter 0,$(DEPS)),true,tools/deps build report test)
.PHONY: deps-build deps-report deps-test

# ---- the registry: rewritten only when the list of files changed --------------------------------
$(B)/registry.c: FORCE
	@mkdir -p $(B)
	@tools/gen_registry > $@.new && { cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }

# The charts' library, when `npm ci` has put it there (tools/deps report); else empty, and pages say so.
$(B)/echarts.js: tools/gen_charts reports/web/charts.mjs $(wildcard reports/web/node_modules/.costmark-lock)
	@mkdir -p $(B)
	$(call say,WEB,$@)
	$(Q)tools/gen_charts $@

# Texts that travel inside the program: kernels for device compilers, the prelude, the page's files.
$(B)/embedded.o: $(B)/echarts.js
$(B)/embedded.c: $(B)/echarts.js FORCE
	@mkdir -p $(B)
	@tools/gen_embedded $< > $@.new && { cmp -s $@.new $@ && rm $@.new || mv $@.new $@; }

$(B)/%.o: $(B)/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-overlength-strings -c $< -o $@

$(B)/kernels/%.o: kernels/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(KFLAGS) -c $< -o $@

$(B)/%.o: %.c $(B)/.flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(B)/bench/base/file.o: $(B)/.prefix
$(B)/.prefix: FORCE
	@mkdir -p $(B)
	@printf '%s\n' '$(PREFIX)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/.flags: FORCE
	@mkdir -p $(B)
	@printf '%s\n' '$(subst ','\'',$(CPPFLAGS) $(CFLAGS) $(KFLAGS))' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/costmark: $(objects)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(LDLIBS)

# ---- the main job -------------------------------------------------------------------------------
# A run on a busy machine ends with 4: the report marks the rows that it does not trust.
report: deps-report
	$(Q)$(MAKE) --no-print-directory costmark
	$(Q)mkdir -p out
	$(Q)./costmark run --suite quick || { c=$$?; [ $$c = 4 ] || [ $$c = 6 ] || exit $$c; }
	$(Q)./costmark report examples/own-or-rent.yaml -o out/report.html -o out/report.xlsx -o out/report.md \
		-o out/report.csv -o out/report.json

# ---- tests --------------------------------------------------------------------------------------
# Every tests/unit/test_*.c is a program (cmocka, TAP); every tests/cli/*.sh is a test of the binary.
units := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
fakes := $(patsubst tests/fake/%.c,$(B)/tests/fake/%.so,$(sort $(wildcard tests/fake/*.c)))

test: deps-test
	$(Q)$(MAKE) --no-print-directory test-run

.PHONY: test-run test-build unit
test-build: costmark $(B)/costmark $(units) $(fakes) $(B)/tests/empty_registry $(B)/tests/printers/printers

test-run: test-build
	$(Q)B=$(B) SAN='$(SAN)' tests/run_all $(T)

$(B)/libcostmark.a: $(library)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/tests/unit/%: tests/unit/%.c $(B)/libcostmark.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) -DCM_SOURCE_DIR='"$(CURDIR)"' $(CFLAGS) -Itests/unit -MF $@.d -o $@ $< $(LDFLAGS) $(B)/libcostmark.a $(LDLIBS) -lcmocka

# What the printers of the model graph make of scenarios, for tests/cli/printers_agree.sh.
$(B)/tests/printers/printers: tests/printers/printers.c $(B)/libcostmark.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MF $@.d -o $@ $< $(LDFLAGS) $(B)/libcostmark.a $(LDLIBS)

# Programs of tools/bench.d.
$(B)/tests/bench/%: tests/bench/%.c $(B)/libcostmark.a
	@mkdir -p $(@D)
	$(call say,BENCH,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MF $@.d -o $@ $< $(LDFLAGS) $(B)/libcostmark.a $(LDLIBS)

$(B)/tests/fake/%.so: tests/fake/%.c
	@mkdir -p $(@D)
	$(call say,FAKE,$<)
	$(Q)$(CC) $(CPPFLAGS) -std=c11 -g -O1 $(WARN) -fPIC -shared -o $@ $<

# bench/ must link and run with no plug-in at all.
$(B)/tests/empty_registry: $(patsubst %.c,$(B)/%.o,$(core) $(cli) $(commands)) $(B)/tests/empty_registry.o
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/tests/empty_registry.c: tools/gen_registry
	@mkdir -p $(@D)
	@tools/gen_registry empty > $@

# ---- the rest -----------------------------------------------------------------------------------
lint: deps-test
	$(Q)CPPFLAGS='$(subst ','\'',$(CPPFLAGS) $(here))' tools/lint $(sources)

# Every unit program under valgrind, no error and no lost block; minutes.
valgrind: deps-test
	$(Q)$(MAKE) --no-print-directory test-build
	$(Q)B=$(B) tests/run_valgrind $(T)

fuzz: deps-test
	$(Q)tests/fuzz/run $(or $(SECONDS_EACH),60)

bench: deps
	$(Q)$(MAKE) --no-print-directory costmark
	$(Q)tools/bench

dist: deps-build
	$(Q)tools/dist $(VERSION)

install: deps-report
	$(Q)$(MAKE) --no-print-directory costmark
	$(Q)tools/install $(DESTDIR)$(PREFIX)

clean:
	rm -rf build out costmark

-include $(objects:.o=.d) $(units:%=%.d)
