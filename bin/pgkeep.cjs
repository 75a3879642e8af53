#!/usr/bin/env node
'use strict';

// The bundle of the action, started from a terminal.
const NEEDED_MAJOR = 22;

const args = process.argv.slice(2);
if (args.length === 0) process.argv.push('--help');
if (args[0] === '--version') process.stdout.write(`${require('../package.json').version}\n`);
else if (Number(process.versions.node.split('.')[0]) < NEEDED_MAJOR) {
  process.stderr.write(`Could not run pgkeep: it needs Node ${NEEDED_MAJOR}, and this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else module.exports = require('../dist/index.js');
