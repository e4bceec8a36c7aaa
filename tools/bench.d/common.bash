# What the benchmarks share: running costmark, reading its rows, peers, medians and the line that each prints.
# Sourced in a folder of its own; $COSTMARK and $SRC are set by tools/bench.
set -u
REPS=${REPS:-5}
cores=$(nproc)
has_avx512() { grep -qw avx512dq /proc/cpuinfo; }
skip() { echo "$1: skipped: $2"; exit 0; }

# measure NAME OPTIONS…: one run into NAME.json. Other load is told by tools/bench, so 4 is no failure here.
measure() {
	local name=$1
	shift
	"$COSTMARK" run --progress never --store "$name.db" --json "$@" >"$name.json" 2>"$name.err" || [ $? = 4 ] ||
		{ cat "$name.err"; exit 1; }
}

# row NAME KEY FIELD=VALUE…: KEY of the row of NAME.json whose fields are these; nothing where there is none.
row() {
	python3 - "$@" <<'PY'
import json, sys
want = dict(a.split("=", 1) for a in sys.argv[3:])
for r in json.load(open(sys.argv[1] + ".json"))["rows"]:
    if all(str(r[k]) == v for k, v in want.items()) and r[sys.argv[2]] is not None:
        print(r[sys.argv[2]]); break
PY
}

median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# say WHAT OURS UNIT PEER THEIRS TARGET [low]: one line. low: less is better, and so is a ratio below 1.
say() {
	[ -n "$2" ] && [ -n "$5" ] || { echo "$1: no figure for ${2:+$4}${2:-costmark}"; return 1; }
	awk -v what="$1" -v a="$2" -v unit="$3" -v peer="$4" -v b="$5" -v target="$6" -v low="${7:-}" 'BEGIN {
		r = a / b
		met = target == "-" ? "" : (low == "" ? r >= target : r <= target) ? "  met" : "  missed"
		printf "%-26s %9.4g %s  %s %.4g %s  ratio %.3f  target %s%s\n", what, a, unit, peer, b, unit, r, target, met
	}'
}

# say_pairs WHAT FILE UNIT PEER TARGET: as say, of a file of "ours theirs" lines; the ratio is the median of theirs,
# with the least and the greatest.
say_pairs() {
	local ratios
	ratios=$(awk '{ print $1 / $2 }' "$2" | sort -g)
	awk -v what="$1" -v a="$(cut -d' ' -f1 "$2" | median)" -v unit="$3" -v peer="$4" \
		-v b="$(cut -d' ' -f2 "$2" | median)" -v r="$(median <<<"$ratios")" -v target="$5" \
		-v lo="$(head -n 1 <<<"$ratios")" -v hi="$(tail -n 1 <<<"$ratios")" 'BEGIN {
		printf "%-26s %9.4g %s  %s %.4g %s  ratio %.3f (%.3f to %.3f)  target %s  %s\n", what, a, unit, peer, b,
			unit, r, lo, hi, target, (r >= target ? "met" : "missed")
	}'
}

# build_peer NAME FLAGS…: compiles a peer program of this folder to ./NAME.
build_peer() {
	local name=$1
	shift
	gcc -std=gnu11 -O2 -fopenmp -o "$name" "$SRC/tools/bench.d/$name.c" "$@" || exit 1
}

# likwid TEST BYTES: GB/s on all cores, in huge pages, as costmark asks for them too.
likwid() {
	GLIBC_TUNABLES=glibc.malloc.hugetlb=1 likwid-bench -t "$1" -w "N:$(($2 / 1000))kB:$cores" 2>&1 |
		awk '$1 == "MByte/s:" { print $2 / 1000 }'
}
