import type { CloudRun } from './cloud-run.ts';
import { kept } from './kept.ts';

type With = Readonly<Record<string, string>>;

interface Account {
  savepoint(): () => void;
  stop(): Promise<void>;
}

/**
 * One account of a fake cloud for the tests of a file, empty before each. The function that it returns gives a test an
 * account in which these inputs were applied, one after the other, and nothing else: each is applied once in the file.
 */
export function keptAccount(
  start: () => Promise<Account>,
  run: (inputs: With) => Promise<CloudRun>
): (...inputs: readonly With[]) => Promise<void> {
  const stages = kept<() => void>();
  let account: Account;
  let empty: () => void;
  beforeAll(async () => {
    account = await start();
    empty = account.savepoint();
  });
  beforeEach(() => empty());
  afterAll(async () => account.stop());
  const given = async (...inputs: readonly With[]): Promise<void> => {
    if (inputs.length === 0) return empty();
    const setBack = stages.get(JSON.stringify(inputs));
    if (setBack !== undefined) {
      setBack();
      return;
    }
    await given(...inputs.slice(0, -1));
    await (await run(inputs.at(-1) ?? {})).apply();
    stages.set(JSON.stringify(inputs), account.savepoint());
  };
  return given;
}
