import * as v from 'valibot';
import type { OpenedRule } from '../providers/runner-access.ts';
import type { Runtime } from './runtime.ts';

const STATE = 'opened_rules';

const saved = v.array(
  v.object({
    name: v.string(),
    environment: v.string(),
    pullRequest: v.exactOptional(v.number()),
    rule: v.pipe(v.string(), v.startsWith('pgkeep-run-'))
  })
);

/** Rules that this step has opened and not removed yet, kept for the post step. */
export interface OpenedRules {
  remember(rule: OpenedRule): void;
  forget(name: string): void;
}

/** Written at each change, before the call: a killed step leaves the rules that it may have opened. */
export function openedRules(runtime: Pick<Runtime, 'saveState'>): OpenedRules {
  let rules: readonly OpenedRule[] = [];
  const write = (next: readonly OpenedRule[]): void => {
    if (next.length === rules.length) return;
    rules = next;
    runtime.saveState(STATE, JSON.stringify(rules));
  };
  return {
    remember: rule => write([...rules, rule]),
    forget: name => write(rules.filter(({ rule }) => rule !== name))
  };
}

/** What the main step of this job left open. Empty for a state that this action did not write. */
export function leftOpen(runtime: Pick<Runtime, 'readState'>): readonly OpenedRule[] {
  const text = runtime.readState(STATE);
  if (text === '') return [];
  try {
    return v.parse(saved, JSON.parse(text));
  } catch {
    return [];
  }
}
