# Memory bandwidth of the host: the portable kernels against likwid-bench's hand-written ones on the same cores, arrays
# of the size that costmark's measured plateau gives. likwid has no scale and no add: the test that moves the
# same bytes stands in. Each kernel's launch is followed at once by its peer, and the ratio is the median of those
# pairs: a virtual machine's memory has fast and slow minutes (30 and 60 GB/s of reads were seen here).
. "$SRC/tools/bench.d/common.bash"
command -v likwid-bench >/dev/null || skip stream 'likwid-bench is not installed (apt-get install likwid)'
has_avx512 && isa=avx512 || isa=avx
peers="triad:stream_mem_$isa:3 triad:stream_mem_avx_fma:3 copy:copy_mem_$isa:2 scale:copy_mem_$isa:2
	add:stream_mem_$isa:3 reduce:load_$isa:1"

for rep in $(seq "$REPS"); do
	for p in $peers; do
		IFS=: read -r k test arrays <<<"$p"
		measure "s$rep" --kernel "$k" --backend host --launches 1 --budget 4s
		ours=$(row "s$rep" median kernel="$k") size=$(row "s$rep" size kernel="$k")
		theirs=$(likwid "$test" $((size * 8 * arrays)))
		echo "$ours $theirs" >>"$k.$test"
	done
done
echo "$cores threads, $REPS pairs, reduce reads $((size / 131072)) MiB"
for p in $peers; do
	IFS=: read -r k test arrays <<<"$p"
	target=0.95
	[ "$k" = reduce ] && target=0.97
	say_pairs "$k" "$k.$test" GB/s "likwid-bench $test" $target
done
