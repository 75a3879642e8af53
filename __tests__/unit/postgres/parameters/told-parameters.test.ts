import { MAJORS } from '../../../../src/postgres/major.ts';
import { displayParameter } from '../../../../src/postgres/parameters/display.ts';
import { normaliseParameter } from '../../../../src/postgres/parameters/normalise.ts';
import {
  describeParameter,
  isExtensionParameter,
  majorsWithParameter,
  parameterNames
} from '../../../../src/postgres/parameters/parameter.ts';
import { suggestParameter } from '../../../../src/postgres/parameters/suggest.ts';
import { fromNative, nativeUnit, roundHalfToEven, toNative } from '../../../../src/postgres/parameters/units.ts';
import { expectGolden } from '../../../support/golden.ts';

/** One of each type, unit and way in which it takes effect, and values that say how it is read. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  autovacuum: [
    'on',
    'ON',
    'o',
    'of',
    'off',
    't',
    'tru',
    'true',
    'truly',
    'f',
    'false',
    'y',
    'yes',
    'n',
    'no',
    '1',
    '0',
    '2',
    '',
    ' on '
  ],
  wal_level: ['replica', 'REPLICA', 'archive', 'hot_standby', 'logical', 'none', ''],
  client_min_messages: ['debug', 'DEBUG2', 'notice', 'fatal'],
  shared_buffers: [
    '256MB',
    '32768',
    '256mb',
    '1GB',
    '1.5GB',
    '8kB',
    '12kB',
    '20kB',
    '128 MB',
    '15',
    '16',
    '0x10',
    '-1',
    '1TB',
    '9999TB',
    '10s',
    'much',
    '1e3',
    '.5GB',
    '1.GB'
  ],
  work_mem: ['63', '64', '64kB', '65B', '4MB', '2147483647', '2147483648', '3TB'],
  statement_timeout: [
    '0',
    '-1',
    '500',
    '500us',
    '1500us',
    '2500us',
    '1s',
    '1min',
    '1h',
    '1d',
    '30d',
    '1MS',
    '1Min',
    '1 minute'
  ],
  log_rotation_age: ['1d', '90min', '90', '30s', '90s', '150s'],
  wal_segment_size: ['16MB'],
  random_page_cost: ['1.1', '4', '-1', '1e400', 'x', '1kB', '0x10', '010', '-0'],
  autovacuum_vacuum_cost_delay: ['2ms', '2.5', '1500us', '-1', '101', '0.1s'],
  max_connections: ['100', '010', '+10', '-010', '0', '1.5', '2.5', '262143', '262144', '1kB'],
  log_file_mode: ['0600', '0777', '384', '01000', '0'],
  unix_socket_permissions: ['0770'],
  search_path: ['"$user", public', 'a,,b', ' a , "b,c" ', '"a""b",c', ''],
  listen_addresses: ['b, a, b', '*'],
  log_destination: ['stderr,csvlog', 'csvlog , stderr'],
  log_line_prefix: ['%m ', ' %p'],
  server_version: ['17'],
  'pg_stat_statements.max': [' 100 ', 'x'],
  shared_bufers: ['1'],
  'max-connections': ['1'],
  allow_alter_system: ['on'],
  checkpoint_segments: ['3'],
  nothing_like_any_of_them: ['1'],
  'a b': ['1'],
  MAX_CONNECTIONS: ['7']
};

test('a parameter is read, described and shown as PostgreSQL does it', () => {
  const parts = Object.entries(VALUES).map(([name, values]) => {
    const described = describeParameter(name, 17);
    const shown =
      described === undefined
        ? 'unknown'
        : JSON.stringify({ ...described, otherSpellings: [...described.otherSpellings] });
    const read = values.map(value => {
      const result = normaliseParameter(name, value, 17);
      const text = result.ok
        ? [
            `${result.name} = ${JSON.stringify(result.value)}`,
            displayParameter(name, result.value),
            ...result.remarks
          ].join(' | ')
        : result.problem;
      return `  ${JSON.stringify(value)}: ${text}`;
    });
    const near = [
      majorsWithParameter(name)?.join(' to ') ?? 'in none',
      isExtensionParameter(name) ? 'of an extension' : ''
    ];
    return [`${name} (${near.join(' ').trim()}; ${suggestParameter(name) ?? 'nothing near'}): ${shown}`, ...read].join(
      '\n'
    );
  });
  const majors = MAJORS.map(major => {
    const differs = [
      'allow_alter_system',
      'autovacuum_max_workers',
      'wal_level',
      'old_snapshot_threshold',
      'no_such'
    ].map(name => {
      const { takesEffect = 'unknown' } = describeParameter(name, major) ?? {};
      const read = normaliseParameter(name, '1', major);
      return `${name} ${takesEffect} ${read.ok ? read.value : read.problem}`;
    });
    return `${major}: ${parameterNames(major).length} parameters; ${suggestParameter('vacuum_buffer_limit', major) ?? 'none'}; ${differs.join('; ')}`;
  });
  const displayed = [
    ['shared_buffers', '0'],
    ['shared_buffers', '-1'],
    ['shared_buffers', '1'],
    ['shared_buffers', '131072'],
    ['shared_buffers', '256MB'],
    ['shared_buffers', 'x'],
    ['checkpoint_timeout', '300'],
    ['checkpoint_timeout', '90'],
    ['log_line_prefix', '5'],
    ['pg_stat_statements.max', '5000'],
    ['no_such', '1']
  ].map(([name = '', value = '']) => `${name} ${value}: ${displayParameter(name, value)}`);
  const units = ['B', 'kB', '8kB', 'MB', '16MB', 'ms', 's', 'min'].map(text => {
    const native = nativeUnit(text);
    const [, second = { name: '', factor: 1 }] = native.units;
    const values = [1, 3, 64, 1024, 86_400].map(value => fromNative(value, native));
    return `${text}: ${native.factor}; ${native.units.map(({ name, factor }) => `${name} ${factor}`).join(', ')}; ${values.join(', ')}; ${toNative(1.5, second, native)}`;
  });
  const rounded = [0.5, 1.5, 2.5, -0.5, -1.5, 1.4, 1.6, 2].map(value => `${value} ${roundHalfToEven(value)}`);
  const odd = ['', 'kb', '8', 'year', '8 kB'].map(text => {
    try {
      return `${text}: ${nativeUnit(text).factor}`;
    } catch (thrown) {
      return `${text}: ${String(thrown)}`;
    }
  });
  const all = [...parts, ...majors, ...displayed, ...units, ...odd, rounded.join(', ')];
  expectGolden('postgres-parameters.txt', `${all.join('\n')}\n`);
});
