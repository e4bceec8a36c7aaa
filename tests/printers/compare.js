// Compares what C computed (K.json) with what another printer's text gives from the same inputs, every
// named line of every draw. usage: node compare.js DIR COUNT script | sheet
// script: K.js is run. sheet: K-D-Model.csv is the page that the spreadsheet program computed again.
'use strict';
const fs = require('fs');
const path = require('path');
const [dir, count, how] = process.argv.slice(2);
const RELATIVE = 1e-9;
// Where terms cancel, the rest is as good as their rounding, whatever the order of the sums.
const ROUNDING = 1e-13;

let lines = 0, values = 0, without = 0, moved = 0, bad = 0, worst = 0;

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
			moved += c !== doc.draws[0].values[line][t];
			if (same(c, other, draw.scale[line])) return;
			if (bad++ < 20)
				console.log(`${path.basename(doc.scenario)}: draw ${n}: ${doc.names[line]}, month ${t}: ` +
					`C ${c}, ${how} ${other}`);
		});
	});
}

// Rows of a CSV text; "" inside quotes is a quote.
function csv(text) {
	const rows = [[]];
	const cell = /("(?:[^"]|"")*"|[^,\n]*)(,|\r?\n|$)/gy;
	for (let m; cell.lastIndex < text.length && (m = cell.exec(text));) {
		const row = rows[rows.length - 1];
		row.push(m[1].startsWith('"') ? m[1].slice(1, -1).replaceAll('""', '"') : m[1]);
		if (m[2] !== ',') rows.push([]);
	}
	return rows;
}

function column(letters) {
	return [...letters].reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0) - 1;
}

// An error cell (#DIV/0!, Err:502) is a value that does not exist.
function number(text) {
	return text === undefined || text === '' || !/^-?[0-9.]+(E[-+]?[0-9]+)?$/i.test(text) ? NaN : Number(text);
}

const readers = {
	script: (doc, k) => {
		const run = require(path.resolve(dir, `${k}.js`));
		return (draw) => {
			const out = run(draw.inputs);
			return (line, t) => draw.values[line].length > 1 ? out[line][t] : out[line];
		};
	},
	sheet: (doc, k) => (draw, n) => {
		const file = path.join(dir, `${k}-${n}-Model.csv`);
		if (!fs.existsSync(path.join(dir, `${k}-${n}.xlsx`))) return null; // not every draw has one
		const rows = csv(fs.readFileSync(file, 'utf8'));
		return (line, t) => {
			const at = /^Model!\$([A-Z]+)\$([0-9]+)/.exec(doc.refs[line]);
			// an input is what was typed
			if (!at) return draw.values[line][t];
			return number(rows[Number(at[2]) - 1][column(at[1]) + t]);
		};
	},
};

for (let k = 0; k < Number(count); k++) {
	const doc = JSON.parse(fs.readFileSync(path.join(dir, `${k}.json`), 'utf8'));
	const reader = readers[how](doc, k);
	doc.draws.forEach((draw, n) => {
		const get = reader(draw, n);
		if (get) compare(doc, draw, n, get);
	});
}
console.log(`${how}: ${count} scenarios, ${lines} lines, ${values} values (${moved} not the ` +
	`base's, ${without} do not exist), ` +
	`worst relative difference ${worst.toExponential(1)}, ${bad} differ`);
if (moved < values / 4 || without > values / 10) { console.log('too little was compared'); bad++; }
process.exit(bad ? 1 : 0);
