# What metering costs: opening and closing a launch's window and polling every channel that is here, as a share of a
# launch of the quick suite; and the same on a recorded server. All of it lies between samples, never in them.
. "$SRC/tools/bench.d/common.bash"
make -s -C "$SRC" DEPS=0 build/libcostmark.a >make.log 2>&1 || { cat make.log; exit 1; }
gcc -std=gnu11 -O2 -fopenmp -I"$SRC/bench" -o peer_metering "$SRC/tools/bench.d/peer_metering.c" \
	"$SRC/build/libcostmark.a" $(pkg-config --libs hwloc sqlite3 libfyaml jansson libcrypto zlib libcurl expat) \
	-lpapi -ludunits2 -lcsv -lxlsxwriter -lm -ldl -lpthread || exit 1
launch_ms=300 # the quick suite: 60 s for some 200 launches
for tree in '' "$SRC/tests/data/sysfs/intel-2s"; do
	read -r channels edges poll every <<<"$(./peer_metering "$tree")" && [ -n "$every" ] || exit 1
	awk -v what="metering ${tree:+a recorded server}" -v n="$channels" -v e="$edges" -v p="$poll" -v ms="$every" \
		-v launch=$launch_ms 'BEGIN {
		share = 100 * (e / (launch * 1e6) + (ms == "inf" ? 0 : p / (ms * 1e6)))
		printf "%-26s %9.4g ns a launch of %d ms, %d channels, %.4g ns a poll every %s ms  share %.3g %%  target 0.5 %%  %s\n",
			what, e, launch, n, p, ms, share, share < 0.5 ? "met" : "missed" }'
done
