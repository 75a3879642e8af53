import { readCommandLine, TERMINAL_COMMANDS } from '../../../src/runner/command-line.ts';
import { SECRETS } from '../../../src/spec/input-names.ts';

const SECRET_VALUE = 'hunter2-hunter2';

function refusal(...args: readonly string[]): string {
  const order = readCommandLine(args);
  return order.kind === 'refused' ? order.why : order.kind;
}

describe('a command line', () => {
  test('gives inputs as `with:` does, with hyphens or underscores, with `=` or without', () => {
    const order = readCommandLine([
      'plan',
      '--config',
      'pgkeep.yml',
      '--engine-version=17',
      '--wait=false',
      '--multi_az',
      '--tags',
      'team=shop',
      '--repository',
      'acme/shop',
      '--repository-id',
      '7',
      '--details'
    ]);
    expect(order).toEqual({
      kind: 'run',
      command: 'plan',
      inputs: { config: 'pgkeep.yml', engine_version: '17', wait: 'false', multi_az: 'true', tags: 'team=shop' },
      repository: 'acme/shop',
      repositoryId: '7',
      showsDetails: true,
      isVerbose: false
    });
  });

  test.each(TERMINAL_COMMANDS.filter(command => command !== 'apply'))('%s needs no confirmation', command => {
    expect(readCommandLine([command])).toMatchObject({ kind: 'run', command });
  });

  test('apply runs only with --yes', () => {
    expect(refusal('apply', '--config', 'pgkeep.yml')).toMatch(/^Could not apply: .* add --yes\.$/);
    expect(refusal('apply', '--yes=false')).toMatch(/add --yes/);
    expect(readCommandLine(['apply', '--yes', '--name', 'orders'])).toMatchObject({
      command: 'apply',
      inputs: { name: 'orders' }
    });
  });

  test('destroys nothing but a server on this machine, and that only with --yes', () => {
    expect(refusal('destroy', '--yes', '--cloud_provider', 'aws')).toMatch(/only a server on this machine/);
    expect(refusal('destroy', '--yes', '--config', 'pgkeep.yml')).toMatch(/only a server on this machine/);
    expect(refusal('destroy', '--cloud_provider', 'local')).toMatch(/add --yes/);
    expect(refusal('destroy', '--cloud_provider', 'local', '--yes')).toBe('run');
  });

  test.each(['sweep', 'rotate', 'failover', 'snapshot', 'auto', 'release'])('%s stays in workflows', command => {
    expect(refusal(command, '--yes')).toBe(
      `Could not run ${command}: it is for a workflow. From here: plan, check, doctor, outputs, import, apply, destroy (with --cloud_provider local).`
    );
  });

  test.each(SECRETS)('%s is taken from the environment and never as a flag', name => {
    const why = refusal('plan', `--${name}`, SECRET_VALUE);
    expect(why).toMatch(name === 'github_token' ? /for a step of a workflow/ : `Set PGKEEP_${name.toUpperCase()} in`);
    expect(why).not.toContain(SECRET_VALUE);
  });

  test.each([
    [['plan', SECRET_VALUE], 'Could not read the command line: each input is a flag, `--name value`.'],
    [['plan', '--name', 'a', '--name', 'b'], 'Could not read the command line: --name is given twice.'],
    [
      ['plan', '--engin-version', '17'],
      'Could not use --engin_version: there is no such input. Did you mean --engine_version?'
    ],
    [
      ['plan', '--pull_request', '7'],
      'Could not use --pull_request: it is for a step of a workflow. Leave it out here.'
    ],
    [['plan', '--repository', 'shop'], 'Could not use --repository: it is not owner/name.'],
    [['plna'], 'Did you mean plan?'],
    [['destry'], 'Did you mean destroy?']
  ])('%j is refused', (args, why) => {
    expect(refusal(...args)).toContain(why);
    expect(refusal(...args)).not.toContain(SECRET_VALUE);
  });

  test.each([[[]], [['--help']], [['plan', '-h']], [['help']]])('%j asks for help', args => {
    expect(readCommandLine(args)).toEqual({ kind: 'help' });
  });
});
