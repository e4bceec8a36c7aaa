# Memory bandwidth of the host: the portable kernels against likwid-bench's hand-written ones, in turn, on the same
# cores, arrays of the size that costmark's measured plateau gives. likwid has no scale and no add: the test
# that moves the same bytes stands in.
. "$SRC/tools/bench.d/common.bash"
command -v likwid-bench >/dev/null || skip stream 'likwid-bench is not installed (apt-get install likwid)'
has_avx512 && isa=avx512 || isa=avx
peers="triad:stream_mem_$isa:3 triad:stream_mem_avx_fma:3 copy:copy_mem_$isa:2 scale:copy_mem_$isa:2
	add:stream_mem_$isa:3 reduce:load_$isa:1"

for rep in $(seq "$REPS"); do
	measure "s$rep" --kernel stream --kernel reduce --backend host --launches 1 --budget 10s
	for kernel in triad copy scale add reduce; do row "s$rep" median kernel=$kernel >>$kernel.ours; done
	tried=
	for p in $peers; do
		IFS=: read -r k test arrays <<<"$p"
		[[ " $tried " = *" $test "* ]] && continue
		tried+=" $test"
		size=$(row "s$rep" size kernel="$k")
		likwid "$test" $((size * 8 * arrays)) >>"$test"
	done
done
echo "reduce reads $((size / 131072)) MiB, $cores threads, $REPS repetitions"
for p in $peers; do
	IFS=: read -r k test arrays <<<"$p"
	target=0.95
	[ "$k" = reduce ] && target=0.97
	say "$k" "$(median <"$k.ours")" GB/s "likwid-bench $test" "$(median <"$test")" $target
done
