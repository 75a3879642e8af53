import { readFileSync, statSync } from 'node:fs';
import { defined } from '../engine/defined.ts';
import { hashOf } from '../engine/digest.ts';
import { serverIn } from '../engine/other-owner.ts';
import { describeMark, type Target } from '../engine/ownership.ts';
import type { Plan } from '../engine/plan.ts';
import { planApply } from '../engine/planner.ts';
import { fieldRule, type Facts, type FieldTable, type Observed } from '../engine/resource.ts';
import { stringOf, textsOf, type Value } from '../engine/value.ts';
import { ActionError } from '../errors.ts';
import { withinDirectory } from '../files/within-directory.ts';
import { candidatesOf, unfitOf, type RawInputs } from '../moving-in/candidates.ts';
import { importMarkdown } from '../moving-in/import-markdown.ts';
import {
  configFile,
  PASSWORD,
  pullFiles,
  workflowStep,
  type ImportReport,
  type Unmanaged,
  type WayInputs
} from '../moving-in/import-report.ts';
import { lettingGo, stateResources, type LettingGo } from '../moving-in/terraform-state.ts';
import type { DatabaseInput, Settings } from '../spec/catalogue.ts';
import { originOf } from '../spec/input-origins.ts';
import { load } from '../spec/load.ts';
import { describeProblem, refuseLiveProblems, type Problem } from '../spec/problem.ts';
import type { NotReachable } from '../postgres/way-in.ts';
import { findObjects, type FoundObjects } from '../sql-objects/found-objects.ts';
import type { Command, Run } from './command.ts';

/** Plans with fewer and fewer inputs, before they are tried one by one. */
const MOST_ROUNDS = 8;

/**
 * Reads one live server, prints the inputs that describe it, and proves by a plan with them that they change nothing.
 * An input that does not hold is left out and listed. Changes nothing. Throws `not-found`, `not-ours`, and
 * `input-invalid` for a server of another kind and for a Terraform state that does not have it.
 */
export const importDatabase: Command = async run => {
  const { session, inputs, runtime, execution } = run;
  const observed = await session.observe();
  const server = serverIn(observed);
  refuseOthers(run, server);
  const goes = lettingGoOf(run, server?.facts ?? {});
  refuseStopped(server);
  const { place, pinned: known, usual = {}, left = [] } = await session.inputsOf(observed);
  refuseLiveProblems((await session.check(observed)).problems);
  const table = session.tables[server?.type ?? ''] ?? {};
  const objectsFound = await findObjects(session, observed, execution, known.database_name);
  const objects = objectsFound.kind === 'found' ? objectsFound.inputs : {};
  const fields = server === undefined ? {} : candidatesOf(server, table, usual);
  const candidates = inFile({ ...fields, ...known, ...objects }, place);
  const unfit = (server === undefined ? [] : unfitOf(server, table, usual)).filter(({ input }) => {
    return !Object.hasOwn({ ...candidates, ...place }, input);
  });
  const proof = await prove(run, place, candidates);
  const key = keyOf(session.target);
  const report: ImportReport = defined({
    provider: inputs.spec.provider,
    name: session.target.name,
    key,
    place,
    file: inputs.run.import_pull_request === true ? pullFiles({ name: session.target.name, key }).config : 'pgkeep.yml',
    pinned: proof.pinned,
    digest: proof.plan.digest,
    isOurs: server?.ownership.kind === 'ours',
    unmanaged: [
      ...proof.dropped,
      ...othersIn(proof, table),
      ...unfit.map(({ input, raw }) => ({ what: `${input} ${raw}`, why: 'the input does not take this value', input })),
      // A login sees what lies inside better than the cloud does.
      ...left.filter(({ isWithin }) => isWithin !== true || objectsFound.kind !== 'found').map(notPrinted),
      ...objectsLeft(objectsFound)
    ],
    way: Object.keys(objects).some(name => Object.hasOwn(proof.pinned, name)) ? wayOf(run) : undefined,
    lettingGo: goes
  });
  const config = configFile(report);
  const printed = config === '' ? workflowStep(report) : `${workflowStep(report)}\n# ${report.file}\n${config}`;
  for (const line of printed.trimEnd().split('\n')) runtime.log.info(line);
  for (const { what, why } of report.unmanaged) runtime.log.info(`Left unmanaged: ${what} (${why})`);
  return { command: 'import', result: 'no-changes', imported: { report, markdown: importMarkdown(report) } };
};

function keyOf({ provider, account, region, name, environment }: Target): string {
  return hashOf({ provider, account, region, name, environment }).slice(0, 6);
}

/** What the step needs to get into the server, as this run did. */
function wayOf({ inputs: { spec, secrets } }: Run): WayInputs {
  const { runner_access: access, connect_through: through, login_as: login } = spec.settings;
  return defined({
    master_password: secrets.has('master_password') ? PASSWORD : undefined,
    runner_access: access === undefined ? undefined : String(access),
    connect_through: through,
    login_as: login
  });
}

function objectsLeft(objectsFound: FoundObjects | NotReachable): readonly Unmanaged[] {
  if (objectsFound.kind === 'found') return objectsFound.left;
  const why =
    `not read, since this runner does not reach the server: ${objectsFound.why}. ${objectsFound.hint}`.trimEnd();
  return [{ what: 'databases, roles and extensions in the server', why, input: 'databases' }];
}

function refuseOthers({ provider, inputs }: Run, server: Observed | undefined): void {
  if (server?.ownership.kind === 'foreign') {
    throw new ActionError(`${server.title} belongs to ${describeMark(server.ownership.mark)}`, {
      code: 'not-ours',
      source: 'user',
      hint: 'Run the workflow that owns it; `command: release` there takes its mark off.'
    });
  }
  if (server !== undefined) return;
  throw new ActionError(`There is no database ${inputs.spec.name} on ${provider.title}`, {
    code: 'not-found',
    source: 'user',
    hint: 'Correct `name`, the region or the account.'
  });
}

/** It takes no changes until it runs, not even its mark. */
function refuseStopped(server: Observed | undefined): void {
  if (server?.stopped === undefined) return;
  const isOurs = server.ownership.kind === 'ours';
  throw new ActionError(`Could not import ${server.title}: it is stopped, and takes no changes`, {
    code: 'plan-blocked',
    source: 'user',
    hint: `${isOurs ? 'Run `command: start`' : 'Start it with the tool that stopped it'}, and run the import again.`
  });
}

/** What a configuration file may hold, and the place does not say already. */
function inFile(candidates: RawInputs, place: RawInputs): RawInputs {
  return Object.fromEntries(
    Object.entries(candidates).filter(
      ([name]) => originOf(name as DatabaseInput) === 'file' && !Object.hasOwn(place, name)
    )
  );
}

interface Proof {
  readonly pinned: RawInputs;
  readonly plan: Plan;
  /** What a run with these inputs sees: more than the one that knows none. */
  readonly observed: readonly Observed[];
  readonly dropped: readonly Unmanaged[];
}

/** Plans with the inputs, as a workflow with them would, and leaves out those that ask for a change or are refused. */
async function prove(run: Run, place: RawInputs, candidates: RawInputs): Promise<Proof> {
  let pinned = candidates;
  const dropped: Unmanaged[] = [];
  for (let round = 0; ; round += 1) {
    const { seen, objections } = await planned(run, place, pinned);
    if (seen !== undefined && objections.size === 0) return { pinned, ...seen, dropped };
    const named = Object.keys(pinned).filter(name => objections.has(name));
    if (named.length === 0 && Object.keys(pinned).length === 0) throw notProven(objections);
    // A change that no printed input names may come from any of them.
    if (named.length === 0 || round === MOST_ROUNDS) {
      const found = await oneByOne(run, place, pinned);
      return { ...found, dropped: [...dropped, ...found.dropped] };
    }
    for (const name of named) dropped.push(leftOut(name, objections));
    pinned = Object.fromEntries(Object.entries(pinned).filter(([name]) => !named.includes(name)));
  }
}

/** Adds one input after the other, and leaves out each with which the plan would change something. */
async function oneByOne(run: Run, place: RawInputs, candidates: RawInputs): Promise<Proof> {
  const bare = await planned(run, place, {});
  if (bare.seen === undefined || bare.objections.size > 0) throw notProven(bare.objections);
  let [seen, pinned]: [Seen, RawInputs] = [bare.seen, {}];
  const dropped: Unmanaged[] = [];
  for (const [name, raw] of Object.entries(candidates)) {
    const more = { ...pinned, [name]: raw };
    const trial = await planned(run, place, more);
    if (trial.seen === undefined || trial.objections.size > 0) dropped.push(leftOut(name, trial.objections));
    else [seen, pinned] = [trial.seen, more];
  }
  return { pinned, ...seen, dropped };
}

function leftOut(name: string, objections: ReadonlyMap<string, string>): Unmanaged {
  const [first = 'the plan with it would change something'] = objections.values();
  return { what: `\`${name}\``, why: objections.get(name) ?? first, input: name };
}

type Seen = Pick<Proof, 'plan' | 'observed'>;

interface Trial {
  readonly seen?: Seen;
  /** Why an input does not hold, by its name. */
  readonly objections: ReadonlyMap<string, string>;
}

async function planned(run: Run, place: RawInputs, pinned: RawInputs): Promise<Trial> {
  const { spec, problems } = load([
    {
      values: { cloud_provider: run.inputs.spec.provider, ...place, name: run.inputs.spec.name, ...pinned }
    }
  ]);
  const early = [...problems, ...run.provider.validate(spec).problems];
  if (early.length > 0) return { objections: fromProblems(early) };
  const settings = { ...wayIn(run), ...spec.settings };
  const session = await run.open({ ...spec, settings, environment: run.inputs.spec.environment });
  try {
    const observed = await session.observe();
    const { problems: live, notices } = await session.check(observed);
    if (live.length > 0) return { objections: fromProblems(live) };
    const plan = planApply({
      target: session.target,
      desired: await session.desired(observed),
      observed,
      tables: session.tables,
      notices,
      allowances: {
        adoptExisting: true,
        majorVersionUpgrade: false,
        destroy: false,
        skipFinalSnapshot: false,
        restart: false
      }
    });
    return {
      seen: { plan, observed },
      objections: new Map([...fromUnknown(plan, session.tables, pinned), ...fromPlan(plan)])
    };
  } finally {
    await session.close();
  }
}

function fromProblems(problems: readonly Problem[]): ReadonlyMap<string, string> {
  return new Map(problems.map(problem => [problem.input, describeProblem(problem)]));
}

/** The inputs by which this run gets into the server: the proof looks inside by the same way. */
function wayIn({ inputs: { spec } }: Run): Settings {
  const { runner_access, runner_access_in_plan, runner_address, runner_address_service, connect_through, login_as } =
    spec.settings;
  return defined({
    runner_access,
    runner_access_in_plan,
    runner_address,
    runner_address_service,
    connect_through,
    login_as
  });
}

/** What could not be compared is not proved. */
function fromUnknown(
  { steps }: Plan,
  tables: Readonly<Record<string, FieldTable>>,
  pinned: RawInputs
): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap(({ type, title, unknown }) =>
      Object.entries(unknown).flatMap(([field, needs]): readonly (readonly [string, string])[] => {
        const input = fieldRule(tables[type] ?? {}, field)?.input ?? field;
        return Object.hasOwn(pinned, input) ? [[input, `${title} could not be compared without ${needs}`]] : [];
      })
    )
  );
}

function fromPlan({ steps }: Plan): ReadonlyMap<string, string> {
  const objections = new Map<string, string>();
  for (const { action, title, changes, refusal } of steps) {
    if ((action === 'adopt' || action === 'none') && changes.length === 0) continue;
    for (const { input, field } of changes) objections.set(input ?? field, `the plan with it would change ${title}`);
    if (changes.length > 0) continue;
    objections.set(title, refusal === undefined ? `the plan would ${action} ${title}` : refusal.message);
  }
  return objections;
}

function notProven(objections: ReadonlyMap<string, string>): ActionError {
  return new ActionError(`Could not find inputs that change nothing: ${[...new Set(objections.values())].join('; ')}`, {
    code: 'plan-blocked',
    source: 'user',
    hint: 'Plan with `name` and `adopt_existing` alone, and read what the plan says.'
  });
}

/** The inputs that take over what is observed and stays another's, by type. */
const OWNERS: Readonly<Record<string, string>> = {
  replica: 'replica_names',
  database: 'database_name',
  user: 'master_username'
};

/** The region of a server or replica, where the cloud shows it. */
function regionOf(one: Observed | undefined): string | undefined {
  return stringOf(one?.fields['location'] ?? one?.fields['region'] ?? one?.facts['region']);
}

/** What belongs to the server and is in no step of the plan. Databases of the server itself are not listed. */
function othersIn({ observed, plan: { steps, target } }: Seen, table: FieldTable): readonly Unmanaged[] {
  // A replica that an input names has another address than one that none names, and the same title.
  const home = regionOf(serverIn(observed)) ?? target.region;
  const isElsewhere = (one: Observed): boolean => ![undefined, home].includes(regionOf(one));
  const known = new Set(steps.flatMap(({ address, title }) => [address, title]));
  return [
    ...observed
      .filter(
        ({ address, title, ownership }) => ![address, title].some(one => known.has(one)) && ownership.kind !== 'ours'
      )
      .map(one => notPrinted(defined({ what: one.title, input: isElsewhere(one) ? undefined : OWNERS[one.type] }))),
    ...Object.entries(KEPT).flatMap(([input, what]) => {
      const live = Object.entries(serverIn(observed)?.fields ?? {}).flatMap(([field, value]) =>
        fieldRule(table, field)?.input === input ? membersOf(field, value) : []
      );
      return live.length === 0 ? [] : [{ what: `${what} ${live.join(', ')}`, why: 'they stay as they are', input }];
    })
  ];
}

/** Inputs that are never printed, since their lists ask for completeness, and what they hold. */
const KEPT: Readonly<Partial<Record<DatabaseInput, string>>> = {
  tags: 'tags',
  parameters: 'parameters',
  allowed_cidr_blocks: 'networks'
};

/** The members of a list, or the name of the member that the field of a map is. */
function membersOf(field: string, value: Value): readonly string[] {
  return Array.isArray(value) ? textsOf(value) : [field.slice(field.indexOf('.') + 1)];
}

function notPrinted({
  what,
  why = 'no printed input is about it',
  input
}: Partial<Unmanaged> & Pick<Unmanaged, 'what'>): Unmanaged {
  return defined({ what, why, input });
}

/** Of a state file. A large real one has 50 MB. */
const MOST_BYTES = 256 * 1024 * 1024;

function lettingGoOf({ inputs, runtime, session }: Run, live: Facts): LettingGo | undefined {
  const given = inputs.run.terraform_state;
  if (given === undefined) return undefined;
  const file = withinDirectory([runtime.paths.workspace], given, '`terraform_state`');
  return lettingGo(stateResources(contentOf(file, given)), session.target, live);
}

function contentOf(file: string, given: string): string {
  try {
    if (statSync(file).size <= MOST_BYTES) return readFileSync(file, 'utf8');
  } catch (thrown) {
    const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
    throw unreadable(given, code);
  }
  throw unreadable(given, `it is larger than the limit of ${MOST_BYTES} bytes`);
}

function unreadable(given: string, why: string): ActionError {
  return new ActionError(`Could not read \`terraform_state\` (${given}): ${why}`, {
    code: 'input-invalid',
    source: 'user',
    hint: 'Make the file in an earlier step, such as `terraform show -json > state.json`.'
  });
}
