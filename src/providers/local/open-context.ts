import { existsSync } from 'node:fs';
import path from 'node:path';
import { ownership } from '../../engine/ownership.ts';
import type { Major } from '../../postgres/major.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Setup } from '../provider.ts';
import { readCredentials } from './cluster/credentials.ts';
import { readPack, type Pack } from './cluster/pack.ts';
import type { ServerLayout } from './cluster/layout.ts';
import { currentLayout } from './cluster/server-directory.ts';
import type { Located } from './installation/installation.ts';
import { locate } from './installation/locate.ts';
import { thisMachine, type Machine } from './installation/machine.ts';
import type { DatabaseState } from './live-types.ts';
import { readDatabaseState } from './resources/child-resource.ts';
import { readLive } from './live-state.ts';
import type { LiveServer } from './live-types.ts';
import { majorOfSource } from './desired/restore-source.ts';
import { newPassword, type LocalContext } from './context.ts';

/**
 * Opens the local provider for a spec. Reads only the credentials file of the server's directory and, where there is
 * none yet, the prebuilt cluster of a new server: in another thread, while the plan is made.
 */
export function openContext(setup: Setup): LocalContext {
  const { spec, execution, paths } = setup;
  const machine: Machine = { ...thisMachine(setup.env), temporaryDirectory: paths.temp };
  const prebuilt = packs(path.join(paths.action, 'packs'));
  let live: Promise<LiveServer | undefined> | undefined;
  let databaseState: Promise<DatabaseState | undefined> | undefined;
  let located: Promise<Located> | undefined;
  let password: Promise<string> | undefined;
  const context: LocalContext = {
    spec,
    settings: spec.settings,
    target: {
      provider: 'local',
      account: 'runner',
      region: '',
      name: spec.name,
      environment: spec.environment,
      ...setup.owner
    },
    machine,
    get layout() {
      return currentLayout(machine, spec.name);
    },
    pack: prebuilt.take,
    workspace: paths.workspace,
    options: setup.options,
    execution,
    mask: setup.mask,
    located: async () => (located ??= locateFor(spec, machine)),
    live: async () => (live ??= readLive(context)),
    databaseState: async () => (databaseState ??= readDatabaseState(context)),
    invalidate: () => {
      live = undefined;
      databaseState = undefined;
    },
    ownershipOf: mark => ownership(mark, context.target),
    isPasswordGiven: setup.secret('master_password') !== undefined,
    masterPassword: async () =>
      (password ??= resolvePassword(setup.secret('master_password'), context.layout, setup.mask))
  };
  const { restore_from_snapshot: snapshot, restore_source: source } = spec.settings;
  if (!existsSync(context.layout.directory) && snapshot === undefined && source === undefined) {
    // A failure here is reported when the plan asks again.
    context.located().then(
      ({ major }) => prebuilt.readAhead(major),
      () => undefined
    );
  }
  return context;
}

interface Packs {
  readonly take: LocalContext['pack'];
  readAhead(major: Major): void;
}

/** A pack can be used once: the one that was read ahead is returned once. */
function packs(directory: string): Packs {
  const ahead = new Map<Major, Promise<Pack>>();
  return {
    take: async major => {
      const pack = ahead.get(major) ?? readPack(directory, major);
      ahead.delete(major);
      return pack;
    },
    readAhead: major => {
      const pack = readPack(directory, major);
      pack.catch(() => undefined);
      ahead.set(major, pack);
    }
  };
}

/** A copy has the version of its source. */
async function locateFor({ settings }: Spec, machine: Machine): Promise<Located> {
  const { engine_version: asked, bin_dir: binDir, restore_source: source } = settings;
  const version = asked ?? (source === undefined ? undefined : await majorOfSource(source, machine));
  return locate({ version, binDir }, machine);
}

async function resolvePassword(
  given: string | undefined,
  layout: ServerLayout,
  mask: (value: string) => void
): Promise<string> {
  if (given !== undefined) return given;
  const kept = (await readCredentials(layout.credentialsFile))?.master?.password;
  if (kept === undefined) return newPassword(mask);
  mask(kept);
  return kept;
}
