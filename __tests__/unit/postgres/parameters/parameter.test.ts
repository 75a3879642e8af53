import { displayParameter } from '../../../../src/postgres/parameters/display.ts';
import { describeParameter, parameterNames } from '../../../../src/postgres/parameters/parameter.ts';
import { suggestParameter } from '../../../../src/postgres/parameters/suggest.ts';

describe('describeParameter', () => {
  test.each([
    ['shared_buffers', 'restart'],
    ['max_connections', 'restart'],
    ['shared_preload_libraries', 'restart'],
    ['wal_level', 'restart'],
    ['work_mem', 'reload'],
    ['log_min_duration_statement', 'reload'],
    ['autovacuum', 'reload'],
    ['log_connections', 'new-connections'],
    ['ignore_system_indexes', 'new-connections'],
    ['data_checksums', 'never']
  ])('says when a change to %s works: %s', (name, takesEffect) => {
    expect(describeParameter(name, 17)).toMatchObject({ name, takesEffect });
  });

  test('knows type, unit, range and values', () => {
    expect(describeParameter('Shared_Buffers', 17)).toEqual({
      name: 'shared_buffers',
      type: 'integer',
      takesEffect: 'restart',
      unit: '8kB',
      minimum: 16,
      maximum: 1_073_741_823,
      values: [],
      otherSpellings: new Map()
    });
    expect(describeParameter('archive_mode', 17)).toMatchObject({ type: 'enum', values: ['always', 'on', 'off'] });
  });

  test('distinguishes the majors', () => {
    expect(describeParameter('log_connections', 17)?.type).toBe('bool');
    expect(describeParameter('log_connections', 18)?.type).toBe('string');
    expect(describeParameter('io_method', 17)).toBeUndefined();
    expect(describeParameter('autovacuum_max_workers', 18)?.takesEffect).toBe('reload');
    expect(describeParameter('autovacuum_max_workers', 17)?.takesEffect).toBe('restart');
  });

  test('does not know names that only resemble one', () => {
    for (const name of ['', 'work', 'work_mem|14', 'mem', '.', 'shared_buffers\n']) {
      expect(describeParameter(name, 17)).toBeUndefined();
    }
  });

  test('lists the names of a major, each once', () => {
    const names = parameterNames(17);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('transaction_timeout');
    expect(parameterNames(16)).not.toContain('transaction_timeout');
  });
});

describe('suggestParameter', () => {
  test.each([
    ['shared_bufers', 'shared_buffers'],
    ['max_connection', 'max_connections'],
    ['work-mem', 'work_mem'],
    ['Log_Statment', 'log_statement']
  ])('guesses what %s means: %s', (typed, meant) => {
    expect(suggestParameter(typed)).toBe(meant);
  });

  test('guesses nothing from nonsense', () => {
    expect(suggestParameter('xyzzy_plugh')).toBeUndefined();
    expect(suggestParameter('')).toBeUndefined();
  });
});

describe('displayParameter', () => {
  test.each([
    ['shared_buffers', '32768', '256MB'],
    ['shared_buffers', '125', '1000kB'],
    ['work_mem', '4096', '4MB'],
    ['max_wal_size', '1024', '1GB'],
    ['statement_timeout', '300000', '5min'],
    ['checkpoint_timeout', '90', '90s'],
    ['log_rotation_age', '1440', '1d'],
    ['vacuum_cost_delay', '0.5', '500us'],
    ['wal_buffers', '-1', '-1'],
    ['statement_timeout', '0', '0'],
    ['max_connections', '200', '200'],
    ['autovacuum', 'on', 'on'],
    ['shared_buffers', '{DBInstanceClassMemory/32768}', '{DBInstanceClassMemory/32768}'],
    ['pg_stat_statements.max', '5000', '5000']
  ])('shows %s = %s as %s', (name, value, shown) => {
    expect(displayParameter(name, value)).toBe(shown);
  });
});
