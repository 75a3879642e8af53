import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TYPES } from '../../../../src/providers/gcp/gcp-provider.ts';
import { SNAPSHOT_PERMISSIONS } from '../../../../src/providers/gcp/snapshot.ts';
import { startGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { everything } from '../../../support/gcp-inputs.ts';
import { gcpRun } from '../../../support/gcp-run.ts';

const documented = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/permissions/gcp.md'), 'utf8')
  // `a.b.create`, `….update` names a.b.update too.
  .replaceAll(/`([\w.]+)\.(\w+)`, `….(\w+)`/g, '`$1.$2`, `$1.$3`');

test('every call of a whole life is among those that the guide allows, a plan’s among those that it allows a plan', async () => {
  const cloud = await startGcp();
  const inputs = { ...everything(), alarms: 'cpu\nconnections', snapshot_identifier: 'before' };
  const called = (from: number): readonly string[] => [
    ...new Set(
      cloud
        .calls()
        .slice(from)
        .flatMap(({ permission }) => permission ?? [])
    )
  ];
  const look = TYPES.flatMap(({ permissions }) => permissions.observe);
  const change = TYPES.flatMap(({ permissions }) => [
    ...permissions.create,
    ...permissions.update,
    ...permissions.delete
  ]);

  await (await gcpRun(cloud, inputs)).plan();
  const made = await gcpRun(cloud, inputs);
  const planned = called(0);
  await made.apply();
  await made.session.snapshot(await made.session.observe());
  await (await gcpRun(cloud, { ...inputs, alarms: 'cpu: {threshold: 70}', iam_users: '', tags: 'Team: ops' })).apply();
  const { restore_source: _none, ...rest } = { ...inputs, restore_source: '' };
  await (await gcpRun(cloud, { ...rest, name: 'copy', restore_source: 'orders', alarms: 'cpu' })).apply();
  const { snapshot_identifier: _taken, ...others } = rest;
  await (await gcpRun(cloud, { ...others, name: 'restored', restore_from_snapshot: 'before' })).apply();
  await (await gcpRun(cloud, inputs)).destroy();

  expect(planned.filter(one => !look.includes(one))).toEqual([]);
  expect(called(0).filter(one => ![...look, ...change, ...SNAPSHOT_PERMISSIONS].includes(one))).toEqual([]);
  const all = [...new Set([...look, ...change, ...SNAPSHOT_PERMISSIONS])];
  expect(all.filter(one => !new RegExp(`(?:\`|- )${one.replaceAll('.', '\\.')}\\b`).test(documented))).toEqual([]);
  await cloud.stop();
});
