# What the tests of limits of power by a vendor's library share; the library is one of our own, scripted by CM_FAKE_$driver.
# Set before: driver, gpus (what every script begins with), found (the limits as the library keeps them, and then a blank);
# meter, where --power-cap of refuse() and begin() names no limit itself.
fail() { echo "$*"; exit 1; }
if [ "$(id -u)" != 0 ]; then
	"$COSTMARK" devices >/dev/null
	echo "# only root may set limits of $driver"
	exit 0
fi
export XDG_STATE_HOME=$PWD/state CM_DL_PATH=$PWD/lib "CM_FAKE_${driver}_LIMITS=$PWD/limits"
journal=$PWD/state/costmark/power-cap.journal
few=(--kernel triad --backend host --size 100000 --seed 1)
limits() { tr '\n' ' ' <limits; }
clean() { # WHEN: all is as it was found
	[ "$(limits)" = "$found" ] || fail "${meter:+$meter: }$1: the limits are $(limits)"
	[ ! -e "$journal" ] || fail "${meter:+$meter: }$1: the journal is there: $(cat "$journal")"
}
sweep() { # SCRIPT WORDS…: the run's exit code in rc
	env "CM_FAKE_$driver=$gpus;$1" "$COSTMARK" run "${few[@]}" "${@:2}" >out 2>err
	rc=$?
}
refuse() { # CODE PART SCRIPT CAPS
	sweep "$3" --launches 1 --budget 1s --store r.db --power-cap "${meter:+$meter=}$4"
	[ $rc = "$1" ] || fail "${meter:+$meter: }$3: ended with $rc, not $1: $(cat err)"
	grep -qF -- "$2" err || fail "${meter:+$meter: }$3: $(cat err)"
	clean "$3"
}
begin() { # CAPS LIMITS: a sweep, in pid, under whose first cap the limits stand so
	env "CM_FAKE_$driver=$gpus" "$COSTMARK" run "${few[@]}" --store k.db --launches 9 --budget 300s --ci 0.0001% \
		--power-cap "${meter:+$meter=}$1" >out 2>err &
	pid=$! # env becomes the program
	for _ in $(seq 200); do
		[ "$(limits)" = "$2" ] && break
		kill -0 $pid 2>/dev/null || fail "${meter:+$meter: }the sweep is over already: $(cat err)"
		sleep 0.1
	done
	[ "$(limits)" = "$2" ] || fail "${meter:+$meter: }the first cap was never set: $(limits)"
}
gone() { # WHEN: all is restored and the journal is gone, soon
	for _ in $(seq 100); do [ "$(limits)" = "$found" ] && [ ! -e "$journal" ] && return 0; sleep 0.1; done
	fail "${meter:+$meter: }$1: the limits are $(limits), journal: $(cat "$journal" 2>&1)"
}
