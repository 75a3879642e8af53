import type { Command, Run } from '../../../src/commands/command.ts';
import { importDatabase } from '../../../src/commands/import.ts';
import type { Desired, Observed } from '../../../src/engine/resource.ts';
import type { Settings } from '../../../src/spec/catalogue.ts';
import { expectGolden } from '../../support/golden.ts';
import { desired, observed } from '../../support/resources.ts';
import { markOf, sections, server, wanted, type Row, type Told } from '../../support/told-run.ts';

/** An import, whose report stands for its result. */
const imports: Command = async run => {
  const { imported, ...result } = await importDatabase(run);
  const { report, markdown = [] } = imported ?? {};
  const shown = JSON.stringify({ ...report, digest: (report?.digest ?? '').length });
  return { ...result, remark: `${shown} in ${markdown.length} sections` };
};

const LIVE: Observed['fields'] = { size: 20, class: 'db.t4g.micro' };
const PLACE = { aws_region: 'eu-west-1' };
const PLACED: NonNullable<Told['session']> = { inputsOf: async () => ({ place: PLACE, pinned: {} }) };
const UNMARKED = { kind: 'unmarked' } as const;
const unmarked = (address: string, type: string, fields: Observed['fields'] = {}): Observed =>
  observed(address, fields, { type, title: `${type} ${address}`, ownership: UNMARKED });

/** What a workflow with these inputs would want: the live server, unless `goal` says otherwise. */
type Goal = (settings: Settings) => readonly Desired[];
const asAsked: Goal = ({ allocated_storage: size, instance_class: type }) => [
  wanted({ ...(size === undefined ? {} : { size }), ...(type === undefined ? {} : { class: type }) })
];
const absent = desired('replica', {}, { type: 'thing', title: 'replica a', presence: 'absent' });
const replica = observed('replica', {}, { title: 'replica a', ownership: { kind: 'ours', mark: markOf() } });

function of(live: readonly Observed[], goal: Goal = asAsked, more: Told = {}): Told {
  return {
    live,
    ...more,
    session: { ...PLACED, ...more.session },
    copy: { live, ...more.copy, session: { ...PLACED, ...more.copy?.session } },
    settings: { runner_access: 'step', ...more.settings },
    more: { goal } as never
  };
}

/** Opens the copy with what its inputs want. */
const proved: Command = async run => {
  const { goal, open } = run as Run & { readonly goal: Goal };
  return imports({
    ...run,
    open: async spec => ({ ...(await open(spec)), desired: async () => goal(spec.settings) })
  });
};

const other = server(LIVE, { ownership: UNMARKED });
const ROWS: readonly Row[] = [
  ['nothing is there', proved, of([])],
  [
    "another owner's",
    proved,
    of([server(LIVE, { ownership: { kind: 'foreign', mark: markOf({ repository: 'acme/billing' }) } })])
  ],
  ['a stopped server', proved, of([server(LIVE, { ownership: UNMARKED, stopped: {} })])],
  ['a stopped server of ours', proved, of([server(LIVE, { stopped: {} })])],
  ['a server', proved, of([other])],
  ['a server of ours', proved, of([server(LIVE)])],
  ['a server for a pull request of its inputs', proved, of([other], asAsked, { run: { import_pull_request: true } })],
  ['a server without inputs', proved, of([server({}, { ownership: UNMARKED })])],
  [
    'what the cloud knows, and what it leaves',
    proved,
    of([other], asAsked, {
      session: {
        inputsOf: async () => ({
          place: PLACE,
          pinned: { multi_az: 'true', instance_class: 'db.t4g.small' },
          usual: { allocated_storage: '20' },
          left: [
            { what: 'a rule', why: 'it is not in use', input: 'alarms' },
            { what: 'a role', input: 'roles', isWithin: true }
          ]
        })
      }
    })
  ],
  ['a value that its input does not take', proved, of([server({ ...LIVE, size: 'much' }, { ownership: UNMARKED })])],
  [
    'an input that would change it',
    proved,
    of([other], settings => (settings.instance_class === undefined ? asAsked(settings) : [wanted({ class: 'db.b' })]))
  ],
  [
    'an input that its cloud refuses',
    proved,
    of([other], asAsked, {
      provider: {
        validate: ({ settings }) => ({
          problems:
            settings.instance_class === undefined
              ? []
              : [{ input: 'instance_class', value: 'db.t4g.micro', why: 'is not on offer', instead: 'take another' }],
          notices: []
        })
      }
    })
  ],
  [
    'an input that is not known',
    proved,
    of(
      [server({ size: 20 }, { ownership: UNMARKED, unknown: { class: 'rds:Describe' } })],
      () => [wanted({ class: 'a' })],
      {
        session: { inputsOf: async () => ({ place: PLACE, pinned: { instance_class: 'db.t4g.small' } }) }
      }
    )
  ],
  [
    'something that no input is about is not known',
    proved,
    of([server({ size: 20 }, { ownership: UNMARKED, unknown: { class: 'rds:Describe' } })], () => [
      wanted({ class: 'a' })
    ])
  ],
  [
    'a removal that comes with one input',
    proved,
    of([other, replica], settings => [...asAsked(settings), ...(settings.instance_class === undefined ? [] : [absent])])
  ],
  ['a removal that comes in any case', proved, of([other, replica], settings => [...asAsked(settings), absent])],
  ['a creation that comes in any case', proved, of([other], settings => [...asAsked(settings), desired('a')])],
  [
    'a change that comes in any case',
    proved,
    of([server({ size: 20 }, { ownership: UNMARKED })], () => [wanted({ class: 'db.b' })])
  ],
  [
    'a server that the cloud refuses in any case',
    proved,
    of([other], asAsked, {
      copy: {
        session: {
          check: async () => ({
            problems: [{ input: 'name', value: 'orders', why: 'is taken', instead: 'take another' }],
            notices: []
          })
        }
      }
    })
  ],
  [
    'a server of a kind that is not kept',
    proved,
    of([other], asAsked, {
      session: {
        check: async () => ({
          problems: [{ input: 'name', value: 'orders', why: 'is a server of another engine', instead: 'take another' }],
          notices: []
        })
      }
    })
  ],
  [
    'what belongs to it',
    proved,
    of([
      server({ ...LIVE, 'tags.a': '1', 'tags.b': '2', location: 'eu-west-1' }, { ownership: UNMARKED }),
      unmarked('replica-1', 'replica', { location: 'eu-west-1' }),
      unmarked('replica-2', 'replica', { location: 'eu-north-1' }),
      unmarked('replica-3', 'replica'),
      unmarked('shop', 'database'),
      unmarked('keeper', 'user'),
      unmarked('rule', 'rule'),
      observed('ours', {}, { ownership: { kind: 'ours', mark: markOf() } })
    ])
  ],
  [
    'replicas where the server has no region',
    proved,
    of([
      other,
      unmarked('replica-1', 'replica', { region: 'eu-west-1' }),
      unmarked('replica-2', 'replica', { region: 'b' })
    ])
  ],
  [
    'a server that is not reached, with a way in that is told',
    proved,
    of([other], asAsked, {
      way: { kind: 'not-reachable', why: 'it is private', hint: '' },
      secrets: { master_password: 'p' }
    })
  ]
];

test('an import prints the inputs that change nothing, and says of the rest why it stays', async () => {
  expectGolden('commands-import.txt', await sections(ROWS));
});
