# The same kernels by OpenCL and by the host's own threads, on the same cores, launches of both in random order: what
# the interface and its compiler cost. kernels.md gives the targets: without streaming stores 0.68 of a triad is all.
. "$SRC/tools/bench.d/common.bash"
"$COSTMARK" devices --json >devices.json
python3 -c 'import json, sys
d = json.load(open("devices.json"))["devices"]
sys.exit(not any(x["backend"] == "opencl" and x["class"] == "cpu" and x["present"] for x in d))' ||
	skip opencl 'no OpenCL device on the processor (apt-get install pocl-opencl-icd)'
measure both --kernel stream --kernel gemm --kernel spmv --kernel stencil --kernel reduce --kernel fft --kernel fma \
	--backend host --backend opencl --launches "$REPS" --budget 240s
for cell in triad:fp64:0.68 copy:fp64:0.68 scale:fp64:0.68 add:fp64:0.68 reduce:fp64:0.90 spmv:fp64:0.90 \
	stencil:fp64:0.68 gemm:fp64:- gemm:fp32:- fft:fp32:- fma:fp64:- fma:fp32:-; do
	IFS=: read -r k type target <<<"$cell"
	say "$k $type on opencl" "$(row both median kernel=$k type=$type backend=opencl)" \
		"$(row both unit kernel=$k type=$type)" host \
		"$(row both median kernel=$k type=$type backend=host variant=portable)" "$target"
done
