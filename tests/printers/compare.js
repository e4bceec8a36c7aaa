// Compares what C computed (K.json) with what the script (K.js) computes from the same inputs, every
// named line of every draw. usage: node compare.js DIR COUNT script
'use strict';
const fs = require('fs');
const path = require('path');
const [dir, count, how] = process.argv.slice(2);
const RELATIVE = 1e-9;
// Where terms cancel, the rest is as good as their rounding, whatever the order of the sums.
const ROUNDING = 1e-13;

let lines = 0, values = 0, without = 0, bad = 0, worst = 0;

function same(c, other, scale) {
	const missing = c === null;
	if (missing !== !Number.isFinite(other)) return false;
	if (missing) { without++; return true; }
	const off = Math.abs(c - other);
	if (off > ROUNDING * scale) worst = Math.max(worst, off / Math.max(Math.abs(c), Math.abs(other)));
	return off <= RELATIVE * Math.max(Math.abs(c), Math.abs(other)) + ROUNDING * scale;
}

function compare(doc, draw, n, get) {
	draw.values.forEach((months, line) => {
		lines++;
		months.forEach((c, t) => {
			values++;
			const other = get(line, t);
			if (same(c, other, draw.scale[line])) return;
			if (bad++ < 20)
				console.log(`${path.basename(doc.scenario)}: draw ${n}: ${doc.names[line]}, month ${t}: ` +
					`C ${c}, ${how} ${other}`);
		});
	});
}

for (let k = 0; k < Number(count); k++) {
	const doc = JSON.parse(fs.readFileSync(path.join(dir, `${k}.json`), 'utf8'));
	const script = require(path.resolve(dir, `${k}.js`));
	doc.draws.forEach((draw, n) => {
		const out = script(draw.inputs);
		compare(doc, draw, n, (line, t) => draw.values[line].length > 1 ? out[line][t] : out[line]);
	});
}
console.log(`${how}: ${count} scenarios, ${lines} lines, ${values} values (${without} do not exist), ` +
	`worst relative difference ${worst.toExponential(1)}, ${bad} differ`);
if (values === 0 || without > values / 10) { console.log('too little was compared'); bad++; }
process.exit(bad ? 1 : 0);
