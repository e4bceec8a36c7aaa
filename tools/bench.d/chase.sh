# Latency: the chase against a bare loop over a random cycle of the same size in the same kind of pages.
# (Debian has no lmbench; likwid-bench has no chase.)
. "$SRC/tools/bench.d/common.bash"
build_peer peer_chase
for rep in $(seq "$REPS"); do
	measure "chase$rep" --kernel chase --backend host --launches 1 --budget 6s
	sizes=$(python3 -c 'import json; print(*sorted(r["size"] for r in json.load(open("chase1.json"))["rows"]))')
	for n in $sizes; do
		row "chase$rep" median size="$n" >>"ours.$n"
		./peer_chase "$n" 2>/dev/null >>"bare.$n"
	done
done
for n in $sizes; do
	say "chase $((n / 1024)) KiB" "$(median <"ours.$n")" ns 'bare loop' "$(median <"bare.$n")" 1.03 low
done
