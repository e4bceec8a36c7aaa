# For tests/cli/redfish*.sh: a controller on loopback out of the folder bmc, and what the program says of it.
fail() { echo "$*"; exit 1; }
unset COSTMARK_REDFISH_USER COSTMARK_REDFISH_PASSWORD COSTMARK_REDFISH_CREDENTIALS COSTMARK_REDFISH_WAIT SSL_CERT_FILE
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
none=$PWD/none
mkdir -p none bmc
put() { # PATH JSON: a resource of the controller
	mkdir -p "bmc/redfish/v1$1"
	printf '%s\n' "$2" >"bmc/redfish/v1$1/index.json"
}
link() { printf '{"@odata.id": "/redfish/v1%s"}' "$1"; }
machine() { # one chassis with two ways to tell its power
	put '' "{\"Chassis\": $(link /Chassis)}"
	put /Chassis "{\"Members\": [$(link /Chassis/M)]}"
	put /Chassis/M "{\"ChassisType\": \"RackMount\", \"EnvironmentMetrics\": $(link /Chassis/M/EnvironmentMetrics),
		\"Power\": $(link /Chassis/M/Power)}"
	put /Chassis/M/EnvironmentMetrics '{"PowerWatts": {"Reading": 374}}'
	put /Chassis/M/Power '{"PowerControl": [{"PowerConsumedWatts": 375}]}'
}
serve() { # MODE [CERT KEY]: sets url; the server ends when fd 9 is closed
	exec 9>&- 2>/dev/null
	rm -f in port
	mkfifo in
	python3 "$SRC/tests/server/redfish_server.py" bmc "$@" <in >port &
	exec 9>in
	for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
	url=http${2:+s}://127.0.0.1:$(cat port)
}
meters() { # OPTIONS: rows into the file rows, NAME<tab>KEY<tab>VALUE
	"$COSTMARK" meters --json --sysfs-root "$none" --redfish "$url" "$@" >doc.json 2>err || return
	python3 -c 'import json
try:
	for c in json.load(open("doc.json"))["channels"]:
		for k, v in c.items():
			print(c["name"], k, f"{v:.10g}" if isinstance(v, float) else v, sep="\t")
except ValueError:
	pass' >rows
}
row() { # NAME KEY
	awk -F '\t' -v n="$1" -v k="$2" '$1 == n && $2 == k { print $3; there = 1; exit } END { if (!there) print "no row" }' rows
}
same() { [ "$1" = "$2" ] || fail "expected '$2', got '$1' ($(cat err); $(cat bmc/log))"; }
says() { [[ $1 == *"$2"* ]] || fail "expected '$2' in '$1' ($(cat err))"; }
asked() { grep -c "^$1" bmc/log; }
