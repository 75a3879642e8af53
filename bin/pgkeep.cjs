#!/usr/bin/env node
'use strict';

// The bundle of the action, started from a terminal.
const { problemOfNode } = require('./node-version.cjs');

const args = process.argv.slice(2);
const problem = problemOfNode(process.versions.node);
if (args.length === 0) process.argv.push('--help');
if (args[0] === '--version') process.stdout.write(`${require('../package.json').version}\n`);
else if (problem !== undefined) {
  process.stderr.write(`${problem}. Install Node 24.\n`);
  process.exitCode = 2;
} else module.exports = require('../dist/index.js');
