# The page's what-if: at the report's inputs it shows the report's figures, with other inputs (a link can carry
# them) what `costmark tco` gives for a scenario with these, under the page's own security policy.
fail() { echo "$*"; exit 1; }
export COSTMARK_DATA=$SRC XDG_DATA_HOME=$PWD/data
command -v node >/dev/null || { echo 'no node on this machine'; exit 77; }
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	{ echo 'no browser on this machine'; exit 77; }
s=$SRC/examples/own-or-rent.yaml
dump() { # FRAGMENT: the page's elements after its scripts ran
	timeout -k 5 120 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$PWD/browser" \
		--virtual-time-budget=5000 --dump-dom "file://$PWD/page.html$1" 2>browser.log
}
"$COSTMARK" report "$s" -o page.html >/dev/null || fail "report ended with $?"
dump '' >base.html
dump '#set:use=30&aws.price_hour=20' >other.html

sed '/^expect:/,$d; s/^  use: 60 %/  use: 30 %/; s|price_hour: {price: aws/p5.48xlarge@on demand, quantity: hours_on_demand}|price_hour: 20 USD/h|' \
	"$s" >other.yaml
"$COSTMARK" tco "$s" --json >base.json || fail 'tco of the scenario'
"$COSTMARK" tco other.yaml --json >other.json || fail 'tco of the other scenario'
cat >check.js <<'J'
const fs = require('fs');
let bad = 0;
const wrong = text => { console.log(text); bad++; };
const seen = {};
for (const name of ['base', 'other']) {
	const page = fs.readFileSync(`${name}.html`, 'utf8');
	const options = JSON.parse(fs.readFileSync(`${name}.json`, 'utf8')).options;
	const html = /<html[^>]*>/.exec(page)[0];
	if (/data-(error|blocked)/.test(html)) wrong(`${name}: the page complains: ${html}`);
	const shown = [...page.matchAll(/data-option="([^"]*)"[^>]*><th[^>]*>.*?<td[^>]*data-v="([^"]*)".*?<\/td><td.*?<\/td><td[^>]*data-v="([^"]*)"/g)];
	if (shown.length !== options.length) wrong(`${name}: ${shown.length} options on the page, not ${options.length}`);
	const near = (a, b) => Math.abs(a - b) <= 1e-9 * Math.abs(b);
	for (const o of options) {
		const at = shown.find(m => m[1] === o.name) || [];
		seen[`${name} ${o.name}`] = o.npv.value;
		if (!near(Number(at[2]), o.npv.value)) wrong(`${name}: ${o.name}: npv ${at[2]}, not ${o.npv.value}`);
		if (!near(Number(at[3]), o.cost_per_unit.value)) wrong(`${name}: ${o.name}: cost of a unit ${at[3]}`);
	}
	const least = options.reduce((a, b) => a.npv.value <= b.npv.value ? a : b).name;
	if (!page.includes(`data-least="${least}"`)) wrong(`${name}: '${least}' is not named as the cheapest`);
}
for (const o of ['aws', 'nebius'])
	if (Math.abs(seen[`base ${o}`] / seen[`other ${o}`] - 1) < 0.05) wrong(`${o} did not move`);
process.exit(bad ? 1 : 0);
J
node check.js || fail 'the panel does not show what costmark tco gives'
