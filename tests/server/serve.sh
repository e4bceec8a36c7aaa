# Sourced by tests: `serve ROOT [CERT KEY]` starts the misbehaving web server on loopback and sets PORT; it ends with the test.
serve() {
	coproc SERVER { exec python3 "$SRC/tests/server/http_server.py" "$@" 2>server.err; }
	read -r -t 60 PORT <&"${SERVER[0]}" || { echo "the web server does not start: $(cat server.err)"; exit 1; }
}
# What was asked of it so far, a line each: METHOD PATH HEADERS.
asked() {
	exec 9<>"/dev/tcp/127.0.0.1/$PORT" && printf 'GET /log HTTP/1.0\r\n\r\n' >&9 && sed '1,/^\r$/d' <&9
	exec 9>&-
}
# The member $2 of the source $1 in the document `out`, as it is printed.
field() {
	awk -v s="\"source\": \"$1\"," -v f="\"$2\":" 'index($0, s) { on = 1 }
		on && $1 == f { sub(/^[^:]*: /, ""); gsub(/^"|"?,?$/, ""); print; exit }' out
}
is() { # SOURCE MEMBER VALUE
	[ "$(field "$1" "$2")" = "$3" ] || fail "$1: $2 is $(field "$1" "$2"), expected $3"
}
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
