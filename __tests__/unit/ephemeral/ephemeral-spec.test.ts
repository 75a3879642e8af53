import { expiryOf } from '../../../src/ephemeral/ephemeral.ts';
import { ephemeralNotices, specFor, type Ephemeral } from '../../../src/ephemeral/ephemeral.ts';
import { baseSpec } from '../../../src/ephemeral/ephemeral-spec.ts';
import { capabilities } from '../../../src/providers/local/capabilities.ts';
import type { Settings } from '../../../src/spec/catalogue.ts';
import type { CapabilityTable } from '../../../src/spec/features.ts';
import type { Spec } from '../../../src/spec/spec.ts';

function specOf(settings: Settings): Spec {
  return { provider: 'local', name: 'orders', environment: 'preview', settings, origins: {}, notices: [] };
}

function about(kind: Ephemeral['kind']): Ephemeral {
  return { kind, pullRequest: 7, baseName: 'orders', most: undefined };
}

const able: CapabilityTable = { ...capabilities, clone: { can: true }, 'point-in-time': { can: true } };
const copying: CapabilityTable = { ...able, 'point-in-time': { can: false, reason: 'no log.' } };
const unable: CapabilityTable = {
  ...able,
  clone: { can: false, reason: 'it has no copies.', instead: 'Take a dump.' }
};

describe("a pull request's own server", () => {
  const lasting = specOf({
    engine_version: '17',
    instance_class: 'db.t4g.micro',
    backup_retention_period: 30,
    backup_window: '03:00-04:00',
    multi_az: true,
    create_read_replica: true,
    read_replica_count: 2,
    enable_deletion_protection: true,
    final_snapshot_identifier: 'last',
    skip_final_snapshot: false,
    base_database: 'production',
    restore_from_snapshot: 'seed',
    init_sql: ['a.sql']
  });

  test('is named after its number and has no lasting parts', () => {
    expect(specFor(lasting, about('instance'), able)).toEqual({
      ...lasting,
      name: 'orders-pr-7',
      settings: {
        engine_version: '17',
        instance_class: 'db.t4g.micro',
        backup_retention_period: 0,
        enable_deletion_protection: false,
        skip_final_snapshot: true,
        restore_from_snapshot: 'seed',
        init_sql: ['a.sql']
      }
    });
  });

  test('names the inputs that have no effect on it', () => {
    const named = (kind: 'instance' | 'clone', settings: Settings): string | undefined =>
      ephemeralNotices(specOf(settings), about(kind))[0]?.message.replace(/.*no effect: /, '');
    expect(named('instance', lasting.settings)).toBe(
      '`backup_retention_period`, `backup_window`, `multi_az`, `create_read_replica`, `read_replica_count`, `final_snapshot_identifier`, `base_database`, `enable_deletion_protection`, `skip_final_snapshot`.'
    );
    expect(named('clone', { base_database: 'production', restore_from_snapshot: 'seed' })).toBe(
      '`restore_from_snapshot`.'
    );
    expect(named('instance', { enable_deletion_protection: false, skip_final_snapshot: true })).toBeUndefined();
    const spec = { ...specOf({ multi_az: true }), origins: { multi_az: 'high_availability' } };
    expect(ephemeralNotices(spec, about('instance'))).toEqual([
      {
        code: 'short-lived',
        severity: 'info',
        message:
          'A server for one pull request has no backups, replicas, standby, protection or final snapshot. These inputs have no effect: `high_availability`.'
      }
    ]);
    expect(ephemeralNotices(spec, about('database'))).toEqual([
      {
        code: 'server-input',
        severity: 'info',
        message:
          'A database on the server orders uses that server as it is. These inputs have no effect: `high_availability`.'
      }
    ]);
  });

  test('that is a clone begins with the current data of the base', () => {
    expect(specFor(lasting, about('clone'), able).settings).toMatchObject({
      restore_source: 'production',
      restore_to_time: 'latest'
    });
    expect(specFor(lasting, about('clone'), copying).settings).not.toHaveProperty('restore_to_time');
    expect(specFor(specOf({}), about('clone'), able).settings.restore_source).toBe('orders');
  });

  test('cannot be a clone when the provider cannot copy', () => {
    expect(() => specFor(lasting, about('clone'), unable)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        hint: 'Take a dump.',
        message: expect.stringContaining('it has no copies') as string
      })
    );
    expect(specFor(lasting, about('instance'), unable).name).toBe('orders-pr-7');
    const silent = { ...unable, clone: { can: false, reason: 'it has no copies.' } } as const;
    expect(() => specFor(lasting, about('clone'), silent)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/Use `ephemeral: instance` with .*, or `ephemeral: database`/) as string
      })
    );
    for (const kind of ['instance', 'database'] as const) specFor(lasting, about(kind), silent);
  });

  test('is not part of a sweep, which is about all of them', () => {
    expect(specFor(lasting, { ...about('instance'), pullRequest: undefined }, able)).toBe(lasting);
  });
});

describe('a database on a shared server', () => {
  const spec = specOf({
    base_database: 'shared',
    database_name: 'shop',
    instance_class: 'db.t4g.micro',
    extensions: ['citext'],
    init_sql: ['a.sql'],
    template_database: 'seeded',
    aws_region: 'eu-west-1'
  });

  test('leaves the spec as it is, and finds the base by its own inputs', () => {
    expect(specFor(spec, about('database'), able)).toBe(spec);
    expect(baseSpec(spec)).toMatchObject({
      name: 'shared',
      settings: { instance_class: 'db.t4g.micro', aws_region: 'eu-west-1' }
    });
    expect(Object.keys(baseSpec(spec).settings).sort()).toEqual(['aws_region', 'instance_class']);
    expect(baseSpec(specOf({})).name).toBe('orders');
  });

  test('names the inputs that are about the server alone', () => {
    const [notice, ...more] = ephemeralNotices(spec, about('database'));
    expect(notice?.message).toMatch(/These inputs have no effect: `database_name`, `instance_class`\.$/);
    expect([notice?.code, ephemeralNotices(spec, about('clone'))[0]?.code]).toEqual(['server-input', 'short-lived']);
    expect(more).toEqual([]);
    expect(ephemeralNotices(specOf({ base_database: 'shared' }), about('database'))).toEqual([]);
  });
});

test('a database lives for 72 hours unless the workflow says otherwise', () => {
  const now = new Date('2026-11-22T17:00:00.789Z');
  expect(expiryOf(now)).toBe('2026-11-25T17:00:00Z');
  expect(expiryOf(now, 90)).toBe('2026-11-22T18:30:00Z');
});
