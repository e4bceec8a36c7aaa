# What the harness adds to a sample: the null backend's iteration is one reading of the clock, so what it takes above a
# bare reading is ours. Target: below 1000 ns.
. "$SRC/tools/bench.d/common.bash"
[ -f /usr/include/CL/cl.h ] || skip harness 'no OpenCL headers (apt-get install opencl-c-headers)'
build_peer peer_bare -l:libOpenCL.so.1
for rep in $(seq "$REPS"); do
	measure "n$rep" --kernel launch --backend null --launches 1 --budget 2s
	row "n$rep" time_ns kernel=launch >>null
	./peer_bare clock >>clock
done
say 'null iteration' "$(median <null)" ns 'bare clock' "$(median <clock)" - low
paste null clock | awk '{ print $1 - $2 }' | median >above
printf '%-26s %9.4g ns  limit 1000 ns  target below it  %s\n' 'null sample above clock' "$(cat above)" \
	"$(awk '{ print ($1 < 1000) ? "met" : "missed" }' above)"
