#!/usr/bin/env node
'use strict';

// The bundle of the action, started from a terminal.
const args = process.argv.slice(2);
if (args.length === 0) process.argv.push('--help');
if (args[0] === '--version') process.stdout.write(`${require('../package.json').version}\n`);
else require('../dist/index.js');
