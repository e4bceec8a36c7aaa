# Kernels that memory holds up, against what the memory gives in the same run: compulsory bytes a second over
# measured read (spmv) or copy (stencil) bandwidth.
. "$SRC/tools/bench.d/common.bash"
measure bound --kernel spmv --kernel stencil --kernel reduce --kernel copy --backend host --launches "$REPS" \
	--budget 60s
rate() { python3 -c 'import sys; print(float(sys.argv[1]) / float(sys.argv[2]))' \
	"$(row bound bytes kernel="$1")" "$(row bound time_ns kernel="$1")"; }
say spmv "$(rate spmv)" GB/s 'read bandwidth' "$(row bound median kernel=reduce)" 0.90
say stencil "$(rate stencil)" GB/s 'copy bandwidth' "$(row bound median kernel=copy)" 0.90
