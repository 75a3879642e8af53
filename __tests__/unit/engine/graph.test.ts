import { inOrder, prerequisites } from '../../../src/engine/graph.ts';
import type { Step } from '../../../src/engine/plan.ts';
import { step } from '../../support/resources.ts';

type Row = readonly [address: string, action: Step['action'], ...dependsOn: readonly string[]];

function steps(...rows: readonly Row[]): readonly Step[] {
  return rows.map(([address, action, ...dependsOn]) => step(address, action, { dependsOn }));
}

function order(...rows: readonly Row[]): string {
  return inOrder(steps(...rows))
    .map(one => one.address)
    .join(' ');
}

function waits(...rows: readonly Row[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...prerequisites(steps(...rows))].map(([address, needed]) => [address, [...needed].sort()])
  );
}

describe('prerequisites', () => {
  test.each<[string, readonly Row[], Readonly<Record<string, readonly string[]>>]>([
    [
      'what is created waits for what it needs',
      [
        ['db', 'create', 'server'],
        ['server', 'create']
      ],
      { db: ['server'], server: [] }
    ],
    [
      'an update waits for an update',
      [
        ['db', 'update', 'server'],
        ['server', 'update']
      ],
      { db: ['server'], server: [] }
    ],
    [
      'adoption is like an update',
      [
        ['db', 'create', 'server'],
        ['server', 'adopt']
      ],
      { db: ['server'], server: [] }
    ],
    [
      'what is deleted goes before what it needed',
      [
        ['db', 'delete', 'server'],
        ['server', 'delete']
      ],
      { db: [], server: ['db'] }
    ],
    [
      'what is deleted goes before what it needed is touched',
      [
        ['replica', 'delete', 'server'],
        ['server', 'update']
      ],
      { replica: [], server: ['replica'] }
    ],
    [
      'what is left goes after what leaves it',
      [
        ['server', 'update', 'group'],
        ['group', 'delete']
      ],
      { server: [], group: ['server'] }
    ],
    [
      'what does nothing neither waits nor is waited for',
      [
        ['db', 'create', 'server'],
        ['server', 'none']
      ],
      { db: [] }
    ],
    [
      'what does nothing passes the order on',
      [
        ['extension', 'create', 'db'],
        ['db', 'none', 'server'],
        ['server', 'update']
      ],
      { extension: ['server'], server: [] }
    ],
    [
      'also for what is deleted',
      [
        ['extension', 'delete', 'db'],
        ['db', 'none', 'server'],
        ['server', 'delete']
      ],
      { extension: [], server: ['extension'] }
    ],
    ['what is in no plan is there already', [['db', 'create', 'elsewhere']], { db: [] }],
    [
      'a refused deletion is ordered as a deletion',
      [
        ['db', 'delete', 'server'],
        ['server', 'delete']
      ],
      { db: [], server: ['db'] }
    ]
  ])('%s', (_, rows, expected) => {
    expect(waits(...rows)).toEqual(expected);
  });

  test('the preferred order of a deletion is dropped when it would close a circle', () => {
    // proxy needs server and leaves secret; secret needs server: server, proxy, secret is the only order there is.
    const rows: readonly Row[] = [
      ['secret', 'delete', 'server'],
      ['proxy', 'update', 'server', 'secret'],
      ['server', 'update']
    ];
    expect(waits(...rows)).toEqual({ secret: ['proxy'], proxy: ['server'], server: [] });
    expect(order(...rows)).toBe('server proxy secret');
  });

  test('a refused deletion keeps the place of a deletion', () => {
    const refused = step('server', 'blocked', { intended: 'delete' });
    const waitsFor = prerequisites([refused, step('db', 'delete', { dependsOn: ['server'] })]);
    expect([...(waitsFor.get('server') ?? [])]).toEqual(['db']);
  });
});

describe('the order of steps', () => {
  test('is the given one where no prerequisite forbids it', () => {
    expect(order(['c', 'create'], ['a', 'update'], ['b', 'none'], ['d', 'delete'])).toBe('c a b d');
  });

  test('respects chains over all kinds of steps', () => {
    expect(
      order(['db', 'create', 'server'], ['server', 'update', 'group'], ['old', 'delete', 'server'], ['group', 'create'])
    ).toBe('old group server db');
  });

  test.each<[string, readonly Row[]]>([
    [
      'of two',
      [
        ['a', 'create', 'b'],
        ['b', 'create', 'a']
      ]
    ],
    ['of one', [['a', 'create', 'a']]],
    [
      'of deletions',
      [
        ['a', 'delete', 'b'],
        ['b', 'delete', 'a']
      ]
    ],
    [
      'through something that does nothing',
      [
        ['a', 'create', 'b'],
        ['b', 'none', 'c'],
        ['c', 'create', 'a']
      ]
    ]
  ])('does not exist for a circle %s', (_, rows) => {
    expect(() => order(...rows)).toThrow(
      expect.objectContaining({ code: 'internal', source: 'bug', message: expect.stringContaining('circle') })
    );
  });
});
