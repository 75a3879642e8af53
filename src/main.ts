import { publish, publishLost, publishNeutral, publishLast } from './publish/publish.ts';
import { asSentence } from './engine/sentence.ts';
import { checkInputs, ephemeralOf } from './inputs/check-inputs.ts';
import { secretsInEnvironment, VOCABULARY } from './runner/environment-secrets.ts';
import { refuseUntrustedCheckout, refuseUntrustedFiles } from './inputs/untrusted-checkout.ts';
import { usesFiles } from './inputs/uses-files.ts';
import { aboutPullRequest } from './commands/about-pull-request.ts';
import { asksForPlace, chooseCommand, type Choice } from './commands/choose.ts';
import { deployRefsOf } from './commands/deploy-refs.ts';
import { maskOf } from './commands/mask-clone.ts';
import { namedFiles } from './commands/named-files.ts';
import { requirePullRequest } from './commands/pull-request-of.ts';
import { refuseDryRun } from './commands/refuse-dry-run.ts';
import type { Command, Run } from './commands/command.ts';
import type { RunResult } from './publish/run-result.ts';
import { resultOf } from './commands/result-of.ts';
import { defined } from './engine/defined.ts';
import type { Execution } from './engine/execution.ts';
import { ActionError, asActionError, withoutSecrets } from './errors.ts';
import { isOnTerminal, readEvent, type WorkflowEvent } from './github/event.ts';
import { restrictionOf } from './github/permission.ts';
import { readInputs, type Inputs } from './inputs/read-inputs.ts';
import { endingAfter, secondsAfter, TALK_ENDS_SECONDS, raceAbort, WORK_ENDS_SECONDS } from './runner/cancellation.ts';
import { failureForTerminal, type LoginHint } from './providers/login-hint.ts';
import { pollSeconds } from './providers/polling.ts';
import { leftBy, type Owner, type Session, type Setup } from './providers/provider.ts';
import { loadProvider } from './providers/registry.ts';
import type { OpenedRule } from './providers/runner-access.ts';
import { accessRequest } from './runner/access-request.ts';
import { makeDirectory } from './files/make-directory.ts';
import { leftServer } from './runner/left-server.ts';
import { leftOpen, openedRules } from './runner/opened-rules.ts';
import { saveCleanupState, type CleanupState } from './runner/post-step.ts';
import type { Runtime } from './runner/runtime.ts';
import { withSavedInputs } from './runner/saved-inputs.ts';
import type { Spec } from './spec/spec.ts';
import type { CommandName } from './spec/catalogue.ts';
import type { CopyOfData } from './sql-objects/context.ts';

export { publishLast, publishLost };

/** Commands that look into the server. */
const COMPARES: readonly CommandName[] = ['plan', 'apply', 'check', 'import', 'release'];

/**
 * The most time that a run spends on GitHub after its work, in seconds. After too many requests at once GitHub asks for
 * a pause of a minute or more, and many jobs of a matrix write at once.
 */
const TALK_SECONDS = 180;

/**
 * inputs → spec → desired → observed → plan → report → apply → outputs. Never throws: a failure is published and fails
 * the step.
 */
export async function run(runtime: Runtime): Promise<void> {
  let event: WorkflowEvent | undefined;
  let inputs: Inputs | undefined;
  let login: LoginHint | undefined;
  let command: CommandName = 'auto';
  let runResult: RunResult;
  const talkEnds = secondsAfter(runtime.signal, TALK_ENDS_SECONDS);
  try {
    for (const secret of secretsInEnvironment(runtime.env)) runtime.mask(secret);
    runtime.showNames(VOCABULARY);
    event = readEvent(runtime.env, runtime.eventPayload);
    refuseUntrustedCheckout(event, runtime.paths.workspace, runtime.eventPayload, usesFiles(runtime.env));
    inputs = readInputs(runtime);
    for (const secret of inputs.secrets.values()) runtime.mask(secret);
    runtime.showNames(namesOf(inputs, event));
    const read = inputs;
    await refuseUntrustedFiles(event, runtime.paths.workspace, runtime.eventPayload, async () =>
      namedFiles(read, runtime.paths.workspace)
    );
    const ephemeral = ephemeralOf(inputs, event);
    const { provider, notices, spec } = await checkInputs(runtime, inputs, ephemeral);
    inputs = { ...inputs, spec };
    login = isOnTerminal(event) ? provider.login : undefined;
    event = await aboutPullRequest({ runtime, inputs, event, execution: executionOf(runtime) });
    const choice = await choose(runtime, inputs, event);
    if (choice.command === undefined) return await publishNeutral(runtime, event, 'auto', choice.why);
    command = choice.command;
    runtime.log.info(`pgkeep ${command} (${choice.why})`);
    refuseDryRun(choice.command, inputs.options.dry_run);
    requirePullRequest(choice.command, ephemeral);
    makeDirectory(runtime.paths.temp);
    saveCleanupState(runtime, cleanupStateOf(inputs, choice.command));
    const about = ephemeral === undefined ? {} : { ephemeral };
    runResult = await execute({ runtime, inputs, event, provider, notices, ...about }, choice.command);
  } catch (thrown) {
    const error = withoutSecrets(asActionError(thrown), runtime.secrecy);
    if (event === undefined) return publishLost(runtime, error);
    const restriction = restrictionOf(event);
    if (error.code === 'credentials-missing' && restriction !== undefined) {
      const { sentence, hint } = restriction;
      return publishNeutral(runtime, event, command, `${asSentence(error.message)} ${sentence} ${hint}`);
    }
    if (error.source === 'bug') runtime.log.debug(String((error.cause as Error | undefined)?.stack ?? error.stack));
    runResult = { command, result: resultOf(error), error };
  }
  if (login !== undefined && runResult.error !== undefined) failureForTerminal(runResult.error, login);
  try {
    await publish({
      runtime,
      inputs,
      event,
      runResult,
      enough: AbortSignal.any([AbortSignal.timeout(TALK_SECONDS * 1000), talkEnds])
    });
  } catch (thrown) {
    // What the run did is done; later steps must not go on without its outputs.
    publishLast(runtime, thrown);
  }
}

async function execute(
  before: Omit<Run, 'session' | 'execution' | 'open'>,
  name: Exclude<CommandName, 'auto'>
): Promise<RunResult> {
  const { runtime, inputs } = before;
  const command = await loadCommand(name, before.ephemeral !== undefined);
  const { signal, end } = endingAfter(inputs.options.timeout_minutes, runtime.signal, runtime.clock);
  const execution = { ...executionOf(runtime), signal };
  const workEnds = secondsAfter(signal, WORK_ENDS_SECONDS);
  const reopen: Run['open'] = async (spec, copy) =>
    open({ ...before, inputs: { ...inputs, spec } }, name, execution, copy);
  try {
    const session = await raceAbort(open(before, name, execution), workEnds).catch(async (thrown: unknown) => {
      if (name !== 'doctor' || !(thrown instanceof ActionError) || signal.aborted) throw thrown;
      const { doctorWithoutSession } = await import('./commands/doctor.ts');
      return doctorWithoutSession({ ...before, execution, open: reopen }, thrown);
    });
    if (!('close' in session)) return session;
    try {
      return await raceAbort(command({ ...before, session, execution, open: reopen }), workEnds);
    } finally {
      await session.close();
    }
  } finally {
    end();
  }
}

async function choose(runtime: Runtime, inputs: Inputs, event: WorkflowEvent): Promise<Choice> {
  const { command } = inputs.options;
  const refs = asksForPlace(command, event)
    ? await deployRefsOf({ inputs, event, execution: executionOf(runtime) })
    : { patterns: undefined, defaultBranch: undefined };
  const isNamed = inputs.run.pull_request !== undefined;
  return chooseCommand(command, { event, isEphemeral: inputs.run.ephemeral !== undefined, isNamed, refs });
}

function executionOf({ clock, log, random, secrecy, signal }: Runtime): Execution {
  return { clock, log, random, secrecy, signal };
}

async function open(
  { runtime, inputs, event, provider, ephemeral }: Omit<Run, 'session' | 'execution' | 'open'>,
  command: CommandName,
  execution: Execution,
  copy?: CopyOfData
): Promise<Session> {
  const { timeout_minutes: timeoutMinutes } = inputs.options;
  const { dry_run: isDryRun } = inputs.options;
  const ofRun = { command, isDryRun, id: `${event.runId}-${event.runAttempt}`, timeoutMinutes };
  const access = accessRequest(runtime, inputs.spec.settings, ofRun, openedRules(runtime));
  const setup = defined({ ...setupOf(runtime, inputs, event, execution), access });
  const objects = {
    compares: COMPARES.includes(command) || copy !== undefined,
    strict: inputs.options.strict,
    adopts: command === 'import' || inputs.options.adopt_existing !== false,
    copy
  };
  if (ephemeral !== undefined) {
    const { openEphemeral } = await import('./ephemeral/open.ts');
    const mask = objects.compares && ephemeral.kind === 'clone' ? await maskOf({ runtime, inputs }) : undefined;
    const ofPull = ephemeral.kind === 'clone' ? defined({ mask, isKept: true }) : undefined;
    return openEphemeral(provider, setup, ephemeral, { ...objects, copy: ofPull });
  }
  const session = await provider.open(setup);
  if (!objects.compares && command !== 'outputs') return session;
  const { withSqlObjects } = await import('./sql-objects/session.ts');
  return withSqlObjects(session, setup, objects);
}

function setupOf(runtime: Runtime, inputs: Inputs, event: WorkflowEvent, execution: Execution): Setup {
  return {
    spec: inputs.spec,
    owner: identityOf(event, runtime.env),
    env: runtime.env,
    paths: runtime.paths,
    secret: name => inputs.secrets.get(name),
    mask: value => runtime.mask(value),
    execution,
    options: {
      ...defined({ switchover: inputs.run.confirm_switchover }),
      applyImmediately: inputs.options.apply_immediately,
      allowRestart: inputs.run.allow_restart,
      wait: inputs.options.wait,
      deadline: new Date(runtime.clock.now().getTime() + inputs.options.timeout_minutes * 60_000)
    }
  };
}

/**
 * For the post step: removes the firewall rules that the main step opened for this runner and did not remove, because
 * it was killed or they last until the end of the job. Never fails the job.
 */
export async function closeLeftOpen(runtime: Runtime): Promise<void> {
  for (const left of leftOpen(runtime)) {
    try {
      await closeRule(runtime, left);
    } catch (thrown) {
      runtime.log.warning(
        `Could not close the firewall of ${left.name} to this runner: ${asSentence(asActionError(thrown).message)} ` +
          `Run \`command: sweep\` with \`runner_access\`: it removes ${left.rule} once that has expired`
      );
    }
  }
}

/** Looks for a server before the post step takes it as never made. */
const MOST_LOOKS = 4;

/**
 * For the post step: destroys the throwaway server that a killed or cancelled restore check left. Never fails the job.
 */
export async function destroyLeftServer(runtime: Runtime): Promise<void> {
  const left = leftServer(runtime);
  if (left === undefined) return;
  try {
    const { removeServer } = await import('./commands/remove-server.ts');
    const execution = executionOf(runtime);
    const session = await sessionLeft(runtime, left, leftBy);
    try {
      // One whose step was killed right after the creation may not be listed yet.
      for (let look = 1; ; look += 1) {
        const wasThere = await removeServer(session, execution);
        if (wasThere) runtime.log.info(`Destroyed ${left.name}, left by a restore check`);
        if (wasThere || look >= (left.wasRefused === true ? 1 : MOST_LOOKS)) break;
        await execution.clock.sleep(pollSeconds(runtime.env), execution.signal);
      }
    } finally {
      await session.close();
    }
  } catch (thrown) {
    const { code, message } = asActionError(thrown);
    if (code === 'in-progress') runtime.log.info(`${left.name}, left by a restore check, is being destroyed`);
    else
      runtime.log.warning(
        `Could not destroy ${left.name}, left by a restore check: ${asSentence(message)} Run \`command: sweep\` with \`check_sql\`: it removes it when it has expired`
      );
  }
}

async function closeRule(runtime: Runtime, { rule, name, environment, pullRequest }: OpenedRule): Promise<void> {
  for (const secret of secretsInEnvironment(runtime.env)) runtime.mask(secret);
  const session = await sessionLeft(runtime, defined({ name, environment, pullRequest }));
  try {
    await session.runnerAccess?.dismiss([rule]);
    runtime.log.info(`Closed the firewall of ${name} to this runner (${rule})`);
  } finally {
    await session.close();
  }
}

/** A session of the post step with a server that the main step worked on. It waits for nothing. */
async function sessionLeft(
  post: Runtime,
  {
    name,
    environment,
    pullRequest
  }: { readonly name: string; readonly environment: string; readonly pullRequest?: number },
  settingsOf: (spec: Spec) => Spec['settings'] = () => ({})
): Promise<Session> {
  const runtime = { ...post, env: withSavedInputs(post) };
  const event = readEvent(runtime.env, runtime.eventPayload);
  const inputs = readInputs(runtime);
  for (const secret of inputs.secrets.values()) runtime.mask(secret);
  const provider = await loadProvider(inputs.spec.provider);
  const setup = setupOf(runtime, inputs, event, executionOf(runtime));
  return provider.open({
    ...setup,
    spec: { ...setup.spec, name, environment, settings: { ...setup.spec.settings, ...settingsOf(inputs.spec) } },
    owner: defined({ ...setup.owner, pullRequest }),
    options: { ...setup.options, wait: false }
  });
}

/** The repository by its name, and by its id on its server when GitHub gives it. */
function identityOf({ repository }: WorkflowEvent, env: Runtime['env']): Owner {
  const name = `${repository.owner}/${repository.name}`;
  const repositoryId = env['GITHUB_REPOSITORY_ID'];
  if (repositoryId === undefined || !/^\d+$/.test(repositoryId)) return { repository: name };
  const server = env['GITHUB_SERVER_URL'];
  const host = server !== undefined && URL.canParse(server) ? new URL(server).host : undefined;
  return defined({ repository: name, repositoryId, host });
}

function cleanupStateOf({ spec, run: given }: Inputs, command: CommandName): CleanupState | undefined {
  // The step that created a shared server cleans it up.
  if (command !== 'apply' || given.ephemeral === 'database') return undefined;
  return { provider: spec.provider, name: spec.name, keep: spec.settings.keep_running === true };
}

/**
 * Names that identify the database to people and later runs: they are shown even when a password contains one of them.
 */
function namesOf({ spec, options }: Inputs, event: WorkflowEvent): readonly string[] {
  const { database_name, master_username, base_database, template_database } = spec.settings;
  const { aws_region, gcp_project, gcp_region, resource_group_name, location, digitalocean_region } = spec.settings;
  return [
    spec.name,
    spec.environment,
    options.command,
    database_name,
    master_username,
    base_database,
    template_database,
    aws_region,
    gcp_project,
    gcp_region,
    resource_group_name,
    location,
    digitalocean_region,
    event.repository.owner,
    event.repository.name,
    event.ref,
    event.runUrl,
    event.headSha
  ].filter(name => name !== undefined);
}

async function loadCommand(name: Exclude<CommandName, 'auto'>, isEphemeral: boolean): Promise<Command> {
  switch (name) {
    case 'plan':
      return (await import('./commands/plan.ts')).plan;
    case 'apply':
      return isEphemeral
        ? (await import('./commands/ephemeral-apply.ts')).applyEphemeral
        : (await import('./commands/apply.ts')).apply;
    case 'destroy':
      return isEphemeral
        ? (await import('./commands/ephemeral-destroy.ts')).destroyEphemeral
        : (await import('./commands/destroy.ts')).destroy;
    case 'import':
      return (await import('./commands/import.ts')).importDatabase;
    case 'outputs':
      return (await import('./commands/outputs.ts')).outputs;
    case 'check':
      return (await import('./commands/check.ts')).check;
    case 'doctor':
      return (await import('./commands/doctor.ts')).doctor;
    case 'release':
      return (await import('./commands/release.ts')).release;
    case 'snapshot':
      return (await import('./commands/snapshot.ts')).snapshot;
    case 'schema-diff':
      return (await import('./commands/schema-diff.ts')).schemaDiff;
    case 'restore-check':
      return (await import('./commands/restore-check.ts')).restoreCheck;
    case 'sweep':
      return (await import('./commands/sweep.ts')).sweep;
    case 'stop':
    case 'start':
    case 'restart':
    case 'failover':
    case 'promote':
    case 'switchover':
    case 'rotate':
    case 'maintenance':
      return (await import('./commands/operate.ts')).operate(name);
  }
}
