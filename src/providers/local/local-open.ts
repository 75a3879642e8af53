import path from 'node:path';
import { ownership } from '../../engine/ownership.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Setup } from '../provider.ts';
import { readCredentials } from './cluster/credentials.ts';
import { serverLayout, type ServerLayout } from './cluster/layout.ts';
import type { Located } from './installation/installation.ts';
import { locate } from './installation/locate.ts';
import { thisMachine, type Machine } from './installation/machine.ts';
import { readInside, type Inside } from './local-inside.ts';
import { readLive, type LiveServer } from './local-live.ts';
import { majorOfSource } from './local-source.ts';
import { newPassword, type LocalWorld } from './local-world.ts';

/** Opens the local provider for a spec. Reads nothing but the credentials file of the server's own directory. */
export function openWorld(setup: Setup): LocalWorld {
  const { spec, context, paths } = setup;
  const machine: Machine = { ...thisMachine(setup.env), temporaryDirectory: paths.temp };
  const layout = serverLayout(paths.temp, spec.name);
  let live: Promise<LiveServer | undefined> | undefined;
  let inside: Promise<Inside | undefined> | undefined;
  let located: Promise<Located> | undefined;
  let password: Promise<string> | undefined;
  const world: LocalWorld = {
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
    layout,
    packsDirectory: path.join(paths.action, 'packs'),
    workspace: paths.workspace,
    options: setup.options,
    context,
    mask: setup.mask,
    located: async () => (located ??= locateFor(spec, machine)),
    live: async () => (live ??= readLive(world)),
    inside: async () => (inside ??= readInside(world)),
    forget: () => {
      live = undefined;
      inside = undefined;
    },
    ownershipOf: mark => ownership(mark, world.target),
    isPasswordGiven: setup.secret('master_password') !== undefined,
    masterPassword: async () => (password ??= resolvePassword(setup.secret('master_password'), layout, setup.mask))
  };
  return world;
}

/** A copy of another server is of that one's version. */
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
