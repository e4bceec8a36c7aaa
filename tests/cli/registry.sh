# The registry is made from file names: adding a file adds it, removing the file removes it, and bench/
# links and runs with no plug-in at all.
"$SRC/$B/tests/empty_registry" --help | grep -q 'Commands' || { echo 'empty registry: no help'; exit 1; }
"$SRC/$B/tests/empty_registry" run 2>err
[ $? = 2 ] || { echo "empty registry: 'run' should be unknown: $(cat err)"; exit 1; }

mkdir -p tree/tools tree/kernels tree/vendors/acme tree/bench/api
cp "$SRC/tools/gen_registry" tree/tools/
echo x >tree/bench/api/prelude.h
list() { tree/tools/gen_registry | sed -n 's/^\t&\(.*\),$/\1/p' | tr '\n' ' '; }
[ -z "$(list)" ] || { echo "an empty tree lists: $(list)"; exit 1; }
touch tree/kernels/zeta.c tree/vendors/acme/meter_wall.c tree/vendors/acme/backend_acme.c
[ "$(list)" = "kernel_zeta backend_acme meter_wall " ] || { echo "wrong list: $(list)"; exit 1; }
rm tree/vendors/acme/meter_wall.c
[ "$(list)" = "kernel_zeta backend_acme " ] || { echo "a removed file stays listed: $(list)"; exit 1; }
